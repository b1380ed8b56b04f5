"""What the days of a calendar hold: the chips of each day, and its counts by state."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dashboard.models import Key
from dashboard.models.tally import quarter
from dashboard.services.calendar import cells, chips, events, hourly_counts
from dashboard.services.calendar.cells import Cell
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.entries import CalendarEntry
from dashboard.services.calendar.events import CalendarDeployments, CalendarEvent
from dashboard.services.calendar.hourly_counts import HourlyCounts

States = dict[date, dict[Key, dict[str, int]]]  # by day and deployment


@dataclass(frozen=True)
class DayEntries:
    """The chips of each cell and the counts of each day, of the deployments that fire infrequently.

    entries, rest: by day, or by day and hour: what is drawn, and how many of each state are not; none where a
    day is drawn as lanes
    events: what all of it is made of, but for a month; runs as tallies
    """

    entries: Mapping[Cell, list[CalendarEntry]]
    rest: Mapping[Cell, Counter[str]]
    counts: Mapping[date, Counter[str]]
    events: Sequence[CalendarEvent] = ()


def day_entries(deployments: CalendarDeployments, dates: DateRange, now: datetime) -> DayEntries:
    """The entries of a calendar: in a month one for each deployment and day, else one for each event."""
    infrequent = deployments.infrequent
    others = [*events.slots(infrequent, dates, now), *events.projected(infrequent.values(), dates, now)]
    if dates.view == "month":
        return _of_month(deployments, dates, others, now)
    runs = hourly_counts.tallied_runs(infrequent, dates) if dates.start <= now else []
    by_cell = cells.cells([*runs, *others], dates)
    drawn = cells.drawn(by_cell, dates) if dates.view != "day" else {}
    entries = {cell: [chips.chip(event, dates) for event in held.drawn] for cell, held in drawn.items()}
    counts: dict[date, Counter[str]] = defaultdict(Counter)
    for (day, _), of_cell in by_cell.items():
        for event in of_cell:
            counts[day][event.state] += event.number
    _add_late(counts, deployments, dates)
    rest = {cell: held.rest for cell, held in drawn.items()}
    return DayEntries(entries, rest, counts, [*runs, *others])


def with_frequent(counts: Mapping[date, Counter[str]], *sources: HourlyCounts) -> dict[date, Counter[str]]:
    """Counts by day and state: those given, and those of frequent deployments by the hour added."""
    total = defaultdict(Counter, {day: Counter(states) for day, states in counts.items()})
    for source in sources:
        for (day, _, state), number in source.items():
            total[day][state] += number
    return total


def _of_month(
    deployments: CalendarDeployments, dates: DateRange, others: Iterable[CalendarEvent], now: datetime
) -> DayEntries:
    infrequent = deployments.infrequent
    states = _states(others, dates)
    if dates.start <= now:
        for day, key, state, number in hourly_counts.runs_by_day(infrequent, dates):
            _add(states, day, key, state, number)
    held = {day: chips.month_chips(day, of_day, infrequent, dates) for day, of_day in states.items()}
    counts: dict[date, Counter[str]] = defaultdict(Counter)
    for day, of_day in states.items():
        for of_deployment in of_day.values():
            for state, number in of_deployment.items():
                counts[day][state] += number
    _add_late(counts, deployments, dates)
    return DayEntries(
        {(day, 0): entries for day, (entries, _) in held.items()},
        {(day, 0): rest for day, (_, rest) in held.items()},
        counts,
    )


def _states(held: Iterable[CalendarEvent], dates: DateRange) -> States:
    """How often each deployment is in each state on each day."""
    states: States = {day: {} for day in dates.days}
    for event in held:
        day, _ = hourly_counts.local_hour(quarter(event.at), dates.zone_of(event.deployment))
        if day in states:
            _add(states, day, event.deployment.key, event.state, event.number)
    return states


def _add(states: States, day: date, key: Key, state: str, number: int) -> None:
    of_deployment = states[day].setdefault(key, {})
    of_deployment[state] = of_deployment.get(state, 0) + number


def _add_late(counts: dict[date, Counter[str]], deployments: CalendarDeployments, dates: DateRange) -> None:
    """Add the slots whose run came late to counts by day, those of frequent deployments too."""
    for (day, _, state), number in hourly_counts.late_by_hour(deployments.all, dates).items():
        counts[day][state] += number
