"""What each deployment's day comes to, so that the lanes that are drawn can be chosen: counted, not drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Sum

from dashboard.domain.cron import Schedule
from dashboard.domain.states import CalendarState, Outcome, SlotOutcome
from dashboard.models import Deployment, Key, Tally
from dashboard.models.tally import quarter
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.day_hours import DayHours, day_hours
from dashboard.services.calendar.events import CalendarDeployments, CalendarEvent, promised_until
from dashboard.services.calendar.firings import firings, first_and_number, instant
from dashboard.services.calendar.lane_runs import LaneRun
from dashboard.services.calendar.state_words import most_urgent, rank

_TROUBLE = rank(SlotOutcome.UNOBSERVED)  # lanes as urgent as that are in sight, whatever else there is
_BUSY = rank(CalendarState.PROJECTED)  # what is less urgent is over, and went well


@dataclass
class LaneContents:
    """What one deployment's hours come to.

    states: how often it is in each state; first: when it is first in each of them
    carried: the runs and firings that began before these hours, and go on in them
    """

    deployment: Deployment
    hours: DayHours
    states: Counter[str] = field(default_factory=Counter)
    first: dict[str, datetime] = field(default_factory=dict)
    runs_before: list[LaneRun] = field(default_factory=list)
    firings_before: list[CalendarEvent] = field(default_factory=list)

    def add(self, state: str, at: datetime, number: int = 1) -> None:
        """Count what lies in its hours."""
        self.states[state] += number
        self.first[state] = min(at, self.first.get(state, at))

    @cached_property
    def state(self) -> str:
        """Its most urgent state."""
        return most_urgent(self.states)

    @property
    def usual(self) -> timedelta:
        """How long it usually takes; nothing where that is not known."""
        return timedelta(milliseconds=self.deployment.usual_ms or 0)

    @property
    def quiet(self) -> bool:
        """Whether all of it is over, and went well."""
        return rank(self.state) > _BUSY

    @property
    def begins(self) -> datetime:
        """When what is most urgent of it first happens."""
        return self.first[self.state]

    @property
    def order(self) -> tuple[int, int, float, datetime, str, Key]:
        """Its place among all lanes: trouble, what is in progress, then what takes longest."""
        urgency, name = rank(self.state), str(self.deployment)
        if urgency <= _TROUBLE:
            return 0, urgency, 0, self.begins, name, self.deployment.key
        group = 3 if self.quiet else 1 if self.state in Outcome.OPEN else 2
        return group, 0, -self.usual.total_seconds(), self.begins, name, self.deployment.key


Contents = Mapping[Key, LaneContents]


def lane_contents(
    deployments: CalendarDeployments,
    events: Iterable[CalendarEvent],
    before: Iterable[LaneRun],
    dates: DateRange,
    now: datetime,
) -> Contents:
    """The deployments that have anything in the hours of a day.

    events: what stands on the day of those that fire infrequently, runs as tallies, and the slots that no run
    met of the others; before: runs that began before the day
    """
    hours_of = {zone: day_hours(dates, zone) for zone in map(dates.zone_of, deployments.all.values())}
    lanes = {key: LaneContents(row, hours_of[dates.zone_of(row)]) for key, row in deployments.all.items()}
    for event in events:
        lane = lanes[event.deployment.key]
        if lane.hours.holds(event.at):
            lane.add(event.state, event.at, event.number)
    for key, status, number in _runs_of_frequent(deployments.frequent, dates):
        lanes[key].add(status, lanes[key].hours.start, number)
    for row in deployments.frequent.values():
        for at, state, number in _coming(row, lanes[row.key].hours, now):
            lanes[row.key].add(state, at, number)
    _add_before(lanes, before, now)
    return {key: lane for key, lane in lanes.items() if lane.states}


def _add_before(lanes: Contents, before: Iterable[LaneRun], now: datetime) -> None:
    for run in before:
        if (lane := lanes.get(run.key)) and run.at < lane.hours.start < run.end(now):
            lane.runs_before.append(run)
            lane.add(run.status, run.at)
    for lane in lanes.values():
        for event in _firings_before(lane, now):
            lane.firings_before.append(event)
            lane.add(event.state, event.at)


def _firings_before(lane: LaneContents, now: datetime) -> Iterator[CalendarEvent]:
    """The firings to come that begin before its hours, and go on in them if they take as long as usual."""
    row, since, until = lane.deployment, lane.hours.start - lane.usual, lane.hours.start
    if until <= now or since == until:
        return
    for at in row.promises:
        if max(since, now) < at < until:
            yield CalendarEvent(row, at, SlotOutcome.DUE)
    if (edge := promised_until(row, now)) and edge < until:
        for start in firings(Schedule(row.expression, row.timezone), max(edge, since), until):
            yield CalendarEvent(row, instant(start), CalendarState.PROJECTED)


def _coming(row: Deployment, hours: DayHours, now: datetime) -> Iterator[tuple[datetime, str, int]]:
    """What is promised and projected of a deployment that fires frequently: when first, and how often."""
    for at in row.promises:
        if at > now and hours.holds(at):
            yield at, SlotOutcome.DUE, 1
    if (edge := promised_until(row, now)) and edge < hours.end:
        after = max(edge, hours.start - timedelta(microseconds=1))
        first, number = first_and_number(Schedule(row.expression, row.timezone), after, hours.end)
        if number:
            yield instant(first), CalendarState.PROJECTED, number


def _runs_of_frequent(
    deployments: Mapping[Key, Deployment], dates: DateRange
) -> Iterator[tuple[Key, str, int]]:
    """How many runs each of those deployments had in the hours of the day, by outcome."""
    for hours, keys in _by_hours(deployments.values(), dates):
        rows = Tally.objects.for_deployments(keys).filter(
            quarter__gte=quarter(hours.start), quarter__lt=quarter(hours.end), number__gt=0
        )
        for account, deployment_id, status, number in rows.values_list(
            "account", "deployment_id", "status"
        ).annotate(n=Sum("number")):
            yield (account, deployment_id), status, number


def _by_hours(rows: Collection[Deployment], dates: DateRange) -> Iterator[tuple[DayHours, list[Key]]]:
    """Deployments by the clock that they are shown on."""
    for zone in {dates.zone_of(row) for row in rows}:
        yield day_hours(dates, zone), [row.key for row in rows if dates.zone_of(row) == zone]
