"""What the rare deployments come to: a chip of each event, or one of each deployment and day, and counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from dashboard.models import Key
from dashboard.services.calendar import days as cells
from dashboard.services.calendar import events
from dashboard.services.calendar import hourly_counts as density
from dashboard.services.calendar.date_range import Span
from dashboard.services.calendar.events import Event, Fleet
from dashboard.services.calendar.view_models import Entry

States = Mapping[date, Mapping[Key, Counter[str]]]  # by day and deployment


@dataclass(frozen=True)
class Drawn:
    """The chips of each day and what the days come to.

    more: how many chips a day has beyond those that are drawn
    cut: whether there is more than can be drawn one by one; the counts are whole all the same
    """

    entries: Mapping[date, list[Entry]]
    more: Mapping[date, int]
    counted: Mapping[date, Counter[str]]
    cut: bool


def drawn(fleet: Fleet, span: Span, now: datetime) -> Drawn:
    """The rare deployments of a fleet over the days of a span."""
    slots = events.slots(fleet.rare, span, now)
    others = [*slots, *events.projected(fleet.rare.values(), span, now)]
    states = _states(fleet, span, others, now)
    counted = _counted(fleet, span, states)
    if span.view == "month":
        entries = {day: cells.grouped(day, mine, fleet.rare, span) for day, mine in states.items()}
        more = {day: len(mine) - len(entries[day]) for day, mine in states.items()}
        return Drawn(entries, more, counted, len(slots) >= events.MOST)
    ran = events.runs(fleet.rare, span, now)
    placed = cells.by_day([*ran, *others], span)
    entries = {day: [cells.entry(event, span) for event in mine] for day, mine in placed.items()}
    return Drawn(entries, {}, counted, max(len(ran), len(slots)) >= events.MOST)


def _states(fleet: Fleet, span: Span, others: Iterable[Event], now: datetime) -> States:
    """What became of each deployment on each day: runs as they were tallied, and all else by its events."""
    found: defaultdict[date, defaultdict[Key, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    ran = density.by_day(fleet.rare, span) if span.start <= now else density.Days()
    for (day, key, state), number in ran.items():
        found[day][key][state] += number
    for day, mine in cells.by_day(others, span).items():
        for event in mine:
            found[day][event.deployment.key][event.state] += 1
    return found


def _counted(fleet: Fleet, span: Span, states: States) -> defaultdict[date, Counter[str]]:
    counted: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for day, mine in states.items():
        for found in mine.values():
            counted[day].update(found)
    for day, late in cells.by_day(events.late(fleet.rare, span), span).items():
        counted[day].update(late=len(late))
    return counted
