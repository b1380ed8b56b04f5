"""Worlds written by hand: their order, and that they can be changed between requests."""

from __future__ import annotations

from dashboard.simulator import Scripted, Simulator

from .http_calls import Api
from .records import deployment_id, run, run_id


def listed(world: Scripted) -> list[object]:
    """The ids of the runs in order; what has none stands for itself."""
    return [
        record["id"] if isinstance(record, dict) and "id" in record else record
        for record in Simulator(world).runs()
    ]


def test_runs_stand_newest_first_by_the_time_of_their_triggering() -> None:
    world = Scripted(runs=[run(2), run(3), run(1, triggered_at="2026-06-14T09:00:00Z")])
    assert listed(world) == [run_id(1), run_id(3), run_id(2)]


def test_a_run_without_a_time_of_triggering_stands_by_its_creation() -> None:
    untriggered = run(2)
    del untriggered["triggered_at"]
    assert listed(Scripted(runs=[run(1), untriggered, run(3)])) == [run_id(3), run_id(2), run_id(1)]


def test_times_are_compared_as_instants_and_ties_by_id() -> None:
    texts = ["2026-06-14T08:58:17.13334Z", "2026-06-14T08:58:17.133349942Z", "2026-06-14T10:58:17.2+02:00"]
    world = Scripted(runs=[run(number, triggered_at=text) for number, text in enumerate(texts)])
    assert listed(world) == [run_id(2), run_id(1), run_id(0)]
    same = Scripted(runs=[run(1, triggered_at=texts[0]), run(2, triggered_at=texts[0])])
    assert listed(same) == [run_id(2), run_id(1)]


def test_a_time_without_a_zone_is_read_as_utc() -> None:
    world = Scripted(
        runs=[run(1, triggered_at="2026-06-14T08:00:00"), run(2, triggered_at="2026-06-14T07:59:00Z")]
    )
    assert listed(world) == [run_id(1), run_id(2)]


def test_the_given_order_is_kept_on_request() -> None:
    world = Scripted(runs=[run(2), run(3), run(1)])
    world.order = "as given"
    assert listed(world) == [run_id(2), run_id(3), run_id(1)]


def test_records_may_come_change_and_go_between_requests(api: Api, world: Scripted) -> None:
    world.runs[9]["status"] = "failed"
    world.deployments.pop()
    assert api.runs(limit=1).json["data"][0]["status"] == "failed"
    assert api.deployments(limit=1).ids == [deployment_id(3)]


def test_records_given_as_something_else_than_a_list_are_taken_too() -> None:
    assert listed(Scripted(runs=(run(number) for number in (1, 2)))) == [run_id(2), run_id(1)]


def test_what_is_no_record_is_served_as_it_is(api: Api, world: Scripted) -> None:
    world.runs[:] = [run(1), "garbage", {"type": "deployment_run"}]
    assert listed(world) == [run_id(1), "garbage", {"type": "deployment_run"}]
    assert api.runs().json["data"][1] == "garbage"
    assert api.runs(status="completed").ids == [run_id(1)]


def test_the_truth_is_a_copy(sim: Simulator, world: Scripted) -> None:
    sim.runs()[0]["agent"]["id"] = "changed"
    assert world.runs[-1]["agent"]["id"] != "changed"
    assert len(sim.deployments()) == 5
