"""Whether a page would show something else now, and how old the data on it is: one cheap query."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard import __version__
from dashboard.services.status.feeds import FeedView
from dashboard.services.status.snapshot import Snapshot

# Health, countdowns and spans such as the last hour move with the clock alone, while nothing is read. The
# shortest limit that decides on health is a minute (thresholds.py): half of it keeps a page true to
# them. Ages need no clock here: the script counts them on.
CLOCK = 30  # seconds


@dataclass(frozen=True)
class Freshness:
    """What distinguishes one state of all pages from another, without rendering any.

    mark: changes as soon as any page could show something else
    age_s: how long ago the account read longest ago was read, in seconds; None while none was
    """

    mark: tuple[object, ...]
    age_s: int | None


def freshness(snapshot: Snapshot) -> Freshness:
    """The mark and the age of the data at the snapshot's instant."""
    clock = int(snapshot.now.timestamp()) // CLOCK
    return Freshness(
        mark=(__version__, clock, *(_mark(feed) for feed in snapshot.feeds)), age_s=snapshot.age.whole_seconds
    )


def _mark(feed: FeedView) -> tuple[object, ...]:
    """What every page shows of a feed, but for its age, and its version, which stands for the rest."""
    return feed.account, feed.version, feed.state, feed.coverage.text, feed.skipped_records, feed.trouble
