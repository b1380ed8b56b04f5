"""Whether a page would show something else now, and how old the data on it is: one cheap query."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard import __version__
from dashboard.services.status.snapshot import Snapshot


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
    return Freshness(mark=(__version__, *snapshot.mark), age_s=snapshot.age.whole_seconds)
