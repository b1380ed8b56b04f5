"""Since when every run of some accounts is known: the one rule, for one account and for several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from dashboard.domain.times import before

# The sync may have noted how far back it keeps a little later than the instant of a page.
_SLACK = timedelta(minutes=5)

ALL_READ = "all read"


@dataclass(frozen=True)
class Coverage:
    """Since when every run of some accounts is known.

    since: None while one of the accounts has not been read at all
    kept_since: older runs are not kept
    begun: whether any of the accounts has been read
    """

    since: datetime | None
    kept_since: datetime
    begun: bool

    def covers(self, since: datetime) -> bool:
        """Whether every run from that instant on is known."""
        return self.since is not None and self.since <= since

    @property
    def complete(self) -> bool:
        """Whether every run that is kept is known."""
        return self.covers(self.kept_since)

    @property
    def share(self) -> float:
        """How much of the time that runs are kept is known, from 0 to 1."""
        if self.since is None:
            return 0.0
        kept = retention()
        return min(max(1 - (self.since - self.kept_since) / kept, 0.0), 1.0)

    @property
    def text(self) -> str:
        """In words: `complete for 90 days`, `complete since 3 Nov 14:00`."""
        if self.since is None:
            return "nothing read yet"
        return (
            f"complete for {retention().days} days"
            if self.complete
            else f"complete since {_short(self.since)}"
        )

    @property
    def back_to(self) -> str:
        """How far back runs are known, in a clause; empty where none is."""
        if self.since is None:
            return ""
        return f"of all {retention().days} days" if self.complete else f"back to {_short(self.since)}"

    def text_since(self, since: datetime) -> str:
        """How complete the runs since an instant are, in a clause: `all read`, `read back to 3 Nov 14:00`."""
        if self.since is None:
            return "not all accounts read yet" if self.begun else "nothing read yet"
        return ALL_READ if self.covers(since) else f"read back to {_short(self.since)}"


def of_account(
    now: datetime, *, read: bool, gap_from: datetime | None, history_from: datetime | None = None
) -> Coverage:
    """The coverage of one account.

    read: whether its newest runs have been read; gap_from: down to where they are known without a gap
    history_from: before it nothing is known, whatever is to be kept since the settings were changed
    """
    kept_since = before(now, retention())
    since = gap_from or kept_since
    if history_from and history_from - kept_since > _SLACK:
        since = max(since, history_from)
    return Coverage(since if read else None, kept_since, begun=read)


def of_all(coverages: Sequence[Coverage], now: datetime) -> Coverage:
    """What is known of several accounts together: as much as of the one that is known least far back."""
    known = [coverage.since for coverage in coverages if coverage.since]
    every = len(known) == len(coverages)
    return Coverage(max(known) if known and every else None, before(now, retention()), begun=bool(known))


def retention() -> timedelta:
    """For how long runs are kept."""
    return timedelta(days=settings.RUN_RETENTION_DAYS)


def _short(at: datetime) -> str:
    return f"{timezone.localtime(at):%-d %b %H:%M}"
