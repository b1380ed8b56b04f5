"""What became of runs before and after another agent, or a new version of it. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from dashboard.domain.thresholds import FEWEST


@dataclass(frozen=True)
class VersionedRun:
    """A run as this module sees it; `failed` is None while it has not finished, or was skipped."""

    at: datetime
    version: int | None
    failed: bool | None
    agent_id: str = ""


@dataclass(frozen=True)
class Stretch:
    """Runs on end with one version of one agent, `since` the first of them that is known."""

    version: int
    since: datetime
    failed: int
    finished: int
    agent_id: str = ""


@dataclass(frozen=True)
class Change:
    """The agent or its version changed; `before` and `after` it."""

    before: Stretch
    after: Stretch

    @property
    def of_agent(self) -> bool:
        """Whether it is another agent, whose versions are counted by themselves."""
        return self.before.agent_id != self.after.agent_id

    @property
    def counted(self) -> bool:
        """Whether both sides have enough finished runs to be compared."""
        return min(self.before.finished, self.after.finished) >= FEWEST

    @property
    def worse(self) -> bool:
        """Whether failing began with it: more than half fails since, less than half did before."""
        return (
            self.counted
            and 2 * self.after.failed > self.after.finished
            and 2 * self.before.failed < self.before.finished
        )


def stretches(runs: Iterable[VersionedRun]) -> list[Stretch]:
    """The versions of agents that ran one after another, oldest first; `runs` in order, oldest first."""
    collected: list[Stretch] = []
    for run in runs:
        if run.version is None:
            continue
        if not collected or (collected[-1].agent_id, collected[-1].version) != (run.agent_id, run.version):
            collected.append(Stretch(run.version, run.at, 0, 0, run.agent_id))
        last = collected[-1]
        collected[-1] = Stretch(
            last.version,
            last.since,
            last.failed + (run.failed is True),
            last.finished + (run.failed is not None),
            last.agent_id,
        )
    return collected


def changes(runs: Iterable[VersionedRun]) -> list[Change]:
    """Every change of the agent or its version, newest first."""
    all_stretches = stretches(runs)
    return [Change(before, after) for before, after in pairwise(all_stretches)][::-1]
