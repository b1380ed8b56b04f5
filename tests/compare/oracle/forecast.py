"""How many runs are to be in progress at once, found by looking at each minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from dashboard.domain.states import Outcome
from tests.compare.oracle.calendar import current
from tests.compare.oracle.standing import Standing
from tests.compare.oracle.view import Look
from tests.compare.plans import read_plan
from tests.compare.worlds import MINUTE

Work = tuple[datetime, datetime]


def lines(look: Look, start: datetime, end: datetime) -> list[str]:
    """The words for the rest of a span: how many at once, and how many start together, by the minute."""
    starts = [work for row in current(look) for work in _starts(row, start, end)]
    goes_on = [work for row in current(look) for work in _in_progress(row)]
    every = [(_minute(a), _minute(a) - (a - b) // MINUTE * MINUTE) for a, b in (*starts, *goes_on)]
    return [_highest(every, _minute(max(start, look.now)), end), *_together(every, start, end)]


def _minute(at: datetime) -> datetime:
    """The minute that an instant lies in."""
    return at.replace(second=0, microsecond=0)


def _length(row: Standing) -> timedelta:
    return max(timedelta(milliseconds=row.usual_ms or 0), MINUTE)


def _in_progress(row: Standing) -> Iterator[Work]:
    for run in row.open:
        if run.status == Outcome.RUNNING:
            yield run.at, max(run.at + _length(row), row.now + MINUTE)


def _starts(row: Standing, start: datetime, end: datetime) -> Iterator[Work]:
    if not row.deployment.fires:
        return
    length = _length(row)
    since = max(start - length, row.now)
    promised = {_minute(at) for at in row.deployment.promised if since < at < end}
    edge, plan = max([row.now, *row.deployment.promised]), read_plan(*row.deployment.schedule)
    beyond = plan.between(max(edge, since - timedelta(microseconds=1)), end) if plan and edge < end else ()
    for at in (*promised, *beyond):
        yield at, at + length


def _highest(every: Sequence[Work], since: datetime, end: datetime) -> str:
    minutes = [since + n * MINUTE for n in range((end - since) // MINUTE)]
    numbers = [sum(a <= at < b for a, b in every) for at in minutes]
    most = max(numbers, default=0)
    if most < 2:
        return "Never two at once"
    first = numbers.index(most)
    over = next((n for n in range(first, len(numbers)) if numbers[n] < most), len(numbers))
    return f"At most {most} at once, {_clock(minutes[first])} to {_clock(since + over * MINUTE)}"


def _together(starts: Sequence[Work], start: datetime, end: datetime) -> Iterator[str]:
    numbers = Counter(at for at, _ in starts if start <= at < end)
    most = max(numbers.values(), default=0)
    if most > 1:
        first = min(at for at, number in numbers.items() if number == most)
        yield f"{most} start at {_clock(first)}"


def _clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M}"
