"""The fleet as people meet it when they open the dashboard for the first time."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from dashboard.simulator import Fleet, Simulator

from .fleets import NOON, Clock, lively


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


def named(weeks, name):
    return next(record for record in weeks.deployments if record["name"].startswith(name))


def stats(deployment):
    return deployment["metadata"]["cas_config"]["stats"]


def test_there_are_forty_deployments_over_a_dozen_agents_in_five_zones(weeks):
    assert len(weeks.deployments) == len({record["id"] for record in weeks.deployments}) == 40
    assert len({record["agent"]["id"] for record in weeks.deployments}) == 12
    assert len({record["schedule"]["timezone"] for record in weeks.deployments if record["schedule"]}) == 5
    assert len({record["name"] for record in weeks.deployments}) == 40


def test_schedules_reach_from_every_minute_to_monthly_and_to_none(weeks):
    expressions = {(record["schedule"] or {}).get("expression") for record in weeks.deployments}
    assert {"* * * * *", "*/5 * * * *", "0 9 * * *", "0 8 * * 1", "0 6 1 * *", None} <= expressions


def test_the_history_is_thirty_days_long():
    runs = lively(deployments=3).runs()
    oldest, newest = at(runs[-1]["triggered_at"]), at(runs[0]["triggered_at"])
    assert timedelta(days=29, hours=23) < NOON - oldest <= timedelta(days=30)
    assert timedelta() <= NOON - newest < timedelta(minutes=1)


def test_both_lists_stand_newest_first_with_ids_told_once(weeks):
    times = [at(run["triggered_at"]) for run in weeks.runs]
    assert times == sorted(times, reverse=True)
    assert len({run["id"] for run in weeks.runs}) == len(weeks.runs)
    created = [record["created_at"] for record in weeks.deployments]
    assert created == sorted(created, reverse=True)


def test_states_of_every_kind_are_there(weeks):
    states = Counter(
        (record["status"], (record["paused_reason"] or {}).get("type")) for record in weeks.deployments
    )
    assert states["paused", "manual"] == 2
    assert states["paused", "error"] == 1
    assert sum(states.values()) - states["active", None] == 3
    archived = [record for record in weeks.deployments if record["archived_at"]]
    assert len(archived) == 2
    for record in archived:
        assert record["status"] == "active"
        assert record["name"].rpartition("_archived_")[2].isdigit()
        assert record["schedule"]["upcoming_runs_at"] == []
        assert stats(record)["next_trigger_at"]
    assert sum(record["schedule"] is None for record in weeks.deployments) == 2


def test_one_deployment_has_never_run_and_says_nothing_of_a_last_run(weeks):
    never = [record for record in weeks.deployments if stats(record)["total_runs"] == 0]
    assert [record["name"] for record in never] == ["yearly-forecast"]
    assert "last_run_at" not in never[0]["schedule"]
    assert "last_triggered_at" not in stats(never[0])


def test_a_manual_deployment_runs_by_hand_only(weeks):
    record = named(weeks, "on-demand-triage")
    mine = by_deployment(weeks.runs)[record["id"]]
    assert {run["trigger_context"]["type"] for run in mine} <= {"manual", "retry"}
    assert len(mine) > 20
    assert "next_trigger_at" not in stats(record)


def test_coming_slots_are_the_next_five_even_while_paused(weeks):
    for record in weeks.deployments:
        if record["schedule"] and not record["archived_at"]:
            coming = list(map(at, record["schedule"]["upcoming_runs_at"]))
            assert len(coming) == 5
            assert coming[0] > NOON
            assert coming == sorted(coming)
            assert stats(record)["next_trigger_at"] == record["schedule"]["upcoming_runs_at"][0]
    report = named(weeks, "daily-status-report")["schedule"]
    assert report["upcoming_runs_at"][:2] == ["2026-06-17T01:00:00Z", "2026-06-18T01:00:00Z"]


def test_every_scheduled_run_starts_a_fixed_few_seconds_after_its_slot(weeks):
    minutely = by_deployment(weeks.runs)[named(weeks, "uptime-probe")["id"]]
    delays = [
        at(run["triggered_at"]).timestamp() % 60
        for run in minutely
        if run["trigger_context"]["type"] == "schedule"
    ]
    assert min(delays) >= 1
    assert max(delays) < 10
    assert max(delays) - min(delays) < 0.5


def test_the_minutely_schedule_misses_no_minute(weeks):
    minutely = by_deployment(weeks.runs)[named(weeks, "uptime-probe")["id"]]
    slots = {run["triggered_at"][:16] for run in minutely if run["trigger_context"]["type"] == "schedule"}
    last_hours = [NOON - timedelta(minutes=minutes) for minutes in range(1, 300)]
    assert all(f"{slot:%Y-%m-%dT%H:%M}" in slots for slot in last_hours)


def test_several_deployments_are_failing_now_one_with_a_run_in_progress(weeks):
    found = by_deployment(weeks.runs)
    active = [record["id"] for record in weeks.deployments if record["status"] == "active"]
    streaks = {key: streak(found[key]) for key in active if streak(found[key]) > 1}
    assert len(streaks) >= 3
    assert len(set(streaks.values())) >= 3
    busy = [key for key in streaks if any(run["status"] == "running" for run in found[key])]
    assert busy


@pytest.mark.parametrize("hours", [7, 12.2, 24.05, 61])
def test_several_are_failing_and_a_handful_running_at_whatever_time(hours):
    fleet = lively(days=2, clock=Clock(NOON + timedelta(hours=hours)))
    runs = fleet.runs()
    found = by_deployment(runs)
    assert sum(streak(mine) > 1 for mine in found.values()) >= 3
    assert 3 <= sum(run["status"] == "running" for run in runs) <= 15


def test_one_run_is_stuck_far_beyond_its_timeout_and_the_next_are_skipped(weeks):
    record = named(weeks, "invoice-dispatch")
    mine = by_deployment(weeks.runs)[record["id"]]
    (stuck,) = (run for run in mine if run["status"] == "running")
    allowed = timedelta(milliseconds=record["metadata"]["cas_config"]["config"]["timeout_ms"])
    assert NOON - at(stuck["cas_run_extras"]["started_at"]) > 2 * allowed
    assert {run["status"] for run in mine if run["triggered_at"] > stuck["triggered_at"]} == {"skipped"}


def test_the_deployment_paused_by_error_stopped_with_that_very_error(weeks):
    record = named(weeks, "vault-audit")
    last = by_deployment(weeks.runs)[record["id"]][0]
    assert record["paused_reason"] == {"type": "error", "error": {"type": last["error"]["type"]}}
    assert last["trigger_context"]["type"] == "schedule"
    assert record["updated_at"] >= last["triggered_at"][:19]


def test_paused_and_archived_deployments_ran_before_and_not_since(weeks):
    found = by_deployment(weeks.runs)
    for name in ("staging-cleanup", "changelog-draft", "legacy-export", "old-crawler"):
        record = named(weeks, name)
        assert found[record["id"]]
        assert max(run["triggered_at"] for run in found[record["id"]]) < record["updated_at"]


def test_counters_are_true_to_the_runs(weeks):
    found = by_deployment(weeks.runs)
    for record in weeks.deployments:
        mine, told = found[record["id"]], stats(record)
        assert told["total_runs"] == len(mine)
        assert told["total_failures"] == sum(run["status"] == "failed" for run in mine)
        assert told["consecutive_failures"] == streak(mine)
        assert told.get("last_triggered_at", "")[:19] == (mine[0]["triggered_at"][:19] if mine else "")


def test_most_runs_succeed_and_failures_come_in_streaks(weeks):
    outcomes = Counter(run["status"] for run in weeks.runs)
    assert 0.75 < outcomes["completed"] / len(weeks.runs) < 0.97
    assert outcomes["skipped"] > 20
    pairs = Counter()
    for mine in by_deployment(weeks.runs).values():
        ended = [run["status"] == "failed" for run in mine if run["status"] in ("failed", "completed")]
        pairs.update(pairwise(ended))
    assert pairs[True, True] > 3 * pairs[True, False]


def test_a_key_is_absent_until_it_has_a_value(weeks):
    seen = set()
    for run in weeks.runs:
        status, keys = run["status"], set(run)
        seen.add(status)
        final = status in ("completed", "failed", "skipped")
        assert ("completed_at" in keys) == final
        assert ("duration_ms" in keys) == (status == "completed")
        assert (run["error"] is not None) == (status in ("failed", "skipped"))
        assert ("session_id" in keys) == ("started_at" in run["cas_run_extras"])
        if status in ("pending", "skipped"):
            assert "session_id" not in keys
        if status in ("running", "completed"):
            assert run["session_id"].startswith("sess_")
    assert seen >= {"completed", "failed", "skipped", "running"}


def test_durations_are_told_exactly_and_differ_by_deployment(weeks):
    medians = []
    for mine in by_deployment(weeks.runs).values():
        done = [run for run in mine if "duration_ms" in run]
        for run in done[:50]:
            took = at(run["completed_at"]) - at(run["cas_run_extras"]["started_at"])
            assert run["duration_ms"] == took // timedelta(milliseconds=1)
        medians += [statistics.median(run["duration_ms"] for run in done)] if done else []
    assert min(medians) < 30_000
    assert max(medians) > 1_000_000


def test_a_timeout_takes_as_long_as_is_allowed(weeks):
    record = named(weeks, "warehouse-reconcile")
    mine = by_deployment(weeks.runs)[record["id"]]
    allowed = record["metadata"]["cas_config"]["config"]["timeout_ms"]
    late = [run for run in mine if (run["error"] or {}).get("type") == "timeout_error"]
    assert len(late) > 50
    for run in late:
        took = (at(run["completed_at"]) - at(run["cas_run_extras"]["started_at"])) / timedelta(milliseconds=1)
        assert allowed <= took < allowed + 100


def test_errors_are_of_many_types_with_texts_of_one_line_and_of_several(weeks):
    errors = [run["error"] for run in weeks.runs if run["error"]]
    assert len({error["type"] for error in errors}) >= 8
    assert any("\n" in error["message"] for error in errors)
    assert len({error["message"] for error in errors}) > len(errors) / 10
    assert not any("{" in error["message"] and "}" in error["message"].split("{")[0] for error in errors)


def test_retries_follow_failures_and_count_their_attempts(weeks):
    retries = [run for run in weeks.runs if run["trigger_context"]["type"] == "retry"]
    assert len(retries) > 100
    found = by_deployment(weeks.runs)
    for run in retries[:50]:
        before = [
            other
            for other in found[run["deployment_id"]]
            if other.get("completed_at", "z") < run["triggered_at"]
        ]
        failed = [other for other in before if other["status"] == "failed"]
        assert failed[0]["cas_run_extras"]["attempt"] == run["cas_run_extras"]["attempt"] - 1
    assert {run["cas_run_extras"]["attempt"] for run in retries} == {2, 3}


def test_the_newer_generation_tells_the_promised_slot():
    fleet = lively(days=2)
    fleet.sim.generation = 2
    for run in fleet.runs()[:500]:
        if run["trigger_context"]["type"] == "schedule":
            slot, created = at(run["trigger_context"]["scheduled_at"]), at(run["created_at"])
            assert slot.second == 0
            assert timedelta() <= created - slot < timedelta(hours=1)


def test_the_clock_of_the_computer_is_used_without_another():

    run = Simulator(Fleet(deployments=2, days=1)).runs()[0]
    assert abs(datetime.now(UTC) - at(run["triggered_at"])) < timedelta(minutes=11)
