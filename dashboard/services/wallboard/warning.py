"""The band across the wall that says what keeps its data from being true now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from dashboard.services.status.feeds import FeedView, Trouble
from dashboard.services.status.snapshot import Snapshot
from dashboard.web.local_clock import clock

MOST_NAMED = 3  # accounts whose trouble is shown in words; the rest is counted


@dataclass(frozen=True)
class WallWarning:
    """What is wrong with the data: the words across the screen, then one clause for each account."""

    loud: str
    clauses: tuple[str, ...]


def warning(feeds: Sequence[FeedView], now: datetime) -> WallWarning | None:
    """What keeps the data from being true now; None where nothing does."""
    troubled = [(feed, feed.trouble) for feed in feeds if feed.trouble]
    if not troubled:
        return None
    unread = "NOT READ COMPLETELY YET" if any(feed.runs_kept for feed, _ in troubled) else "NOTHING READ YET"
    loud = "STALE DATA" if any(feed.read_at for feed, _ in troubled) else unread
    named = len(feeds) > 1
    clauses = [
        (f"{feed.account}: " if named else "") + _clause(feed, trouble, now)
        for feed, trouble in troubled[:MOST_NAMED]
    ]
    more = len(troubled) - len(clauses)
    return WallWarning(loud, (*clauses, *([f"and {more} more accounts"] if more else [])))


def silent_scheduler(snapshot: Snapshot, accounts: Collection[str]) -> tuple[str, ...]:
    """Of which deployments of these accounts nothing fires, a clause for each group; empty for none."""
    silent = [one for one in snapshot.silent_schedulers if one.account in accounts]
    clauses = [one.sentence(snapshot.now) for one in silent[:MOST_NAMED]]
    more = len(silent) - len(clauses)
    return (*clauses, *([f"and {more} more groups"] if more else []))


def _clause(feed: FeedView, trouble: Trouble, now: datetime) -> str:
    read = f"last complete read {_exact(feed.read_at, now)}" if feed.read_at else "never read completely"
    retry = f", next try {_exact(trouble.retry_at, now)}" if trouble.retry_at else ""
    return f"{read}: {trouble.sentence.rstrip('.')}{retry}"


def _exact(at: datetime, now: datetime) -> str:
    return f"{clock(at, now)}:{timezone.localtime(at):%S}"
