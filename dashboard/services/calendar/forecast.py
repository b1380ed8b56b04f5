"""How many runs will be in progress at once: worked out from promises, schedules and usual lengths.

What was so far is counted from the runs (`past_levels.py`). The rest is a forecast: of runs that have begun
it knows those in progress, of all others when they are to start and how long they usually take. One whose
usual length is not known counts for a minute. Minutes are counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from dashboard.domain.cron import Schedule
from dashboard.domain.times import later
from dashboard.filters import Query
from dashboard.models import Deployment
from dashboard.services.calendar.day_hours import WIDTH, DayHours
from dashboard.services.calendar.events import promised_until
from dashboard.services.calendar.firings import firings, instant, minute
from dashboard.services.calendar.lane_models import Forecast, ForecastLine
from dashboard.services.calendar.lane_runs import LaneRun
from dashboard.services.calendar.levels import Starts, minute_levels
from dashboard.services.calendar.overlaps import LONG, Work, overlap_lines
from dashboard.services.calendar.past_levels import MOST_RUNS, past_levels

HEIGHT = 32  # of the drawing
_COLUMN = 5  # units: what lies in one is drawn at its highest
_MINUTE = timedelta(minutes=1)
_FEW_AT_ONCE = {
    1: "So far never two at once",
    -1: f"More than {MOST_RUNS:,} runs so far: too many to count those at once",
}


def forecast(
    deployments: Iterable[Deployment], runs: Iterable[LaneRun], hours: DayHours, query: Query, now: datetime
) -> Forecast:
    """Some hours. runs: those that began before them, and all that are in progress."""
    if hours.by_clock:
        return Forecast("", 0, (ForecastLine("Overlaps are worked out on one clock: choose a zone"),))
    since, rows, runs = max(hours.start, now), list(deployments), list(runs)
    past = past_levels({row.key for row in rows}, runs, hours, now)
    past_most = max(past, default=0)
    so_far = tuple(_so_far(past, hours, query, now))
    if since >= hours.end:
        so_far = so_far or (ForecastLine("These hours are over, and no run of them is known"),)
        return Forecast("", past_most, so_far, _area(past, minute(hours.start), hours, past_most))
    work = [*_in_progress(rows, runs, now), *_long_work(rows, hours, now)]
    starts = [*_starts(rows, hours, now), *((minute(one.at), _minutes(one.end - one.at), 1) for one in work)]
    ahead = minute_levels(starts, minute(since), minute(hours.end)) or [0]
    most = max(*ahead, past_most)
    lines = (
        *so_far,
        *_highest(ahead, minute(since), hours, query),
        *_most_starts(starts, hours, query),
        *overlap_lines(work, since, hours, query),
    )
    path = _area(ahead, minute(since), hours, most) if max(ahead) else ""
    return Forecast(path, most, lines, _area(past, minute(hours.start), hours, most))


def _in_progress(rows: Sequence[Deployment], runs: Iterable[LaneRun], now: datetime) -> Iterator[Work]:
    """The runs in progress, until they have lasted as long as usual; for a minute more where that is past."""
    by_key = {row.key: row for row in rows}
    for run in runs:
        if run.in_progress and (row := by_key.get(run.key)):
            yield Work(row, run.at, max(run.at + _length(row), later(now, _MINUTE)))


def _long_work(rows: Sequence[Deployment], hours: DayHours, now: datetime) -> Iterator[Work]:
    """Each firing of deployments that take long: only these are looked at one by one."""
    for row in rows:
        if (length := _length(row)) >= LONG:
            for start in map(instant, _starts_of(row, hours, now)):
                yield Work(row, start, start + length)


def _starts(rows: Sequence[Deployment], hours: DayHours, now: datetime) -> Iterator[Starts]:
    """The firings of all others: deployments of one schedule that take as long are counted together."""
    alike: dict[tuple[str, str, tuple[datetime, ...], bool, int], list[Deployment]] = defaultdict(list)
    for row in rows:
        if (length := _length(row)) < LONG:
            alike[row.expression, row.timezone, tuple(row.promises), row.fires, _minutes(length)].append(row)
    for (*_, minutes), together in alike.items():
        for start in _starts_of(together[0], hours, now):
            yield start, minutes, len(together)


def _starts_of(row: Deployment, hours: DayHours, now: datetime) -> Iterator[int]:
    """The minutes at which one is to start: also before these hours, where it then goes on in them."""
    since = max(hours.start - _length(row), now)
    yield from {minute(at) for at in row.promises if since < at < hours.end}
    if (edge := promised_until(row, now)) and edge < hours.end:
        after = max(edge, since - timedelta(microseconds=1))
        yield from firings(Schedule(row.expression, row.timezone), after, hours.end)


def _length(row: Deployment) -> timedelta:
    return max(timedelta(milliseconds=row.usual_ms or 0), _MINUTE)


def _minutes(length: timedelta) -> int:
    """A length in minutes, rounded up."""
    return -(-length // _MINUTE)


def _area(levels: Sequence[int], first: int, hours: DayHours, most: int) -> str:
    """The levels as an area under a line of steps, `most` as its full height; empty where all are none."""
    if not any(levels):
        return ""
    columns = [0] * (WIDTH // _COLUMN)
    scale = len(columns) / (minute(hours.end) - minute(hours.start))
    for place, level in enumerate(levels, first - minute(hours.start)):
        begin, over = int(place * scale), max(int((place + 1) * scale), int(place * scale) + 1)
        columns[begin:over] = [max(column, level) for column in columns[begin:over]]
    steps = "".join(f"V{HEIGHT - round(level / most * HEIGHT)}h{_COLUMN}" for level in columns)
    return f"M0 {HEIGHT}{steps}V{HEIGHT}z"


def _so_far(levels: Sequence[int], hours: DayHours, query: Query, now: datetime) -> Iterator[ForecastLine]:
    """The most there was, and for how long; nothing of hours that are yet to come."""
    most = max(levels, default=-1)
    if most < 2:
        if hours.start < now and most:
            yield ForecastLine(_FEW_AT_ONCE[most])
        return
    at, until = _span_of(most, levels, minute(hours.start))
    text = f"So far at most {most:,} at once, {_clock(at, hours)} to {_clock(until, hours)}"
    yield ForecastLine(text, hours.url(query, at, until))


def _span_of(most: int, levels: Sequence[int], first: int) -> tuple[datetime, datetime]:
    """When that many were in progress for the first time."""
    begin = levels.index(most)
    over = next((place for place in range(begin, len(levels)) if levels[place] < most), len(levels))
    return instant(first + begin), instant(first + over)


def _highest(levels: Sequence[int], first: int, hours: DayHours, query: Query) -> Iterator[ForecastLine]:
    most = max(levels)
    if most < 2:
        yield ForecastLine("Never two at once")
        return
    at, until = _span_of(most, levels, first)
    text = f"At most {most:,} at once, {_clock(at, hours)} to {_clock(until, hours)}"
    yield ForecastLine(text, hours.url(query, at, until))


def _most_starts(starts: Iterable[Starts], hours: DayHours, query: Query) -> Iterator[ForecastLine]:
    numbers: Counter[int] = Counter()
    for start, _, number in starts:
        numbers[start] += number
    first, end = minute(hours.start), minute(hours.end)
    inside = {start: number for start, number in numbers.items() if first <= start < end}
    most = max(inside.values(), default=0)
    if most > 1:
        at = instant(min(start for start, number in inside.items() if number == most))
        yield ForecastLine(f"{most:,} start at {_clock(at, hours)}", hours.url(query, at, at))


def _clock(at: datetime, hours: DayHours) -> str:
    return f"{at.astimezone(hours.zone):%H:%M}"
