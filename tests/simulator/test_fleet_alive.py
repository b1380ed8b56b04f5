"""The same seed gives the same world, and the world goes on as the clock does."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice

from dashboard.simulator.filters import ALL_RUNS

from .fleets import NOON, Clock, at, by_deployment, lively, streak

RECEDING = ("license-inventory", "release-notes-check")


def test_equal_seeds_and_clocks_give_equal_worlds_and_others_do_not() -> None:
    worlds = [lively(seed=seed, days=1, deployments=20) for seed in (7, 7, 8)]
    assert worlds[0].runs() == worlds[1].runs()
    assert worlds[0].deployments() == worlds[1].deployments()
    assert not {run["id"] for run in worlds[0].runs()} & {run["id"] for run in worlds[2].runs()}


def test_a_world_restarted_tomorrow_goes_on_where_it_was() -> None:
    before, after = (
        lively(days=2, deployments=12),
        lively(days=2, deployments=12, clock=Clock(NOON + timedelta(days=1))),
    )
    before.clock.advance(days=1)
    same = {run["id"] for run in before.runs()} & {run["id"] for run in after.runs()}
    assert len(same) > 0.9 * len(after.runs())
    assert {record["id"] for record in before.deployments()} >= {
        record["id"] for record in after.deployments() if record["name"] != "yearly-forecast"
    }


def test_runs_are_triggered_start_and_end_as_one_watches() -> None:
    fleet = lively(days=1)
    seen: dict[str, str] = {}
    order = {"pending": 0, "running": 1, "completed": 2, "failed": 2, "skipped": 2}
    changes = set()
    for _ in range(240):
        fleet.clock.advance(seconds=1)
        for run in islice(fleet.sim.world.run_rows().walk(ALL_RUNS), 20):
            old, new = seen.get(run["id"], "new"), run["status"]
            assert order.get(old, -1) <= order[new]
            changes.add((old, new))
            seen[run["id"]] = new
    assert {("new", "pending"), ("pending", "running"), ("running", "completed")} <= changes


def test_a_promised_slot_is_kept() -> None:
    fleet = lively(days=1)
    promised = {}
    for record in fleet.deployments():
        if record["name"] in ("incident-timeline", "queue-drain-check", *RECEDING):
            continue  # those that miss slots, and those whose next run moves
        if record["status"] == "active" and record["schedule"] and record["schedule"]["upcoming_runs_at"]:
            promised[record["id"]] = at(record["schedule"]["upcoming_runs_at"][0])
    fleet.clock.advance(days=1)
    runs_of = by_deployment(fleet.runs())
    due = {key: slot for key, slot in promised.items() if slot < fleet.clock.at - timedelta(minutes=1)}
    assert len(due) > 20
    for key, slot in due.items():
        assert any(
            timedelta() <= at(run["triggered_at"]) - slot < timedelta(seconds=10) for run in runs_of[key]
        )


def test_the_next_slots_move_on_and_the_counters_with_them() -> None:
    fleet = lively(days=1)
    before = {record["id"]: record for record in fleet.deployments()}
    fleet.clock.advance(hours=30)
    runs_of = by_deployment(fleet.runs())
    for record in fleet.deployments():
        counters = record["metadata"]["cas_config"]["stats"]
        assert counters["total_runs"] == len(runs_of[record["id"]])
        assert counters["consecutive_failures"] == streak(runs_of[record["id"]])
        for slot in (record["schedule"] or {}).get("upcoming_runs_at", ()):
            assert at(slot) > fleet.clock.at
        assert counters["total_runs"] >= before[record["id"]]["metadata"]["cas_config"]["stats"]["total_runs"]


def test_runs_triggered_just_before_midnight_may_be_retried_after_it() -> None:
    fleet = lively(days=1, deployments=20, clock=Clock(NOON.replace(hour=23, minute=50)))
    before = len(fleet.runs())
    fleet.clock.advance(days=3)
    times = [at(run["triggered_at"]) for run in fleet.runs()]
    assert len(times) > before + 2000
    assert times == sorted(times, reverse=True)


def test_a_clock_set_back_shows_the_world_as_it_was() -> None:
    fleet = lively(days=1, deployments=20)
    runs, deployments = fleet.runs(), fleet.deployments()
    fleet.clock.advance(days=2)
    assert fleet.runs() != runs
    fleet.clock.advance(days=-2)
    assert fleet.runs() == runs
    assert fleet.deployments() == deployments


def test_a_fleet_looked_at_before_its_history_is_empty() -> None:
    fleet = lively(days=1)
    fleet.clock.advance(days=-90)
    assert fleet.runs() == []
    assert {record["metadata"]["cas_config"]["stats"]["total_runs"] for record in fleet.deployments()} == {0}


def test_a_fleet_without_deployments_is_empty() -> None:
    fleet = lively(deployments=0)
    assert fleet.runs() == fleet.deployments() == []
