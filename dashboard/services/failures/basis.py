"""What the numbers of failures are based on: which time they are about, and what of it is not known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from dashboard.domain.states import FeedState
from dashboard.filters import Query, timespans
from dashboard.services.status import coverage
from dashboard.services.status.coverage import Coverage
from dashboard.services.status.feeds import FeedView
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting


@dataclass(frozen=True)
class TimeSpan:
    """The time that numbers are about: from `since`, which is kept, to before `until`.

    Both in UTC: what lies between two instants of a zone whose clocks are changed is not what it shows.
    """

    since: datetime
    until: datetime


class Shortcoming(NamedTuple):
    """Why numbers are not complete: a clause, with an instant between its two parts where it has one."""

    before: str
    at: datetime | None = None
    after: str = ""


@dataclass(frozen=True)
class Basis:
    """What numbers are based on.

    until: where the time they are about does not reach to now
    shortcomings: why they are not complete; empty where they are
    """

    runs: int
    since: datetime
    until: datetime | None
    shortcomings: tuple[Shortcoming, ...]


def basis(runs: int, span: TimeSpan, feeds: Sequence[FeedView], now: datetime) -> Basis:
    """What a number of runs of some accounts is based on."""
    known = coverage.of_all([feed.coverage for feed in feeds], now)
    return Basis(
        runs=runs,
        since=span.since,
        until=span.until if span.until < now else None,
        shortcomings=tuple(_shortcomings(span, known, feeds)),
    )


def _shortcomings(span: TimeSpan, known: Coverage, feeds: Sequence[FeedView]) -> Iterator[Shortcoming]:
    if known.since is None:
        yield Shortcoming("the first reading is under way")
    elif not known.covers(span.since):
        going_on = not any(feed.trouble for feed in feeds)
        older = "are still being read" if going_on else "have not been read"
        yield Shortcoming("read back to ", known.since, f", older runs {older}")
    stale = [feed.read_at for feed in feeds if feed.state == FeedState.STALE and feed.read_at]
    if stale:
        yield Shortcoming("last read ", min(stale))
    if unreadable := sum(feed.skipped_records for feed in feeds):
        yield Shortcoming(f"{formatting.counted(unreadable, 'unreadable record')} left out")


def span_of(query: Query, snapshot: Snapshot) -> TimeSpan:
    """The time a query asks about, no earlier than runs are kept."""
    now, since, until = snapshot.now, query.one("since"), query.one("until")
    end = timespans.until(until, now) if until else now
    begin = max(timespans.since(since, now), snapshot.kept_since) if since else snapshot.kept_since
    return TimeSpan(begin.astimezone(UTC), min(end, now).astimezone(UTC))
