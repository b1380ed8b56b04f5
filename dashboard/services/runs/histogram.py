"""The histogram above the list of runs: its span as bars, each of which leads to its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from dashboard.domain.states import Outcome
from dashboard.domain.times import to_the_second
from dashboard.filters import Query
from dashboard.services.lists.count_bars import (
    COLUMN,
    MOST_MARKS,
    CountBar,
    count_bar,
    counts_text,
    drawn,
    highest_of,
)
from dashboard.services.runs.histogram_counts import CountedRuns, counted_runs
from dashboard.services.status import coverage
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting

_TICKS = 6


@dataclass(frozen=True)
class UnknownStretch:
    """A part of the span of which not every run is known, in units of the drawing, and why."""

    x: int
    width: int
    text: str


@dataclass(frozen=True)
class Histogram:
    """The runs of a span, the newest right.

    highest: the most runs of one bar that did not fail, what the full height stands for
    most_failed: what the deepest block of failures stands for; 0 where each is a mark of its own
    other: whether runs are among them whose end is not reported, or in a word that is not documented
    span: which time it shows, and how long a bar is
    text: all of it in one sentence; remark: what is not counted
    """

    bars: tuple[CountBar, ...]
    ticks: tuple[str, ...]
    highest: int
    most_failed: int
    other: bool
    unknown: tuple[UnknownStretch, ...]
    span: str
    text: str
    remark: str

    @property
    def drawn(self) -> tuple[tuple[str, str], ...]:
        """The bars as paths: class and `d`."""
        return drawn(self.bars)

    @property
    def width(self) -> int:
        """How wide it is drawn."""
        return len(self.bars) * COLUMN


def histogram(query: Query, snapshot: Snapshot) -> Histogram | None:
    """Of the runs that a query means, whichever outcome it asks for; None where there is nothing to draw."""
    counted = counted_runs(query, snapshot)
    if counted is None:
        return None
    highest, failed = (
        highest_of(list(counted.counts)),
        max(counts[Outcome.FAILED] for counts in counted.counts),
    )
    most_failed = failed if failed > MOST_MARKS else 0
    bars = tuple(
        count_bar(place, _when(counted, place), _url(query, counted, place), counts, highest, most_failed)
        for place, counts in enumerate(counted.counts)
    )
    span = _span(counted)
    remark = f"The newest {counted.number:,} of these runs are counted here." if counted.back_to else ""
    return Histogram(
        bars=bars,
        ticks=_ticks(counted),
        highest=highest,
        most_failed=most_failed,
        other=any(bar.other for bar in bars),
        unknown=tuple(_unknown(query, counted, snapshot)),
        span=span,
        text=f"Runs from {span}: {counts_text(sum(counted.counts, Counter()))}",
        remark=remark,
    )


def _url(query: Query, counted: CountedRuns, place: int) -> str:
    """The same list within one bar."""
    since, until = _ends(counted, place)
    return query.url(since=to_the_second(since), until=to_the_second(until))


def _when(counted: CountedRuns, place: int) -> str:
    since, until = (timezone.localtime(at) for at in _ends(counted, place))
    if counted.stretches.step < 86_400:
        return f"{formatting.moment(since)} to {until:%H:%M}"
    last = until - timedelta(seconds=1)
    return f"{since:%a %-d %b}" if since.date() == last.date() else f"{since:%a %-d %b} to {last:%a %-d %b}"


def _ends(counted: CountedRuns, place: int) -> tuple[datetime, datetime]:
    return counted.stretches.since(place), counted.stretches.until(place)


def _ticks(counted: CountedRuns) -> tuple[str, ...]:
    """Where equal parts of it begin, by the clock of the bars there."""
    stretches = counted.stretches
    parts = min(_TICKS, stretches.number)
    begins = [timezone.localtime(stretches.since(stretches.number * part // parts)) for part in range(parts)]
    whole = stretches.step * stretches.number
    form = "%H:%M" if whole <= 86_400 else "%a %H:%M" if stretches.step < 3_600 else "%a %-d %b"
    return tuple(f"{at:{form}}" for at in begins)


def _unknown(query: Query, counted: CountedRuns, snapshot: Snapshot) -> Iterator[UnknownStretch]:
    feeds = snapshot.feeds_of(query.many("account"))
    read = coverage.of_all([feed.coverage for feed in feeds], snapshot.now).since or snapshot.now
    if counted.back_to:
        yield from _stretch(counted, None, counted.back_to, "not counted")
    yield from _stretch(counted, None, read, "not read yet")
    if stale := [at for feed in feeds if (at := snapshot.judged_at.get(feed.account))]:
        yield from _stretch(counted, min(stale), None, "not read since")


def _stretch(
    counted: CountedRuns, since: datetime | None, until: datetime | None, text: str
) -> Iterator[UnknownStretch]:
    """The part between two instants, either of which may lie outside; nothing where none of it is drawn."""
    begin = _x(counted, since) if since else 0
    end = _x(counted, until) if until else COLUMN * counted.stretches.number
    if end > begin:
        yield UnknownStretch(begin, end - begin, text)


def _x(counted: CountedRuns, at: datetime) -> int:
    stretches = counted.stretches
    share = (at.timestamp() - stretches.start) / (stretches.step * stretches.number)
    return round(COLUMN * stretches.number * min(max(share, 0.0), 1.0))


def _span(counted: CountedRuns) -> str:
    stretches = counted.stretches
    since, until = (
        timezone.localtime(at.astimezone(UTC))
        for at in (stretches.since(0), stretches.until(stretches.number - 1))
    )
    end = f"{until:%H:%M}" if since.date() == until.date() else formatting.moment(until)
    return (
        f"{formatting.moment(since)} to {end}, {formatting.duration(timedelta(seconds=stretches.step))} a bar"
    )
