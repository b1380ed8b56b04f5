"""The fleet's lists, asked page by page, against its own truth looked through by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from unittest.mock import patch

import pytest

from dashboard.simulator import Simulator, serve
from dashboard.simulator.filters import ALL_RUNS, RunFilter
from dashboard.simulator.records import Record

from .fleets import NOON, Lively, lively
from .http_calls import call, walk

QUERIES: dict[str, tuple[dict[str, str], Callable[[Record], bool]]] = {
    "everything": ({}, lambda run: True),
    "completed": ({"status": "completed"}, lambda run: run["status"] == "completed"),
    "failed": ({"status": "failed"}, lambda run: run["status"] == "failed"),
    "skipped": ({"status": "skipped"}, lambda run: run["status"] == "skipped"),
    "running": ({"status": "running"}, lambda run: run["status"] == "running"),
    "pending": ({"status": "pending"}, lambda run: run["status"] == "pending"),
    "manual": ({"trigger_type": "manual"}, lambda run: run["trigger_context"]["type"] == "manual"),
    "retry": ({"trigger_type": "retry"}, lambda run: run["trigger_context"]["type"] == "retry"),
    "error": ({"has_error": "true"}, lambda run: run["error"] is not None),
    "no error": ({"has_error": "false"}, lambda run: run["error"] is None),
    "both": ({"has_error": "true", "status": "completed"}, lambda run: False),
}


@pytest.fixture(scope="module")
def fleet() -> Lively:
    return lively(days=1)


@pytest.fixture(scope="module")
def runs(fleet: Lively) -> list[Record]:
    """All of its runs; nobody moves its clock."""
    return fleet.runs()


@pytest.fixture(scope="module")
def url(fleet: Lively) -> Iterator[str]:
    with serve(fleet.sim) as url:
        yield url


@pytest.mark.parametrize("name", QUERIES)
def test_every_filter_gives_exactly_the_runs_it_names(runs: list[Record], url: str, name: str) -> None:
    query, wanted = QUERIES[name]
    expected = [run["id"] for run in runs if wanted(run)]
    assert walk(url, "/deployment_runs", query | {"limit": 700}) == expected


def test_the_runs_of_each_deployment_can_be_listed(fleet: Lively, runs: list[Record], url: str) -> None:
    for deployment in fleet.deployments()[:6]:
        expected = [run["id"] for run in runs if run["deployment_id"] == deployment["id"]]
        assert walk(url, "/deployment_runs", {"deployment_id": deployment["id"], "limit": 97}) == expected
    assert walk(url, "/deployment_runs", {"deployment_id": "dep_nobody"}) == []


def test_pages_upwards_are_the_pages_downwards(fleet: Lively, runs: list[Record], url: str) -> None:
    ids = [run["id"] for run in runs]
    page = call(url, "/deployment_runs", {"before_id": ids[500], "limit": 30})
    assert page.ids == ids[470:500]
    failed = [run["id"] for run in runs if run["status"] == "failed"]
    query = {"before_id": failed[-1], "limit": 5, "status": "failed"}
    assert call(url, "/deployment_runs", query).ids == failed[-6:-1]
    key = fleet.deployments()[4]["id"]
    mine = [run["id"] for run in runs if run["deployment_id"] == key]
    query = {"before_id": mine[20], "limit": 5, "deployment_id": key}
    assert call(url, "/deployment_runs", query).ids == mine[15:20]


def test_a_run_of_the_future_or_of_nowhere_is_no_cursor(url: str) -> None:
    tomorrow = lively(days=2)
    tomorrow.clock.advance(hours=1)
    for cursor in (tomorrow.runs()[0]["id"], "drun_nobody", "drun_" + "x" * 32, "drun_" + "0" * 32):
        assert call(url, "/deployment_runs", {"after_id": cursor}).status == 400


@pytest.mark.parametrize("bounds", [("gte", "lt"), ("gt", "lte")])
def test_bounds_on_the_time_of_creation_give_exactly_the_runs_within(
    fleet: Lively, bounds: tuple[str, str]
) -> None:
    newer = Simulator(fleet.sim.world, generation=2)
    low, high = NOON - timedelta(hours=20), NOON - timedelta(hours=3)
    expected = [run["id"] for run in newer.runs() if low < datetime.fromisoformat(run["created_at"]) < high]
    query = {f"created_at[{word}]": at.isoformat() for word, at in zip(bounds, (low, high), strict=True)}
    with serve(newer) as url:
        assert walk(url, "/deployment_runs", query | {"limit": 100}, "page") == expected
        backwards = call(url, "/deployment_runs", query | {"before_id": expected[-1], "limit": 4})
        assert backwards.ids == expected[-5:-1]


def test_deployments_are_filtered_as_any_others(fleet: Lively, url: str) -> None:
    everything = fleet.deployments()
    shown = [record["id"] for record in everything if not record["archived_at"]]
    assert walk(url, "/deployments", {"limit": 7}) == shown
    paused = [record["id"] for record in everything if record["status"] == "paused"]
    assert walk(url, "/deployments", {"status": "paused"}) == paused
    agent = everything[0]["agent"]["id"]
    mine = [record["id"] for record in everything if record["agent"]["id"] == agent]
    assert walk(url, "/deployments", {"agent_id": agent, "include_archived": "true"}) == mine


def test_a_history_of_a_given_size_has_that_many_runs() -> None:
    for runs in (500, 9_000):
        fleet = lively(runs=runs, days=2)
        assert len(fleet.runs()) == runs
        totals = [record["metadata"]["cas_config"]["stats"]["total_runs"] for record in fleet.deployments()]
        assert sum(totals) == runs


def test_more_deployments_than_jobs_have_names_of_their_own() -> None:
    fleet = lively(deployments=95, days=1)
    names = {record["name"].partition("_archived_")[0] for record in fleet.deployments()}
    assert len(names) == 95
    assert {"uptime-probe", "uptime-probe-2", "on-demand-triage-3"} <= names
    assert sum(record["schedule"] is None for record in fleet.deployments()) == 2


def test_more_runs_than_one_a_minute_are_refused() -> None:
    with pytest.raises(ValueError, match="need more than 10 deployments"):
        lively(deployments=10, runs=1_000_000)


def test_only_the_runs_of_a_page_are_built_however_deep_in_the_history(fleet: Lively) -> None:
    rows, deployment = fleet.fleet.run_rows(), fleet.deployments()[4]["id"]
    with patch.object(rows, "record", wraps=rows.record) as built:
        assert len(list(islice(rows.walk(ALL_RUNS, 900), 20))) == 20
        assert len(list(islice(rows.walk(RunFilter(deployment_id=deployment), 900), 20))) == 20
    assert built.call_count == 40
