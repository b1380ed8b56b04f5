"""Minutes at which several deployments start at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from heapq import nsmallest
from itertools import chain

from dashboard.domain.cron import Schedule
from dashboard.filters import Query
from dashboard.models import Deployment
from dashboard.services.calendar import links
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.events import CalendarDeployments, promised, promised_until
from dashboard.services.calendar.view_models import Collision
from dashboard.web import formatting

FEWEST = 2  # deployments at one minute that count as a collision
MOST = 50  # collisions shown, the largest
_NAMES = 8  # deployments named for one collision


def collisions(
    deployments: CalendarDeployments, dates: DateRange, query: Query, now: datetime
) -> list[Collision]:
    """The minutes to come at which the most deployments start, largest first; paused ones start at none."""
    starts: dict[datetime, list[list[Deployment]]] = defaultdict(list)
    first_promises = {
        (event.at.replace(second=0, microsecond=0), event.deployment.key): event.deployment
        for event in promised(deployments.all.values(), dates, now)
    }
    for (at, _), deployment in first_promises.items():
        starts[at].append([deployment])
    for schedule, after, together in _schedules(deployments.all.values(), dates, now):
        for at in schedule.between(after, dates.end):
            starts[at].append(together)
    numbers = ((at, sum(map(len, groups))) for at, groups in starts.items())
    largest = sorted(
        ((at, number) for at, number in numbers if number >= FEWEST), key=lambda pair: (-pair[1], pair[0])
    )[:MOST]
    return [
        _collision(at, list(chain.from_iterable(starts[at])), largest[0][1], dates, query, now)
        for at, _ in largest
    ]


def no_collision_text(dates: DateRange, query: Query, now: datetime, so_far: str) -> str:
    """What is shown where there is no collision. so_far: what that ends with while not all is read."""
    if dates.end <= now:
        return "These days are over: only minutes to come are looked at"
    filtered = " of these filters" if query.active else ""
    return f"No two deployments{filtered} are to fire in the same minute{so_far}"


def _schedules(
    deployments: Iterable[Deployment], dates: DateRange, now: datetime
) -> list[tuple[Schedule, datetime, list[Deployment]]]:
    """The schedules that are projected, from when on, and whose they are: many share one."""
    groups: dict[tuple[Schedule, datetime], list[Deployment]] = defaultdict(list)
    for deployment in deployments:
        if edge := promised_until(deployment, now):
            schedule = Schedule(deployment.expression, deployment.timezone)
            groups[schedule, max(edge, dates.just_before)].append(deployment)
    return [(schedule, after, together) for (schedule, after), together in groups.items()]


def _collision(
    at: datetime, starting: list[Deployment], most: int, dates: DateRange, query: Query, now: datetime
) -> Collision:
    first = nsmallest(_NAMES, starting, key=lambda deployment: (str(deployment), deployment.key))
    local = at.astimezone(dates.zone)
    return Collision(
        at=at,
        text=formatting.moment(local),
        to_come=at > now,
        count=len(starting),
        share=len(starting) * 100 // most,
        names=links.named_links(first),
        more=len(starting) - len(first),
        url=query.url(view="day", date=f"{local:%Y-%m-%d}"),
    )
