"""Minutes at which many deployments start at once."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from dashboard.filters import Query
from dashboard.models import Deployment, Key
from dashboard.services.calendar import links
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.events import CalendarDeployments, projected, promised
from dashboard.services.calendar.view_models import Collision
from dashboard.web import formatting

FEWEST = 3  # deployments at one minute that count as a collision
MOST = 50  # collisions shown, the largest
_NAMES = 8  # deployments named for one collision


def collisions(
    deployments: CalendarDeployments, dates: DateRange, query: Query, now: datetime
) -> list[Collision]:
    """The minutes to come at which the most deployments start, largest first.

    Frequent deployments start at nearly every minute that others do: they count only by what is promised.
    """
    starts: dict[datetime, dict[Key, Deployment]] = defaultdict(dict)
    for event in (
        *promised(deployments.all.values(), dates, now),
        *projected(deployments.infrequent.values(), dates, now),
    ):
        starts[event.at.replace(second=0, microsecond=0)][event.deployment.key] = event.deployment
    largest = sorted(
        ((at, list(starting.values())) for at, starting in starts.items() if len(starting) >= FEWEST),
        key=lambda pair: (-len(pair[1]), pair[0]),
    )[:MOST]
    return [_collision(at, starting, len(largest[0][1]), dates, query, now) for at, starting in largest]


def _collision(
    at: datetime, starting: list[Deployment], most: int, dates: DateRange, query: Query, now: datetime
) -> Collision:
    names = links.named_links(starting)
    local = at.astimezone(dates.zone)
    return Collision(
        at=at,
        text=formatting.moment(local),
        to_come=at > now,
        count=len(starting),
        share=len(starting) * 100 // most,
        names=names[:_NAMES],
        more=max(len(names) - _NAMES, 0),
        url=query.url(view="day", date=f"{local:%Y-%m-%d}"),
    )
