"""What the numbers of a page rest on: how many runs, of which time, and whether these are all there were."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings

from dashboard.filters import Query, timespans
from dashboard.services.status.feeds import FeedView, feeds

NEW = timedelta(hours=24)  # a group is new for a day


@dataclass(frozen=True)
class TimeSpan:
    """The time a page is about: from `since`, which is kept, to before `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class Rests:
    """What is said with numbers.

    until: where the span does not reach to now
    complete_since: every run since then is here; None where nothing was read whole yet
    read_at: when an account was last read, where that is too long ago
    unreadable: records that had to be left out
    """

    runs: int
    since: datetime
    until: datetime | None
    complete_since: datetime | None
    read_at: datetime | None
    unreadable: int

    @property
    def complete(self) -> bool:
        """Whether no run of that time is missing."""
        whole = self.complete_since is not None and self.complete_since <= self.since
        return whole and not self.unreadable and self.read_at is None


@dataclass(frozen=True)
class History:
    """What has been read of some accounts."""

    feeds: Sequence[FeedView]
    now: datetime

    @property
    def kept_since(self) -> datetime:
        """Since when runs are kept."""
        return self.now - timedelta(days=settings.RUN_RETENTION_DAYS)

    @property
    def complete_since(self) -> datetime | None:
        """Since when every run of every account is here; None where one of them has not been read."""
        found = [feed.complete_since for feed in self.feeds]
        return max((it for it in found if it), default=None) if all(found) else None

    @property
    def whole(self) -> bool:
        """Whether all is here that is kept."""
        return all(feed.complete for feed in self.feeds)

    def of(self, accounts: Collection[str]) -> History:
        """The same of those accounts alone; of all where none is named."""
        return replace(self, feeds=[feed for feed in self.feeds if not accounts or feed.account in accounts])

    def is_new(self, first_at: datetime) -> bool:
        """Whether a failure first seen then is new: it lasted a day without, and that day is known whole."""
        since = self.complete_since
        return since is not None and self.now - first_at <= NEW and since <= first_at - NEW

    def rests(self, runs: int, span: TimeSpan) -> Rests:
        """What a number of runs of a span rests on."""
        stale = [feed.read_at for feed in self.feeds if feed.state == "stale" and feed.read_at]
        return Rests(
            runs=runs,
            since=span.since,
            until=span.until if span.until < self.now else None,
            complete_since=self.complete_since,
            read_at=min(stale, default=None),
            unreadable=sum(feed.skipped_records for feed in self.feeds),
        )


def history(now: datetime) -> History:
    """What has been read of all accounts."""
    return History(feeds(now), now)


def span_of(query: Query, known: History) -> TimeSpan:
    """The time a query asks about, no earlier than runs are kept."""
    now, until = known.now, query.one("until")
    end = timespans.until(until, now) if until else now
    return TimeSpan(max(timespans.since(query.one("since"), now), known.kept_since), min(end, now))
