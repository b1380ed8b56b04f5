"""Fleets under a clock that tests can set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dashboard.simulator import Fleet, Simulator
from dashboard.simulator.records import Record

NOON = datetime(2026, 6, 16, 9, 22, 3, tzinfo=UTC)


class Clock:
    """Gives the time it was set to."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass(frozen=True)
class Lively:
    """A simulator of a fleet, and the clock it lives by."""

    fleet: Fleet
    sim: Simulator
    clock: Clock

    def runs(self) -> list[Record]:
        return self.sim.runs()

    def deployments(self) -> list[Record]:
        return self.sim.deployments()


@dataclass(frozen=True)
class Account:
    """Both lists of a fleet at one moment."""

    deployments: list[Record]
    runs: list[Record]


def lively(
    *,
    seed: int = 7,
    deployments: int = 40,
    days: int = 30,
    runs: int | None = None,
    clock: Clock | None = None,
) -> Lively:
    """A fleet under a clock that only its test moves."""
    clock = clock or Clock()
    fleet = Fleet(seed, deployments, days, runs, now=clock)
    return Lively(fleet, Simulator(fleet), clock)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def by_deployment(runs: Iterable[Record]) -> defaultdict[str, list[Record]]:
    """The runs of each deployment, newest first."""
    runs_of: defaultdict[str, list[Record]] = defaultdict(list)
    for run in runs:
        runs_of[run["deployment_id"]].append(run)
    return runs_of


def streak(runs: Iterable[Record]) -> int:
    """Finished failures in a row, newest first; skipped runs neither extend nor end it."""
    ended = sorted(
        (run for run in runs if run["status"] in ("failed", "completed")), key=ended_at, reverse=True
    )
    outcomes = [run["status"] for run in ended]
    return [*outcomes, "completed"].index("completed")


def ended_at(run: Record) -> datetime:
    return at(run["completed_at"])


def named(account: Account, name: str) -> Record:
    return next(record for record in account.deployments if record["name"].startswith(name))


def stats(deployment: Record) -> Record:
    counters: Record = deployment["metadata"]["cas_config"]["stats"]
    return counters
