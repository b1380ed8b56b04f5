"""The counters of each deployment, kept true to its own runs as the clock moves on."""

from __future__ import annotations

from dataclasses import dataclass, field

from dashboard.simulator.fleet.columns import Columns
from dashboard.simulator.fleet.days import COMPLETED, FAILED
from dashboard.simulator.fleet.marks import DAY


@dataclass
class Counters:
    """The counters of one deployment; `last` is when it was last triggered, 0 for never."""

    total: int = 0
    failures: int = 0
    streak: int = 0
    last: int = 0


@dataclass
class FleetCounters:
    """Counters by deployment, and which runs are not over by now.

    A clock set back makes it count again from the start.
    """

    columns: Columns
    by_deployment: list[Counters] = field(default_factory=list)
    open: set[int] = field(default_factory=set)
    now: int = 0
    seen: int = 0

    def settle(self, now: int) -> None:
        """Count everything that has happened by a time in microseconds."""
        if now < self.now or not self.by_deployment:
            self.by_deployment = [Counters() for _ in self.columns.of_plan]
            self.open, self.now, self.seen = set(), self.columns.at[0] if self.columns.at else now, 0
        # Day by day, so that sorting what ended stays small however long the history is.
        for day in range(self.now, now, DAY):
            self._count(day)
        self._count(now)

    def _count(self, now: int) -> None:
        seen = self.columns.until(now)
        for index in range(self.seen, seen):
            counted = self.by_deployment[self.columns.plan[index]]
            counted.total += 1
            counted.last = self.columns.at[index]
        self.open.update(range(self.seen, seen))
        self.seen, self.now = seen, now
        for _, index in sorted(
            (end, index) for index in self.open if (end := self.columns.end(index)) <= now
        ):
            self._close(index)

    def _close(self, index: int) -> None:
        counted, outcome = self.by_deployment[self.columns.plan[index]], self.columns.outcome[index]
        self.open.remove(index)
        if outcome == FAILED:
            counted.failures += 1
            counted.streak += 1
        elif outcome == COMPLETED:
            counted.streak = 0
