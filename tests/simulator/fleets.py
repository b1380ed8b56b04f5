"""Fleets under a clock that tests can set."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from dashboard.simulator import Fleet, Simulator

NOON = datetime(2026, 6, 16, 9, 22, 3, tzinfo=UTC)


class Clock:
    """Gives the time it was set to."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


def lively(**options):
    """A simulator of a fleet and the clock it lives by."""
    clock = options.pop("clock", None) or Clock()
    sim = Simulator(Fleet(now=clock, **options))
    return SimpleNamespace(sim=sim, clock=clock, runs=sim.runs, deployments=sim.deployments)


def at(text):
    return datetime.fromisoformat(text)


def by_deployment(runs):
    """The runs of each deployment, newest first."""
    found = defaultdict(list)
    for run in runs:
        found[run["deployment_id"]].append(run)
    return found


def streak(runs):
    """Finished failures in a row, newest first; skipped runs neither extend nor end it."""
    ended = sorted(
        (run for run in runs if run["status"] in ("failed", "completed")), key=ended_at, reverse=True
    )
    outcomes = [run["status"] for run in ended]
    return [*outcomes, "completed"].index("completed")


def ended_at(run):
    return at(run["completed_at"])


def named(account, name):
    return next(record for record in account.deployments if record["name"].startswith(name))


def stats(deployment):
    return deployment["metadata"]["cas_config"]["stats"]
