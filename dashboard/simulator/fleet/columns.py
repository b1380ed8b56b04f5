"""A million runs in little room: one array for each fact, oldest first."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable

from dashboard.simulator.fleet.days import FAILED, SKIPPED, FleetRun
from dashboard.simulator.fleet.marks import mark, marked_at
from dashboard.simulator.fleet.troubles import TROUBLES


class Columns:
    """Runs in the order of their triggering; no two at the same microsecond, so that the order is total."""

    def __init__(self, plans: int) -> None:
        """Start empty; `of_plan` lists the runs of each deployment."""
        self.at, self.slot, self.length = array("q"), array("q"), array("q")
        self.pend, self.plan, self.salt = array("I"), array("H"), array("Q")
        self.outcome, self.trigger, self.attempt, self.trouble = (bytearray() for _ in range(4))
        self.of_plan = [array("I") for _ in range(plans)]

    def extend(self, runs: Iterable[FleetRun]) -> None:
        """Append runs that are sorted and no older than those already here."""
        latest = self.at[-1] if self.at else 0
        for run in runs:
            latest = max(run.at, latest + 1)
            self.of_plan[run.plan].append(len(self.at))
            self._append(run)
            self.at.append(latest)

    def _append(self, run: FleetRun) -> None:
        self.slot.append(run.slot)
        self.length.append(run.length)
        self.pend.append(run.pend)
        self.plan.append(run.plan)
        self.salt.append(run.salt)
        self.outcome.append(run.outcome)
        self.trigger.append(run.trigger)
        self.attempt.append(run.attempt)
        self.trouble.append(run.trouble)

    def drop_oldest(self, count: int) -> None:
        """Forget the oldest runs."""
        for column in (self.at, self.slot, self.length, self.pend, self.plan, self.salt):
            del column[:count]
        for flags in (self.outcome, self.trigger, self.attempt, self.trouble):
            del flags[:count]
        for mine in self.of_plan:
            mine[:] = array("I", (index - count for index in mine if index >= count))

    def until(self, now: int) -> int:
        """How many runs have been triggered by a time."""
        return bisect_right(self.at, now)

    def end(self, index: int) -> int:
        """When a run is over."""
        return self.at[index] + self.pend[index] + self.length[index]

    def has_session(self, index: int) -> bool:
        """Whether a session comes to be for a run."""
        outcome = self.outcome[index]
        return outcome < SKIPPED and (outcome != FAILED or TROUBLES[self.trouble[index]].starts)

    def key(self, index: int) -> str:
        """The id of a run."""
        return mark("drun", self.at[index], self.salt[index])

    def find(self, key: str) -> int | None:
        """The index of the run with that id, or None."""
        at = marked_at(key)
        if at is None:
            return None
        nearby = range(self.until(at - 1), self.until(at + 999))
        return next((index for index in nearby if self.key(index) == key), None)
