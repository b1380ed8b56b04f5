"""The fleet's deployments as people meet them when they open the dashboard for the first time."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from .fleets import NOON, Account, Clock, at, by_deployment, lively, named, stats, streak


def test_there_are_forty_deployments_over_a_dozen_agents_in_five_zones(account: Account) -> None:
    assert len(account.deployments) == len({record["id"] for record in account.deployments}) == 40
    assert len({record["agent"]["id"] for record in account.deployments}) == 12
    assert len({record["schedule"]["timezone"] for record in account.deployments if record["schedule"]}) == 5
    assert len({record["name"] for record in account.deployments}) == 40


def test_schedules_reach_from_every_minute_to_monthly_and_to_none(account: Account) -> None:
    expressions = {(record["schedule"] or {}).get("expression") for record in account.deployments}
    assert {"* * * * *", "*/5 * * * *", "0 9 * * *", "20 1 * * 0", "0 6 1 * *", None} <= expressions


def test_states_of_every_kind_are_there(account: Account) -> None:
    states = Counter(
        (record["status"], (record["paused_reason"] or {}).get("type")) for record in account.deployments
    )
    assert states["paused", "manual"] == 2
    assert states["paused", "error"] == 1
    assert sum(states.values()) - states["active", None] == 3
    archived = [record for record in account.deployments if record["archived_at"]]
    assert len(archived) == 2
    for record in archived:
        assert record["status"] == "active"
        assert record["name"].rpartition("_archived_")[2].isdigit()
        assert record["schedule"]["upcoming_runs_at"] == []
        assert stats(record)["next_trigger_at"]
    assert sum(record["schedule"] is None for record in account.deployments) == 2


def test_a_deployment_that_never_ran_has_no_last_run(account: Account) -> None:
    never = [record for record in account.deployments if stats(record)["total_runs"] == 0]
    assert [record["name"] for record in never] == ["yearly-forecast"]
    assert "last_run_at" not in never[0]["schedule"]
    assert "last_triggered_at" not in stats(never[0])


def test_a_manual_deployment_runs_by_hand_only(account: Account) -> None:
    record = named(account, "on-demand-triage")
    mine = by_deployment(account.runs)[record["id"]]
    assert {run["trigger_context"]["type"] for run in mine} == {"manual"}
    assert len(mine) > 10
    assert "next_trigger_at" not in stats(record)


def test_coming_slots_are_the_next_five_even_while_paused(account: Account) -> None:
    for record in account.deployments:
        if record["schedule"] and not record["archived_at"] and record["name"] != "search-index-refresh":
            coming = list(map(at, record["schedule"]["upcoming_runs_at"]))
            assert len(coming) == 5
            assert coming[0] > NOON
            assert coming == sorted(coming)
            assert stats(record)["next_trigger_at"] == record["schedule"]["upcoming_runs_at"][0]
    report = named(account, "daily-status-report")["schedule"]
    assert report["upcoming_runs_at"][:2] == ["2026-06-17T01:00:00Z", "2026-06-18T01:00:00Z"]


def test_several_deployments_are_failing_now_one_with_a_run_in_progress(account: Account) -> None:
    runs_of = by_deployment(account.runs)
    active = [record["id"] for record in account.deployments if record["status"] == "active"]
    streaks = {key: streak(runs_of[key]) for key in active if streak(runs_of[key]) > 1}
    assert len(streaks) >= 3
    assert len(set(streaks.values())) >= 3
    busy = [key for key in streaks if any(run["status"] == "running" for run in runs_of[key])]
    assert busy


@pytest.mark.parametrize("hours", [7, 12.2, 24.05, 61])
def test_several_are_failing_and_a_handful_running_at_whatever_time(hours: float) -> None:
    fleet = lively(days=2, clock=Clock(NOON + timedelta(hours=hours)))
    runs = fleet.runs()
    runs_of = by_deployment(runs)
    assert sum(streak(mine) > 1 for mine in runs_of.values()) >= 3
    assert 3 <= sum(run["status"] == "running" for run in runs) <= 15


def test_one_run_is_stuck_and_those_after_it_are_skipped(account: Account) -> None:
    record = named(account, "invoice-dispatch")
    mine = by_deployment(account.runs)[record["id"]]
    (stuck,) = (run for run in mine if run["status"] == "running")
    allowed = timedelta(milliseconds=record["metadata"]["cas_config"]["config"]["timeout_ms"])
    assert NOON - at(stuck["cas_run_extras"]["started_at"]) > 2 * allowed
    assert {run["status"] for run in mine if run["triggered_at"] > stuck["triggered_at"]} == {"skipped"}


def test_the_deployment_paused_by_error_stopped_with_that_very_error(account: Account) -> None:
    record = named(account, "vault-audit")
    last = by_deployment(account.runs)[record["id"]][0]
    assert record["paused_reason"] == {"type": "error", "error": {"type": last["error"]["type"]}}
    assert last["trigger_context"]["type"] == "schedule"
    assert record["updated_at"] >= last["triggered_at"][:19]


def test_paused_and_archived_deployments_ran_before_and_not_since(account: Account) -> None:
    runs_of = by_deployment(account.runs)
    for name in ("staging-cleanup", "changelog-draft", "legacy-export", "old-crawler"):
        record = named(account, name)
        assert runs_of[record["id"]]
        assert max(run["triggered_at"] for run in runs_of[record["id"]]) < record["updated_at"]


def test_counters_are_true_to_the_runs(account: Account) -> None:
    runs_of = by_deployment(account.runs)
    for record in account.deployments:
        mine, counters = runs_of[record["id"]], stats(record)
        assert counters["total_runs"] == len(mine)
        assert counters["total_failures"] == sum(run["status"] == "failed" for run in mine)
        assert counters["consecutive_failures"] == streak(mine)
        assert counters.get("last_triggered_at", "")[:19] == (mine[0]["triggered_at"][:19] if mine else "")
