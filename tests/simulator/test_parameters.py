"""Every parameter of both lists, and the 400 that names the one at fault."""

from __future__ import annotations

import pytest

from dashboard.simulator import Scripted
from dashboard.simulator.records import Record

from .http_calls import Answer, Api
from .records import deployment_id, run, run_id


def refused(answer: Answer, param: str) -> bool:
    error = answer.json["error"]
    assert (answer.status, error["type"], error["param"]) == (400, "invalid_request_error", param)
    assert param in error["message"]
    assert answer.json["type"] == "error"
    return True


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "ten", "", "1.5", "٣", "9" * 5000])
def test_a_limit_out_of_range_is_refused_by_name(api: Api, limit: str) -> None:
    assert refused(api.runs(limit=limit), "limit")
    assert refused(api.deployments(limit=limit), "limit")


@pytest.mark.parametrize("limit", ["1", "7", "1000"])
def test_a_limit_in_range_is_the_size_of_the_page(api: Api, limit: str) -> None:
    assert len(api.runs(limit=limit).ids) == min(int(limit), 10)


def test_a_page_has_twenty_records_by_default(api: Api, world: Scripted) -> None:
    world.runs += [run(number) for number in range(10, 30)]
    assert len(api.runs().ids) == 20


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("deployments", {"status": "archived"}),
        ("deployments", {"include_archived": "yes"}),
        ("deployment_runs", {"status": "active"}),
        ("deployment_runs", {"trigger_type": "cron"}),
        ("deployment_runs", {"has_error": "1"}),
    ],
)
def test_a_value_outside_the_list_is_refused_by_name(api: Api, path: str, query: dict[str, str]) -> None:
    assert refused(api.ask(f"/{path}", query), next(iter(query)))


def test_deployments_are_filtered_by_status(api: Api, world: Scripted) -> None:
    world.deployments[1]["status"] = "paused"
    assert api.deployments(status="paused").ids == [deployment_id(1)]
    assert deployment_id(1) not in api.deployments(status="active").ids


def test_archived_deployments_are_left_out_until_asked_for(api: Api) -> None:
    assert api.deployments().ids == [deployment_id(number) for number in (4, 3, 1, 0)]
    assert api.deployments(include_archived="false").ids == api.deployments().ids
    assert len(api.deployments(include_archived="true").ids) == 5


def test_deployments_are_filtered_by_agent(api: Api, world: Scripted) -> None:
    world.deployments[3]["agent"] = {"id": "agent_other", "type": "agent", "version": 2}
    assert api.deployments(agent_id="agent_other").ids == [deployment_id(3)]


def test_runs_are_filtered_by_deployment_and_an_unknown_one_has_none(api: Api, world: Scripted) -> None:
    world.runs[4]["deployment_id"] = "dep_other"
    assert api.runs(deployment_id="dep_other").ids == [run_id(4)]
    nobody = api.runs(deployment_id="dep_nobody")
    expected: Record = {"data": [], "first_id": None, "has_more": False, "last_id": None, "next_page": None}
    assert (nobody.status, nobody.json) == (200, expected)


@pytest.mark.parametrize("status", ["pending", "running", "completed", "failed", "skipped"])
def test_runs_are_filtered_by_each_status(api: Api, world: Scripted, status: str) -> None:
    for record in world.runs:
        record["status"] = "other"
    world.runs[6]["status"] = status
    assert api.runs(status=status).ids == [run_id(6)]


@pytest.mark.parametrize("trigger", ["manual", "schedule", "retry"])
def test_runs_are_filtered_by_each_trigger(api: Api, world: Scripted, trigger: str) -> None:
    for record in world.runs:
        record["trigger_context"] = {"type": "other"}
    world.runs[6]["trigger_context"] = {"type": trigger}
    assert api.runs(trigger_type=trigger).ids == [run_id(6)]


def test_runs_are_filtered_by_having_an_error(api: Api, world: Scripted) -> None:
    world.runs[5]["error"] = {"type": "unknown_error", "message": "x"}
    assert api.runs(has_error="true").ids == [run_id(5)]
    assert run_id(5) not in api.runs(has_error="false").ids
    assert len(api.runs(has_error="false").ids) == 9


def test_filters_hold_together(api: Api, world: Scripted) -> None:
    world.runs[5]["status"] = world.runs[6]["status"] = "failed"
    world.runs[6]["deployment_id"] = "dep_other"
    assert api.runs(status="failed", deployment_id="dep_other").ids == [run_id(6)]


def test_a_parameter_nobody_knows_is_ignored(api: Api) -> None:
    assert api.runs(sort="oldest", limit=3).ids == [run_id(number) for number in (9, 8, 7)]
