"""Events into chips, and chips into days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dashboard.domain.thresholds import ON_TIME
from dashboard.models import Deployment, Key
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.events import CalendarEvent
from dashboard.services.calendar.view_models import CalendarEntry
from dashboard.services.lists import badges
from dashboard.web import formatting, urls

_IN_URL = "%Y-%m-%dT%H%%3A%M%%3A%SZ"
MOST_IN_A_CELL = 4  # chips of a month's day; the rest is counted
# The most telling first: what a cell shows when it cannot show everything.
TELLING = (
    *("failed", "missed", "unobserved", "running", "pending", "skipped", "due", "projected"),
    *("started", "completed", "withdrawn"),
)
_RANKS = {state: number for number, state in enumerate(TELLING)}
_SAID = {
    "missed": "missed: promised, and no run came",
    "unobserved": "not seen: nobody was looking, and no run is known",
    "withdrawn": "withdrawn before it was due",
    "due": "promised",
    "projected": "projected from its schedule, not promised yet",
}


def entry(event: CalendarEvent, span: DateRange) -> CalendarEntry:
    """The chip of one event, and a link to exactly that."""
    local = event.at.astimezone(span.zone_of(event.deployment))
    said = f"{local:%H:%M}"
    late = timedelta(seconds=event.late_s)
    note = f"+{formatting.age(late)}" if late > ON_TIME else event.note
    name = str(event.deployment)
    what = _SAID.get(event.state, event.state) + (f", {note}" if note else "")
    return CalendarEntry(
        state=_state(event.state),
        glyph=badges.slot_glyph(event.state),
        at=event.at,
        text=said,
        name=name,
        url=_event_url(event),
        title=f"{name}, {formatting.moment(local)} {local:%Z}: {what}",
        failed=int(event.state == "failed"),
        note=note,
    )


def grouped(
    day: date, mine: Mapping[Key, Counter[str]], fleet: Mapping[Key, Deployment], span: DateRange
) -> list[CalendarEntry]:
    """The chips of a month's day, the most telling first: one for each deployment, as many as are drawn."""
    telling = sorted(
        (rank(worst), -states["failed"], _numbered(worst, states), str(fleet[key]), key)
        for key, states in mine.items()
        if (worst := _worst(states))
    )
    return [_group(day, fleet[key], mine[key], span) for *_, key in telling[:MOST_IN_A_CELL]]


def _worst(states: Counter[str]) -> str:
    return min((state for state, number in states.items() if number), key=rank, default="")


def _numbered(worst: str, states: Counter[str]) -> int:
    """How many a chip stands for: every run of the day, or all that is in that state."""
    if not _happened(worst):
        return states[worst]
    return sum(number for state, number in states.items() if _happened(state))


def _group(day: date, deployment: Deployment, states: Counter[str], span: DateRange) -> CalendarEntry:
    worst = _worst(states)
    name = str(deployment)
    said = ", ".join(f"{number} {state}" for state, number in sorted(states.items(), key=_by_rank) if number)
    happened = _happened(worst)
    return CalendarEntry(
        state=_state(worst),
        glyph=badges.slot_glyph(worst),
        at=span.midnight(day, span.zone_of(deployment)),
        text="",
        name=name,
        url=_runs_url_of(deployment, span, day)
        if happened
        else urls.deployment(deployment.deployment_id, deployment.account),
        title=f"{name}, {day:%a %-d %b}: {said}",
        count=_numbered(worst, states),
        failed=states["failed"],
    )


def rank(state: str) -> int:
    """How telling a state is; unheard-of ones before what went well."""
    return _RANKS.get(state, _RANKS["skipped"])


def runs_url(span: DateRange, day: date, of: str, zone: ZoneInfo, hour: int | None = None) -> str:
    """The list of exactly the runs of a day, or of an hour on its clock.

    of: of which deployments, as a query string
    """
    first, last = span.midnight(day, zone), span.midnight(day + timedelta(days=1), zone)
    if hour is not None:
        first, last = _at(day, hour, zone), _at(day, hour + 1, zone) if hour < 23 else last
    return f"/runs/?{of}&since={first:{_IN_URL}}&until={last:{_IN_URL}}"


def _runs_url_of(deployment: Deployment, span: DateRange, day: date) -> str:
    of = [*urls.whose(deployment.account), ("deployment_id", deployment.deployment_id)]
    return runs_url(span, day, urlencode(of), span.zone_of(deployment))


def _at(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """When an hour of a day begins; of one that comes twice, the first time."""
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def _state(state: str) -> str:
    return state if state in TELLING else "unknown"


def _happened(state: str) -> bool:
    return state not in _SAID


def _by_rank(pair: tuple[str, int]) -> int:
    return rank(pair[0])


def _event_url(event: CalendarEvent) -> str:
    if event.run_id:
        return urls.run(event.run_id, event.deployment.account)
    return urls.deployment(event.deployment.deployment_id, event.deployment.account)
