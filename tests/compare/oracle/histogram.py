"""The bars above the list of runs: a span in at most 96 steps of a clock, each run put into its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil

from django.utils import timezone

from dashboard.web import formatting
from tests.compare.oracle import wording
from tests.compare.oracle.reading import SeenRun
from tests.compare.oracle.view import Look
from tests.compare.oracle.wording import moment
from tests.compare.worlds import DAY, HOUR, MINUTE, SECOND

MOST, COLUMN, QUARTER = 96, 12, 15 * MINUTE
FINE = (30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE)
COARSE = (
    *(15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR),
    *(DAY, 2 * DAY, 7 * DAY, 28 * DAY),
)
A_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
Spans = list[tuple[datetime, datetime]]


def figures(look: Look, length: timedelta | None = None) -> dict[str, object]:
    """What the histogram of all runs shows, of the last so long a time, or of all that is kept."""
    runs = [run for run in look.runs if length is None or run.at >= look.now - length]
    if not runs:
        return {"text": "", "bars": [], "unknown": []}
    spans = _spans(look, runs, length)
    counts: list[Counter[str]] = [Counter() for _ in spans]
    for run in runs:
        begun = [place for place, (since, _) in enumerate(spans) if since <= run.at]
        counts[begun[-1] if begun else 0][run.status] += 1
    step = spans[-1][1] - spans[-1][0]
    total = wording.counts(Counter(run.status for run in runs))
    return {
        "text": f"Runs from {moment(spans[0][0])} to {_end(spans)}, "
        f"{formatting.duration(step)} a bar: {total}",
        "bars": [_bar(*span, of_span) for span, of_span in zip(spans, counts, strict=True)],
        "unknown": _unknown(look, spans),
    }


def _spans(look: Look, runs: Sequence[SeenRun], length: timedelta | None) -> Spans:
    if length is not None:
        steps = (*FINE, *COARSE) if length <= 3 * HOUR else COARSE
        return _stretches(look.now - length, look.now, steps, MOST)
    oldest = min(run.at for run in runs)
    return _stretches(oldest - (oldest - A_MONDAY) % QUARTER, look.now, COARSE, MOST)


def _stretches(begin: datetime, end: datetime, steps: Sequence[timedelta], most: int) -> Spans:
    """A span in the shortest of these steps with which there are few enough; the first may be longer."""
    monday = A_MONDAY - (timezone.localtime(end).utcoffset() or timedelta())  # by the clock as it is now
    for step in steps:
        start = begin - (begin - monday) % step
        number = max(ceil((end - start) / step), 1)
        if number == most + 1 and start < begin:
            start, number = start + step, most
        if number <= most:
            break
    edges = [begin, *(start + n * step for n in range(1, number + 1))]
    return list(pairwise(edges))


def _end(spans: Spans) -> str:
    begin, end = timezone.localtime(spans[0][0]), timezone.localtime(spans[-1][1])
    return f"{end:%H:%M}" if begin.date() == end.date() else moment(end)


def _bar(since: datetime, until: datetime, counts: Counter[str]) -> str:
    step = until - since
    begin, end, last = map(timezone.localtime, (since, until, until - SECOND))
    days = f"{begin:%a %-d %b}" + ("" if begin.date() == last.date() else f" to {last:%a %-d %b}")
    when = days if step >= DAY else f"{moment(since)} to {end:%H:%M}"
    return f"{since:%d %H:%M:%S} {until:%d %H:%M:%S} {when}: {wording.counts(counts)}"


def _unknown(look: Look, spans: Spans) -> list[tuple[str, int, int]]:
    """What of it is not known and why, with where that is drawn."""
    begin, end = _begin(spans), COLUMN * len(spans)
    step = spans[-1][1] - spans[-1][0]

    def place(at: datetime) -> int:
        return round(end * min(max((at - begin) / (step * len(spans)), 0.0), 1.0))

    unknown = []
    froms = [account.known_from for account in look.accounts]
    read = max(max(at for at in froms if at), look.now - look.keeps) if all(froms) else look.now
    if place(read) > 0:
        unknown.append(("not read yet", 0, place(read)))
    stale = [at for name in look.names if (at := look.judged_at(name)) != look.now]
    if stale and place(min(stale)) < end:
        unknown.append(("not read since", place(min(stale)), end - place(min(stale))))
    return unknown


def _begin(spans: Spans) -> datetime:
    """Where the first step begins, which may be before or after the span does."""
    return spans[-1][1] - len(spans) * (spans[-1][1] - spans[-1][0])
