"""Chips into days: what the deployments that fire rarely come to, day by day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from dashboard.filters import Query, runs_of
from dashboard.models import Deployment, Key
from dashboard.services.calendar import chips, events, hourly_counts
from dashboard.services.calendar.chips import runs_url
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.events import CalendarDeployments, CalendarEvent
from dashboard.services.calendar.hourly_counts import Hours
from dashboard.services.calendar.view_models import CalendarEntry, Counts, Day

States = Mapping[date, Mapping[Key, Counter[str]]]  # by day and deployment


@dataclass(frozen=True)
class PlacedChips:
    """The chips of each day and what the days come to.

    more: how many chips a day has beyond those that are drawn
    cut: whether there is more than can be drawn one by one; the counts are whole all the same
    """

    entries: Mapping[date, list[CalendarEntry]]
    more: Mapping[date, int]
    counted: Mapping[date, Counter[str]]
    cut: bool


def place_chips(fleet: CalendarDeployments, span: DateRange, now: datetime) -> PlacedChips:
    """The rare deployments of a fleet over the days of a span."""
    slots = events.slots(fleet.rare, span, now)
    others = [*slots, *events.projected(fleet.rare.values(), span, now)]
    states = _states(fleet, span, others, now)
    counted = _counted(fleet, span, states)
    if span.view == "month":
        entries = {day: chips.grouped(day, mine, fleet.rare, span) for day, mine in states.items()}
        more = {day: len(mine) - len(entries[day]) for day, mine in states.items()}
        return PlacedChips(entries, more, counted, len(slots) >= events.MOST)
    ran = events.runs(fleet.rare, span, now)
    placed = by_day([*ran, *others], span)
    entries = {day: [chips.entry(event, span) for event in mine] for day, mine in placed.items()}
    return PlacedChips(entries, {}, counted, max(len(ran), len(slots)) >= events.MOST)


def _states(
    fleet: CalendarDeployments, span: DateRange, others: Iterable[CalendarEvent], now: datetime
) -> States:
    """What became of each deployment on each day: runs as they were tallied, and all else by its events."""
    found: defaultdict[date, defaultdict[Key, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    ran = hourly_counts.by_day(fleet.rare, span) if span.start <= now else hourly_counts.Days()
    for (day, key, state), number in ran.items():
        found[day][key][state] += number
    for day, mine in by_day(others, span).items():
        for event in mine:
            found[day][event.deployment.key][event.state] += 1
    return found


def _counted(fleet: CalendarDeployments, span: DateRange, states: States) -> defaultdict[date, Counter[str]]:
    counted: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for day, mine in states.items():
        for found in mine.values():
            counted[day].update(found)
    for day, late in by_day(events.late(fleet.rare, span), span).items():
        counted[day].update(late=len(late))
    return counted


def days_of(
    span: DateRange,
    entries: Mapping[date, list[CalendarEntry]],
    more: Mapping[date, int],
    counted: Mapping[date, Counter[str]],
    shown: Collection[Deployment],
    query: Query,
    now: datetime,
) -> list[Day]:
    """Every day of a span with its chips; `shown` are the deployments whose runs its link leads to."""
    of, clock = urlencode(runs_of(query)), span.clock_of(shown)
    today = now.astimezone(span.zone)
    return [
        Day(
            date=day.isoformat(),
            text=f"{day:%a %-d %b}",
            number=str(day.day),
            weekday=f"{day:%a}",
            url=query.url(view="day", date=day.isoformat()),
            runs_url=runs_url(span, day, of, clock),
            today=day == today.date(),
            outside=span.view == "month" and day.month != span.day.month,
            past=day < today.date(),
            note=clock_note(span, day),
            counts=_counts(counted.get(day, Counter())),
            entries=entries.get(day, []),
            more=more.get(day, 0),
            hours=_hours(entries.get(day, []), span) if span.view in ("week", "day") else [],
            now_row=today.hour if day == today.date() else -1,
        )
        for day in span.days
    ]


def by_day(found: Iterable[CalendarEvent], span: DateRange) -> dict[date, list[CalendarEvent]]:
    """Events by the day they lie on, in order."""
    placed: dict[date, list[CalendarEvent]] = defaultdict(list)
    wanted = set(span.days)
    for event in sorted(found, key=lambda e: (e.at, e.deployment.name)):
        day = event.at.astimezone(span.zone_of(event.deployment)).date()
        if day in wanted:
            placed[day].append(event)
    return placed


def tallied(rare: Mapping[date, Counter[str]], *often: Hours) -> dict[date, Counter[str]]:
    """Counts by day and state: those of the rare deployments, and those of the others by the hour."""
    found = defaultdict(Counter, {day: Counter(states) for day, states in rare.items()})
    for source in often:
        for (day, _, state), number in source.items():
            found[day][state] += number
    return found


def clock_note(span: DateRange, day: date) -> str:
    """What a change of the clocks does to a day; empty on all others."""
    length = span.midnight(day + timedelta(days=1)) - span.midnight(day)
    if length == timedelta(days=1):
        return ""
    way = "back" if length > timedelta(days=1) else "forward"
    return f"{length / timedelta(hours=1):g} hours, the clocks go {way}"


def _hours(entries: Sequence[CalendarEntry], span: DateRange) -> list[list[CalendarEntry]]:
    rows: list[list[CalendarEntry]] = [[] for _ in range(24)]
    for chip in entries:
        rows[int(chip.text[:2])].append(chip)
    return rows


def _counts(states: Counter[str]) -> Counts:
    numbers: Counter[str] = Counter()
    for state, number in states.items():
        numbers[_COUNTED.get(state, "" if state in ("withdrawn", "unobserved") else "other")] += number
    numbers.pop("", None)
    return Counts(**numbers)


_COUNTED = {
    "failed": "failed",
    "missed": "missed",
    "late": "late",
    "completed": "completed",
    "due": "promised",
    "promised": "promised",
    "projected": "projected",
}
