"""A scripted account on a port, ready to be asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.simulator import Scripted, Simulator, serve

from .fleets import Account, lively
from .http_calls import Api
from .records import deployment, run


@pytest.fixture
def world() -> Scripted:
    """Ten runs and five deployments, the middle one archived."""
    deployments = [deployment(number) for number in range(5)]
    deployments[2]["archived_at"] = "2026-06-14T09:00:00Z"
    return Scripted(deployments, [run(number) for number in range(10)])


@pytest.fixture
def sim(world: Scripted) -> Simulator:
    return Simulator(world)


@pytest.fixture
def api(sim: Simulator) -> Iterator[Api]:
    """The scripted account over real HTTP."""
    with serve(sim) as url:
        yield Api(url)


@pytest.fixture(scope="session")
def account() -> Account:
    """Ten days of the default fleet and its lists at one moment; nobody moves its clock."""
    fleet = lively(days=10)
    return Account(fleet.deployments(), fleet.runs())
