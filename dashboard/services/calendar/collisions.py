"""Minutes at which many deployments start at once."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from dashboard.filters import Query
from dashboard.models import Deployment, Key
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.events import CalendarDeployments, projected, promised
from dashboard.services.calendar.view_models import Collision
from dashboard.web import formatting, urls

FEWEST = 3  # deployments at one minute that count as a clash
MOST = 50  # clashes shown, the largest
_NAMES = 8  # of one clash


def collisions(fleet: CalendarDeployments, span: DateRange, query: Query, now: datetime) -> list[Collision]:
    """The minutes to come at which the most deployments start, largest first.

    Those that fire often start at nearly every clash: they are counted only where a promise says so.
    """
    starts: dict[datetime, dict[Key, Deployment]] = defaultdict(dict)
    for event in (*promised(fleet.all.values(), span, now), *projected(fleet.rare.values(), span, now)):
        starts[event.at.replace(second=0, microsecond=0)][event.deployment.key] = event.deployment
    found = [(at, list(rows.values())) for at, rows in starts.items() if len(rows) >= FEWEST]
    found.sort(key=lambda pair: (-len(pair[1]), pair[0]))
    return [_clash(at, rows, span, query) for at, rows in found[:MOST]]


def _clash(at: datetime, rows: list[Deployment], span: DateRange, query: Query) -> Collision:
    named = sorted((str(row), urls.deployment(row.deployment_id, row.account)) for row in rows)
    day = at.astimezone(span.zone)
    return Collision(
        at=at,
        text=formatting.moment(day),
        count=len(rows),
        names=named[:_NAMES],
        more=max(len(named) - _NAMES, 0),
        url=query.url(view="day", date=f"{day:%Y-%m-%d}"),
    )
