"""What became of a promised instant. Pure functions; the table of cases in their test is the rule.

A *slot* is an instant at which the API promised a firing. A *firing* is a run that a schedule started;
manual runs and retries meet no slot.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from dashboard.domain.states import Outcome, SlotOutcome, Withdrawal
from dashboard.domain.thresholds import EARLY, ON_TIME, PATIENCE, UNKNOWN_GAP


def gap_s(promised: Sequence[datetime]) -> int | None:
    """The shortest distance of two instants promised in order, in seconds; None for fewer than two."""
    shortest = min((later - earlier for earlier, later in pairwise(promised)), default=None)
    return None if shortest is None else round(shortest.total_seconds())


@dataclass(frozen=True)
class Promise:
    """A slot of one deployment: its instant, and the gap to the slots around it."""

    at: datetime
    gap: timedelta = UNKNOWN_GAP

    @property
    def patience(self) -> timedelta:
        """How long a run is waited for."""
        return min(self.gap / 2, PATIENCE)

    def reaches(self, at: datetime) -> bool:
        """Whether a run of that instant can be meant for this slot: nearer to it than to the next."""
        half = self.gap / 2
        return -min(half, EARLY) <= at - self.at < half


@dataclass(frozen=True)
class Firing:
    """A run that a schedule started.

    scheduled_at: the slot it was started for, where the API gives it
    """

    run_id: str
    at: datetime
    status: str
    open: bool = False
    scheduled_at: datetime | None = None


@dataclass(frozen=True)
class Settled:
    """What became of a slot; `late` by how much its run came after it."""

    outcome: str
    run_id: str = ""
    late: timedelta = timedelta()


def match(promises: Sequence[Promise], firings: Collection[Firing]) -> dict[datetime, Firing]:
    """Which firing met which slot: the one that says so, else the nearest that no other slot has."""
    named = {firing.scheduled_at: firing for firing in firings if firing.scheduled_at}
    met = {promise.at: named[promise.at] for promise in promises if promise.at in named}
    free = [firing for firing in firings if firing.scheduled_at is None]
    pairs = sorted(
        (
            (abs(firing.at - promise.at), promise.at, firing)
            for promise in promises
            for firing in free
            if promise.at not in met and promise.reaches(firing.at)
        ),
        key=lambda pair: (pair[0], pair[1], pair[2].run_id),
    )
    taken: set[str] = set()
    for _, at, firing in pairs:
        if at not in met and firing.run_id not in taken:
            met[at] = firing
            taken.add(firing.run_id)
    return met


def settle(promise: Promise, firing: Firing | None, now: datetime, *, watched: bool) -> Settled:
    """What became of a slot whose time has come.

    watched: whether we were looking when it was due; if not, a run that is not there proves nothing
    """
    if firing is None:
        if now <= promise.at + promise.patience:
            return Settled(SlotOutcome.DUE)
        return Settled(SlotOutcome.MISSED if watched else SlotOutcome.UNOBSERVED)
    late = max(firing.at - promise.at, timedelta())
    if firing.status == Outcome.SKIPPED:
        return Settled(SlotOutcome.SKIPPED, firing.run_id, late)
    if firing.open:
        return Settled(SlotOutcome.RUNNING, firing.run_id, late)
    return Settled(SlotOutcome.LATE if is_late(late) else SlotOutcome.ON_TIME, firing.run_id, late)


def is_late(late: timedelta) -> bool:
    """Whether a run that came so long after its slot is late."""
    return late > ON_TIME


@dataclass(frozen=True)
class Reading:
    """What one reading of a deployment says of its slots.

    firing: whether it fires at all: active, not archived
    changed_at: when the API says it was last changed
    edited: whether its schedule is another one than at the reading before
    """

    promised: tuple[datetime, ...]
    firing: bool
    archived: bool
    changed_at: datetime | None
    edited: bool


def withdrawal(at: datetime, reading: Reading, now: datetime) -> str:
    """Why a slot that was due is withdrawn, a word of `Withdrawal`; empty if it stands.

    A slot still to come stands as long as it is promised. One whose time has come since the last
    reading was withdrawn only if the change was made before it was due.
    """
    if at > now:
        return "" if reading.firing and at in reading.promised else _reason(reading)
    before = reading.changed_at is not None and reading.changed_at <= at
    return _reason(reading) if before and (not reading.firing or reading.edited) else ""


def _reason(reading: Reading) -> str:
    if reading.firing:
        return Withdrawal.EDITED if reading.edited else Withdrawal.MOVED
    return Withdrawal.ARCHIVED if reading.archived else Withdrawal.PAUSED
