"""A scripted account on a port, ready to be asked."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from dashboard.simulator import Scripted, Simulator, serve

from .fleets import lively
from .http_calls import call, walk
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
def api(sim: Simulator) -> Iterator[SimpleNamespace]:
    """`runs(**query)`, `deployments(**query)`, `ask(path, …)` and `walk(path, …)` over real HTTP."""
    with serve(sim) as url:
        yield SimpleNamespace(
            url=url,
            runs=lambda **query: call(url, "/deployment_runs", query),
            deployments=lambda **query: call(url, "/deployments", query),
            ask=lambda path, query=(), **more: call(url, path, query, **more),
            walk=lambda path, query, cursor="after_id": walk(url, path, query, cursor),
        )


@pytest.fixture(scope="session")
def account() -> SimpleNamespace:
    """Ten days of the default fleet and its lists at one moment; nobody moves its clock."""
    fleet = lively(days=10)
    return SimpleNamespace(deployments=fleet.deployments(), runs=fleet.runs())
