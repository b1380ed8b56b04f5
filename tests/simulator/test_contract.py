"""The stand-in against the example responses of the API's own pages, field by field."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from dashboard.simulator import Fleet, Scripted, Simulator, serve
from dashboard.simulator.records import Record

from .http_calls import call
from .records import deployment, run, seed

FORMATS = {
    "id": re.compile(r"(agent|dep|drun|env|sess|turn)_[0-9a-f]{32}"),
    "whole seconds": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "fraction": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{0,5}[1-9]Z"),
}
LATER = {("schedule", "last_run_at"), ("metadata", "cas_config", "stats", "last_triggered_at")}


@pytest.fixture(scope="module")
def sim() -> Simulator:
    return Simulator(Fleet(days=5, now=lambda: datetime(2026, 6, 16, 9, 22, 3, tzinfo=UTC)))


@pytest.fixture(scope="module")
def runs(sim: Simulator) -> list[Record]:
    """What it lists at that moment."""
    return sim.runs()


def paths(value: object, path: tuple[str, ...] = ()) -> set[tuple[tuple[str, ...], str]]:
    """Every path of keys in a value with the type and text format there."""
    if isinstance(value, dict):
        return {step for key, inner in value.items() for step in paths(inner, (*path, key))}
    if isinstance(value, list):
        return {step for inner in value for step in paths(inner, (*path, "[]"))} | {(path, "list")}
    name = next(
        (name for name, form in FORMATS.items() if isinstance(value, str) and form.fullmatch(value)), ""
    )
    return {(path, name or type(value).__name__)}


def test_a_completed_run_is_like_the_example(
    runs: list[Record],
) -> None:
    completed = [record for record in runs if record["status"] == "completed"][:500]
    assert len(completed) == 500
    for example in map(paths, seed("deployment_runs")["data"]):
        # A fraction of zero is dropped whole, which happens to one time in a million.
        assert [record for record in completed if paths(record) != example and not whole(record)] == []


def whole(record: Record) -> list[str]:
    """The times of a run that have no fraction."""
    return [
        at for key, at in record.items() if key.endswith("_at") and FORMATS["whole seconds"].fullmatch(at)
    ]


def test_ids_carry_the_prefixes_of_the_example(runs: list[Record]) -> None:
    example, record = seed("deployment_runs")["data"][0], runs[-1]
    for *path, key in (
        ["id"],
        ["deployment_id"],
        ["agent", "id"],
        ["session_id"],
        ["cas_run_extras", "turn_id"],
    ):
        mine, theirs = record, example
        for step in path:
            mine, theirs = mine[step], theirs[step]
        assert mine[key].partition("_")[0] == theirs[key].partition("_")[0]
        assert mine[key].partition("_")[2][12] == "7"


def test_a_deployment_that_never_ran_is_like_the_example(sim: Simulator) -> None:
    (never,) = (record for record in sim.deployments() if record["name"] == "yearly-forecast")
    never = never | {"resources": [], "vault_ids": []}
    assert paths(never) == paths(seed("deployments")["data"][0])


def test_a_deployment_that_ran_has_a_last_run_and_is_like_the_example(sim: Simulator) -> None:
    example = {path for path, _ in paths(seed("deployments")["data"][0])}
    scheduled = [record for record in sim.deployments() if (record["schedule"] or {}).get("upcoming_runs_at")]
    ran = [record for record in scheduled if record["metadata"]["cas_config"]["stats"]["total_runs"]]
    assert len(ran) > 20
    for record in ran:
        own = {"metadata": {"cas_config": record["metadata"]["cas_config"]}}  # whoever makes one adds to it
        plain = record | {"resources": [], "vault_ids": [], "paused_reason": None} | own
        assert {path for path, _ in paths(plain)} == example | LATER


@pytest.mark.parametrize("name", ["deployment_runs", "deployments"])
def test_the_records_of_an_example_come_back_as_exactly_the_example(name: str) -> None:
    example = seed(name)
    older = run(1) if name == "deployment_runs" else deployment(1)
    key = "runs" if name == "deployment_runs" else "deployments"
    records = [*example["data"], older]
    if name == "deployments":
        # The page shows one record of two: the other is known by its id alone.
        hidden = example["data"][0] | {"id": example["last_id"], "created_at": "2026-06-14T08:53:00Z"}
        records.insert(1, hidden)
        example = example | {"data": [*example["data"], hidden]}
    with serve(Simulator(Scripted(**{key: records}))) as url:
        answer = call(url, f"/{name}", {"limit": 2})
    assert answer.status == 200
    assert answer.json == example
    assert list(answer.json) == list(example)
