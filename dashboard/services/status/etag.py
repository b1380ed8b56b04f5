"""Whether a page would show something else now, and how old what it shows is: one cheap query."""

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
    """What the data comes to without reading it.

    mark: is another one as soon as any page could show something else
    age_s: how long ago the oldest of the feeds was read whole, in seconds; None while none was
    """

    mark: tuple[object, ...]
    age_s: int | None


def freshness(snapshot: Snapshot) -> Freshness:
    """The mark and the age of the data at the snapshot's instant."""
    views, now = snapshot.feeds, snapshot.now
    read = [view.read_at for view in views if view.read_at]
    return Freshness(
        mark=(__version__, int(now.timestamp()) // CLOCK, *(_mark(view) for view in views)),
        # Never below zero: the clock of the host that read may run ahead of this one's.
        age_s=max(round((now - min(read)).total_seconds()), 0) if read else None,
    )


def _mark(view: FeedView) -> tuple[object, ...]:
    """What is said of a feed on every page, but for its age, and its version, which stands for the rest."""
    return view.account, view.version, view.state, view.history, view.skipped_records, view.trouble
