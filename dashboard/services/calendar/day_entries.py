"""What the days of a calendar hold: the chips of each day, and its counts by state."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from dashboard.domain.states import SlotOutcome
from dashboard.models import Key
from dashboard.services.calendar import chips, events, hourly_counts
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.events import CalendarDeployments, CalendarEvent
from dashboard.services.calendar.hourly_counts import HourlyCounts
from dashboard.services.calendar.view_models import CalendarEntry

States = Mapping[date, Mapping[Key, Counter[str]]]  # by day and deployment


@dataclass(frozen=True)
class DayEntries:
    """The chips of each day and its counts, of the deployments that fire infrequently.

    more: how many chips a day has beyond those that are drawn
    cut: whether there are more events than are drawn; the counts are of all
    """

    entries: Mapping[date, list[CalendarEntry]]
    more: Mapping[date, int]
    counts: Mapping[date, Counter[str]]
    cut: bool


def day_entries(deployments: CalendarDeployments, dates: DateRange, now: datetime) -> DayEntries:
    """The entries of a calendar: in a month one for each deployment and day, else one for each event."""
    infrequent = deployments.infrequent
    slots = events.slots(infrequent, dates, now)
    others = [*slots, *events.projected(infrequent.values(), dates, now)]
    states = _states(deployments, dates, others, now)
    counts = _counts(deployments, dates, states)
    if dates.view == "month":
        entries = {
            day: chips.month_chips(day, states_of, infrequent, dates) for day, states_of in states.items()
        }
        more = {day: len(states_of) - len(entries[day]) for day, states_of in states.items()}
        return DayEntries(entries, more, counts, len(slots) >= events.MOST)
    runs = events.runs(infrequent, dates, now)
    entries = {
        day: [chips.chip(event, dates) for event in of_day]
        for day, of_day in _by_day([*runs, *others], dates).items()
    }
    return DayEntries(entries, {}, counts, max(len(runs), len(slots)) >= events.MOST)


def with_frequent(counts: Mapping[date, Counter[str]], *sources: HourlyCounts) -> dict[date, Counter[str]]:
    """Counts by day and state: those given, and those of frequent deployments by the hour added."""
    total = defaultdict(Counter, {day: Counter(states) for day, states in counts.items()})
    for source in sources:
        for (day, _, state), number in source.items():
            total[day][state] += number
    return total


def _states(
    deployments: CalendarDeployments, dates: DateRange, others: Iterable[CalendarEvent], now: datetime
) -> States:
    """How often each deployment is in each state on each day: runs by their tallies, the rest by events."""
    states: defaultdict[date, defaultdict[Key, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    if dates.start <= now:
        for (day, key, state), number in hourly_counts.runs_by_day(deployments.infrequent, dates).items():
            states[day][key][state] += number
    for day, of_day in _by_day(others, dates).items():
        for event in of_day:
            states[day][event.deployment.key][event.state] += 1
    return states


def _counts(
    deployments: CalendarDeployments, dates: DateRange, states: States
) -> defaultdict[date, Counter[str]]:
    counts: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for day, states_of in states.items():
        for of_deployment in states_of.values():
            counts[day].update(of_deployment)
    for day, late in _by_day(events.late(deployments.infrequent, dates), dates).items():
        counts[day][SlotOutcome.LATE] += len(late)
    return counts


def _by_day(occurrences: Iterable[CalendarEvent], dates: DateRange) -> dict[date, list[CalendarEvent]]:
    """Events by the day they lie on, in order of time and name; without those of other days."""
    days: dict[date, list[CalendarEvent]] = defaultdict(list)
    shown = set(dates.days)
    for event in sorted(occurrences, key=lambda event: (event.at, event.deployment.name)):
        day = event.at.astimezone(dates.zone_of(event.deployment)).date()
        if day in shown:
            days[day].append(event)
    return days
