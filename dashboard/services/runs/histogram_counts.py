"""The stretches that a span of the list of runs is drawn in, and how many runs of each outcome they have.

Over long spans these come from the sums by the quarter hour, where these know what is asked. The runs of
short spans, and of questions that no sum knows, are counted one by one, the newest first, up to a bound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from math import ceil, floor
from typing import Any

from django.core.cache import cache
from django.db.models import CharField, ExpressionWrapper, F, IntegerField, Q, Sum, Value
from django.db.models import Count as Number
from django.db.models.expressions import Combinable
from django.utils import timezone

from dashboard.domain.times import before
from dashboard.filters import Query, timespans
from dashboard.models import Run
from dashboard.models.run_queries import RunQuerySet
from dashboard.models.run_total import DAY
from dashboard.models.tally import QUARTER, begin_of
from dashboard.models.unindexed import Unindexed
from dashboard.services.lists.paging import Key, Order, first
from dashboard.services.runs import counting
from dashboard.services.runs.day_sums import by_day
from dashboard.services.runs.leading import way
from dashboard.services.status.etag import freshness
from dashboard.services.status.kept import CLOCK
from dashboard.services.status.snapshot import Snapshot

BARS = 96  # at most
MOST = 1_000  # runs that are counted one by one
MOST_SCATTERED = 500  # the same where no index has them in order: see `near`
_SHORT = timedelta(hours=3)  # spans up to which they are: a quarter hour is too coarse a step
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_FINE = (30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE)
_COARSE = (
    *(QUARTER, 2 * QUARTER, _HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR),
    *(_DAY, 2 * _DAY, 7 * _DAY, 28 * _DAY, 364 * _DAY),
)
_MONDAY = 4 * _DAY  # of the first week of 1970
_NEWEST_FIRST = Order("newest", (Key("at", datetime, descending=True),))


@dataclass(frozen=True)
class Stretches:
    """A span in stretches of one length, in seconds since 1970; the first and the last may be others.

    begin: of the span; start: of the first step; step: the length of each; number: how many
    end: of the span, where it is over; None where runs are still added to the last one
    """

    begin: float
    start: float
    step: int
    number: int
    end: float | None = None

    def place(self, at: float) -> int:
        """In which of them an instant lies; what is outside of all counts to the nearest."""
        return min(max(floor((at - self.start) / self.step), 0), self.number - 1)

    def since(self, place: int) -> datetime:
        """Where one of them begins."""
        return _instant(self.start + place * self.step if place else self.begin)

    def until(self, place: int) -> datetime:
        """Where one of them ends."""
        if self.end is not None and place == self.number - 1:
            return _instant(self.end)
        return _instant(self.start + (place + 1) * self.step)


@dataclass(frozen=True)
class CountedRuns:
    """Runs by outcome, one count for each stretch; `back_to` is where counting stopped, if it did."""

    stretches: Stretches
    counts: tuple[Counter[str], ...]
    back_to: datetime | None = None

    @property
    def number(self) -> int:
        """How many runs that is."""
        return sum(count.total() for count in self.counts)


def counted_runs(query: Query, snapshot: Snapshot) -> CountedRuns | None:
    """The runs that a query means, whichever outcome it asks for; None where its span has none.

    Kept for as long as no page would show something else, since every page of a list shows the same.
    """
    asked = query.with_values(status="", sort="", limit="", retries="")
    mark = (freshness(snapshot).mark, timezone.get_current_timezone_name(), asked.here)
    key = f"histogram-{sha256(repr(mark).encode()).hexdigest()}"
    kept: tuple[CountedRuns | None] | None = cache.get(key)
    if kept is None:
        kept = (_counted(asked, snapshot),)
        cache.set(key, kept, timeout=CLOCK)
    return kept[0]


def _counted(query: Query, snapshot: Snapshot) -> CountedRuns | None:
    begin, end = _span(query, snapshot)
    if query.many("time") or (begin is not None and begin >= end):
        return None
    tallies = counting.tallies_of(query)
    if tallies is None or (begin is not None and end - begin <= _SHORT.total_seconds()):
        counted = _one_by_one(query, begin, end, snapshot)
    else:
        counted = _summed(tallies, query, begin, end, snapshot)
    if counted is None or not any(counted.counts):
        return None
    over = end if query.one("until") else None
    return replace(counted, stretches=replace(counted.stretches, end=over))


def _span(query: Query, snapshot: Snapshot) -> tuple[float | None, float]:
    """What a query asks for, no earlier than runs are kept and no later than now; None for no beginning."""
    since, until, now = query.one("since"), query.one("until"), snapshot.now
    begin = max(timespans.since(since, now), _kept_since(snapshot)).timestamp() if since else None
    return begin, min(timespans.until(until, now), now).timestamp() if until else now.timestamp()


def _kept_since(snapshot: Snapshot) -> datetime:
    """Since when runs are kept: as of the earliest last reading, since what is past keeping goes with one."""
    read = [feed.attempted_at for feed in snapshot.feeds if feed.attempted_at]
    ages = (snapshot.now - at for at in read if at < snapshot.now)
    return before(snapshot.kept_since, max(ages, default=timedelta()))


def _summed(
    tallies: Any, query: Query, begin: float | None, end: float, snapshot: Snapshot
) -> CountedRuns | None:
    """From the sums of quarter hours; the runs of those that the span cuts are counted."""
    if begin is None:
        oldest = tallies.filter(number__gt=0).order_by("quarter").values_list("quarter", flat=True).first()
        if oldest is None:
            return None
        begin_at = begin_of(oldest).timestamp()
    else:
        begin_at = begin
    stretches = in_stretches(begin_at, end, _offset(snapshot), _COARSE)
    return CountedRuns(
        stretches, _add_up(stretches, _rows_of(tallies, query, begin, end, stretches, snapshot))
    )


def _rows_of(
    tallies: Any, query: Query, begin: float | None, end: float, stretches: Stretches, snapshot: Snapshot
) -> Iterable[tuple[float, str, int]]:
    """An instant within a stretch, an outcome, and how many runs; in one query."""
    first_quarter, last_quarter, parts = None, None, list[Any]()
    runs = Run.objects.matching(query.with_values(since="", until=""), snapshot.now)
    if begin is not None:
        first_quarter = ceil(begin / QUARTER)
        parts.append(_in_place(runs.within(_instant(begin), begin_of(first_quarter)), 0))
    if query.one("until"):
        last_quarter = max(floor(end / QUARTER), first_quarter or 0)
        parts.append(_in_place(runs.within(begin_of(last_quarter), _instant(end)), stretches.number - 1))
    sums = [tallies.filter(_between(first_quarter, last_quarter))]
    places = [_place(F("quarter"), stretches)]
    cut = _cut_days(stretches)
    if cut is not None:
        sums = list(by_day(counting.days_of(query), tallies, first_quarter, last_quarter, cut))
        places = [_place(F("day") * DAY, stretches), *places]
    first, *others = [
        rows.order_by().annotate(place=place, outcome=F("status")).values_list("place", "outcome")
        for rows, place in zip(sums, places, strict=True)
    ]
    rows = first.annotate(n=Sum("number"))
    parts += [other.annotate(n=Sum("number")) for other in others]
    for number, status, runs_of_it in rows.union(*parts, all=True) if parts else rows:
        yield stretches.start + number * stretches.step, status, runs_of_it


def _between(first_quarter: int | None, last_quarter: int | None) -> Q:
    since = Q() if first_quarter is None else Q(quarter__gte=first_quarter)
    return since if last_quarter is None else since & Q(quarter__lt=last_quarter)


def _place(quarter: Combinable, stretches: Stretches) -> ExpressionWrapper[Combinable]:
    """In which stretch a quarter hour lies."""
    base, steps = round(stretches.start) // QUARTER, stretches.step // QUARTER
    return ExpressionWrapper((quarter - base) / steps, output_field=IntegerField())


def _cut_days(stretches: Stretches) -> list[int] | None:
    """The days of UTC of which two stretches have a part; None where that may be nearly all days."""
    base, steps = round(stretches.start) // QUARTER, stretches.step // QUARTER
    if base % DAY == 0 and steps % DAY == 0:
        return []
    return None if steps <= DAY else [(base + n * steps) // DAY for n in range(stretches.number + 1)]


def _in_place(runs: RunQuerySet, place: int) -> Any:
    # Without the index of outcomes, which has them in order, and all there are.
    outcome = Unindexed(F("status"), output_field=CharField())
    labelled = runs.order_by().annotate(place=Value(place, IntegerField()), outcome=outcome)
    return labelled.values_list("place", "outcome").annotate(n=Number("pk"))


def _one_by_one(query: Query, begin: float | None, end: float, snapshot: Snapshot) -> CountedRuns | None:
    """The newest of them, one by one, up to a bound."""
    hits = snapshot.hits(query.one("q"))
    asked, by, read = way(query, hits, snapshot)
    runs: Any = Run.objects.matching(asked, snapshot.now, hits, by).dated().values_list("at", "status")
    if hits and hits.few is not None:
        read = first  # by their keys, and those of the deployments
    most = MOST if read is first else MOST_SCATTERED
    rows: Sequence[Any] = read(runs, _NEWEST_FIRST, None, most + 1)
    if not rows:
        return None
    oldest = rows[-1][0]
    beginning = oldest.timestamp() if begin is None else begin
    drawn = in_stretches(beginning, max(end, beginning), _offset(snapshot), (*_FINE, *_COARSE))
    counts = _add_up(drawn, ((at.timestamp(), status, 1) for at, status in rows[:most]))
    return CountedRuns(drawn, counts, oldest if len(rows) > most else None)


def in_stretches(begin: float, end: float, offset: int, steps: Iterable[int], most: int = BARS) -> Stretches:
    """A span in at most so many stretches, of the shortest of these steps, on the clock of a zone.

    offset: of the zone from UTC, in seconds
    """
    for step in steps:
        start = begin - (begin + offset - _MONDAY) % step
        number = max(ceil((end - start) / step), 1)
        if number == most + 1 and start < begin:
            start, number = start + step, most  # what is before the first whole one is drawn with it
        if number <= most:
            break
    return Stretches(begin, start, step, number)


def _add_up(stretches: Stretches, rows: Iterable[tuple[float, str, int]]) -> tuple[Counter[str], ...]:
    counts: list[Counter[str]] = [Counter() for _ in range(stretches.number)]
    for at, status, number in rows:
        counts[stretches.place(at)][status] += number
    return tuple(counts)


def _offset(snapshot: Snapshot) -> int:
    return round((snapshot.now.utcoffset() or timedelta()).total_seconds())


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
