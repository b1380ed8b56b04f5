"""The cells of a calendar: what each holds, and the few of it that are drawn.

A cell is an hour of a day, or a day where a view has no hours. What it holds is known from tallies and
slots; single runs are asked for only where they are drawn.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from heapq import nsmallest
from operator import or_

from django.db.models import Q

from dashboard.models import Key, Run
from dashboard.models.tally import QUARTER, quarter
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.events import CalendarEvent
from dashboard.services.calendar.hourly_counts import local_hour
from dashboard.services.calendar.lateness import late_s
from dashboard.services.calendar.state_words import rank

MOST_IN_AN_HOUR = 4  # entries of an hour of a week
MOST_OF_A_PAGE = 200  # entries: what keeps a page under 200 kB
Cell = tuple[date, int]  # a day and an hour; hour 0 for all of a day
Events = list[CalendarEvent]
Place = tuple[Key, int, str]  # of a tally: deployment, quarter of an hour, outcome


@dataclass(frozen=True)
class CellEvents:
    """The events of a cell that are drawn, in order of time, and how many of each state are not."""

    drawn: Events
    rest: Counter[str]


def cells(events: Iterable[CalendarEvent], dates: DateRange) -> dict[Cell, Events]:
    """Events by the cell they lie in, without those of other days."""
    shown = set(dates.days)
    by_cell: dict[Cell, Events] = defaultdict(list)
    for event in events:
        day, hour = local_hour(quarter(event.at), dates.zone_of(event.deployment))
        if day in shown:
            by_cell[day, 0 if dates.view == "agenda" else hour].append(event)
    return by_cell


def drawn(by_cell: Mapping[Cell, Events], dates: DateRange) -> dict[Cell, CellEvents]:
    """What is drawn of each cell: as many as a page holds, the most urgent first."""
    sizes = [sum(event.number for event in events) for events in by_cell.values()]
    most = _most(sizes, MOST_IN_AN_HOUR if dates.view == "week" else max(sizes, default=0))
    chosen = {cell: _chosen(events, most) for cell, events in by_cell.items()}
    runs = _runs(chosen)
    shown = {
        cell: sorted(_single(events, runs)[:most], key=lambda event: (event.at, event.deployment.name))
        for cell, events in chosen.items()
    }
    return {cell: CellEvents(shown[cell], _rest(events, shown[cell])) for cell, events in by_cell.items()}


def _most(sizes: Collection[int], largest: int) -> int:
    """How many entries of a cell there is room for."""
    low, high = 1, max(largest, 1)
    while low < high:
        middle = (low + high + 1) // 2
        if sum(min(size, middle) for size in sizes) <= MOST_OF_A_PAGE:
            low = middle
        else:
            high = middle - 1
    return low


def _chosen(events: Events, most: int) -> Events:
    if len(events) <= most:
        return sorted(events, key=_urgency)
    return nsmallest(most, events, key=_urgency)


def _urgency(event: CalendarEvent) -> tuple[int, datetime, str, Key]:
    return rank(event.state), event.at, event.deployment.name, event.deployment.key


def _single(events: Events, runs: Mapping[Place, Events]) -> Events:
    """Those events, with the runs in place of the tallies that stand for them."""
    return [single for event in events for single in (runs[_tally(event)] if event.tallied else [event])]


def _runs(chosen: Mapping[Cell, Events]) -> Mapping[Place, Events]:
    """The runs that the chosen tallies stand for, with how late they were."""
    tallies = {_tally(event): event for events in chosen.values() for event in events if event.tallied}
    runs: dict[Place, Events] = defaultdict(list)
    rows = _rows(tallies.values())
    late = late_s([run_id for *_, run_id in rows])
    for account, deployment_id, at, status, run_id in rows:
        place = (account, deployment_id), quarter(at), status
        if event := tallies.get(place):
            seconds = late.get((account, run_id), 0)
            runs[place].append(CalendarEvent(event.deployment, at, status, run_id, seconds))
    return runs


def _tally(event: CalendarEvent) -> Place:
    return event.deployment.key, quarter(event.at), event.state


def _rows(tallies: Collection[CalendarEvent]) -> list[tuple[str, str, datetime, str, str]]:
    """The runs of the deployments and the days of those tallies, some more than they stand for."""
    of_day: dict[date, Events] = defaultdict(list)
    for event in tallies:
        of_day[event.at.date()].append(event)
    conditions = (
        Q(
            deployment_id__in={event.deployment.deployment_id for event in events},
            at__gte=min(event.at for event in events),
            at__lt=max(event.at for event in events) + timedelta(seconds=QUARTER),
        )
        for events in of_day.values()
    )
    rows = Run.objects.filter(reduce(or_, conditions, Q(pk__in=[]))).order_by("at", "pk")
    return list(rows.values_list("account", "deployment_id", "at", "status", "run_id"))


def _rest(events: Events, shown: Events) -> Counter[str]:
    rest: Counter[str] = Counter()
    for event in events:
        rest[event.state] += event.number
    rest.subtract(event.state for event in shown)
    return +rest
