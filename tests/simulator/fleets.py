"""Fleets under a clock that tests can set."""

from __future__ import annotations

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
