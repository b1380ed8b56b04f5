"""How many runs will be in progress at once: worked out from promises, schedules and usual lengths.

It is a forecast: of runs that have begun it knows those in progress, of all others when they are to start and
how long they usually take. One whose usual length is not known counts for a minute.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from dashboard.domain.cron import Schedule
from dashboard.domain.states import Outcome
from dashboard.filters import Query
from dashboard.models import Deployment
from dashboard.services.calendar.day_hours import WIDTH, DayHours
from dashboard.services.calendar.events import promised_until
from dashboard.services.calendar.lane_models import Forecast, ForecastLine
from dashboard.services.calendar.lane_runs import LaneRun
from dashboard.services.calendar.overlaps import LONG, Work, overlap_lines

HEIGHT = 32  # of the drawing
_COLUMN = 5  # units: what lies in one is drawn at its highest
_MINUTE = timedelta(minutes=1)


class Starts(NamedTuple):
    """Some deployments that start together, and how long they take."""

    at: datetime
    length: timedelta
    number: int


def forecast(
    deployments: Iterable[Deployment], runs: Iterable[LaneRun], hours: DayHours, query: Query, now: datetime
) -> Forecast:
    """The time to come among some hours. runs: those in progress are looked for among them."""
    since = max(hours.start, now)
    if hours.by_clock:
        return Forecast("", 0, (ForecastLine("Overlaps are worked out on one clock: choose a zone"),))
    if since >= hours.end:
        return Forecast("", 0, (ForecastLine("These hours are over: only what is to come can overlap"),))
    rows = list(deployments)
    work = [*_in_progress(rows, runs, now), *(row for row in _long_work(rows, hours, now))]
    starts = list(_starts(rows, hours, now))
    levels = _levels((*starts, *(Starts(one.at, one.end - one.at, 1) for one in work)), since, hours.end)
    most = max(number for _, number in levels)
    lines = (
        *_highest(levels, hours, query),
        *_most_starts(starts, work, hours, query),
        *overlap_lines(work, since, hours, query),
    )
    return Forecast(_area(levels, most, hours) if most else "", most, lines)


def _in_progress(rows: Sequence[Deployment], runs: Iterable[LaneRun], now: datetime) -> Iterator[Work]:
    """The runs in progress, until they have lasted as long as usual; for a minute more where that is past."""
    by_key = {row.key: row for row in rows}
    for run in runs:
        if run.live and run.status == Outcome.RUNNING and (row := by_key.get(run.key)):
            yield Work(row, run.at, max(run.at + _length(row), now + _MINUTE))


def _long_work(rows: Sequence[Deployment], hours: DayHours, now: datetime) -> Iterator[Work]:
    """Each firing of deployments that take long: only these are looked at one by one."""
    for row in rows:
        if (length := _length(row)) >= LONG:
            for starts in _starts_of(row, hours, now):
                yield Work(row, starts, starts + length)


def _starts(rows: Sequence[Deployment], hours: DayHours, now: datetime) -> Iterator[Starts]:
    """The firings of all others: deployments of one schedule that take as long are counted together."""
    alike: dict[tuple[str, str, tuple[datetime, ...], datetime | None, timedelta], list[Deployment]]
    alike = defaultdict(list)
    for row in rows:
        if (length := _length(row)) < LONG:
            minutes = -(-length // _MINUTE) * _MINUTE
            until = promised_until(row, now)
            alike[row.expression, row.timezone, tuple(row.promises), until, minutes].append(row)
    for (*_, length), together in alike.items():
        for at in _starts_of(together[0], hours, now):
            yield Starts(at, length, len(together))


def _starts_of(row: Deployment, hours: DayHours, now: datetime) -> Iterator[datetime]:
    """When a deployment is to start: also before these hours, where it then goes on in them."""
    since = max(hours.start - _length(row), now)
    promised = (at for at in row.promises if since < at < hours.end)
    yield from {at.replace(second=0, microsecond=0): at for at in promised}.values()
    if (edge := promised_until(row, now)) and edge < hours.end:
        after = max(edge, since - timedelta(microseconds=1))
        yield from Schedule(row.expression, row.timezone).between(after, hours.end)


def _length(row: Deployment) -> timedelta:
    return max(timedelta(milliseconds=row.usual_ms or 0), _MINUTE)


def _levels(starts: Iterable[Starts], since: datetime, until: datetime) -> list[tuple[datetime, int]]:
    """How many are in progress from each instant on, the last one being the end."""
    changes: Counter[datetime] = Counter({since: 0})
    for at, length, number in starts:
        if at + length > since:
            changes[max(at, since)] += number
            changes[at + length] -= number
    levels, level = [], 0
    for at in sorted(at for at in changes if at < until):
        level += changes[at]
        levels.append((at, level))
    return [*levels, (until, 0)]


def _area(levels: Sequence[tuple[datetime, int]], most: int, hours: DayHours) -> str:
    """The levels as an area under a line of steps."""
    columns = [0] * (WIDTH // _COLUMN)
    for (at, level), (until, _) in pairwise(levels):
        first = min(hours.x(at) // _COLUMN, len(columns) - 1)
        last = max(-(-hours.x(until) // _COLUMN), first + 1)
        columns[first:last] = (max(column, level) for column in columns[first:last])
    steps = "".join(f"V{HEIGHT - round(level / most * HEIGHT)}h{_COLUMN}" for level in columns)
    return f"M0 {HEIGHT}{steps}V{HEIGHT}z"


def _highest(levels: Sequence[tuple[datetime, int]], hours: DayHours, query: Query) -> Iterator[ForecastLine]:
    most = max(number for _, number in levels)
    if most < 2:
        yield ForecastLine("No two runs are to be in progress at once")
        return
    at, until = next((at, until) for (at, number), (until, _) in pairwise(levels) if number == most)
    text = f"At most {most:,} at once, {_clock(at, hours)} to {_clock(until, hours)}"
    yield ForecastLine(text, hours.url(query, at, until))


def _most_starts(
    starts: Iterable[Starts], work: Iterable[Work], hours: DayHours, query: Query
) -> Iterator[ForecastLine]:
    numbers: Counter[datetime] = Counter()
    for at, number in (*((row.at, row.number) for row in starts), *((row.at, 1) for row in work)):
        if hours.holds(at):
            numbers[at.replace(second=0, microsecond=0)] += number
    if numbers and (most := max(numbers.values())) > 1:
        at = min(at for at, number in numbers.items() if number == most)
        yield ForecastLine(f"{most:,} start at {_clock(at, hours)}", hours.url(query, at, at))


def _clock(at: datetime, hours: DayHours) -> str:
    return f"{at.astimezone(hours.zone):%H:%M}"
