"""The fleet's runs: how they come, last and fail, and how the API shows them."""

from __future__ import annotations

import statistics
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise

import pytest

from dashboard.simulator import Fleet, Simulator
from dashboard.simulator.records import Record

from .fleets import NOON, Account, Clock, at, by_deployment, lively, named


def test_the_history_is_thirty_days_long() -> None:
    runs = lively(deployments=3).runs()
    oldest, newest = at(runs[-1]["triggered_at"]), at(runs[0]["triggered_at"])
    assert timedelta(days=29, hours=23) < NOON - oldest <= timedelta(days=30)
    assert timedelta() <= NOON - newest < timedelta(minutes=1)


def test_both_lists_are_newest_first_and_repeat_no_id(account: Account) -> None:
    times = [at(run["triggered_at"]) for run in account.runs]
    assert times == sorted(times, reverse=True)
    assert len({run["id"] for run in account.runs}) == len(account.runs)
    created = [record["created_at"] for record in account.deployments]
    assert created == sorted(created, reverse=True)


def test_every_scheduled_run_starts_a_fixed_few_seconds_after_its_slot(account: Account) -> None:
    minutely = by_deployment(account.runs)[named(account, "uptime-probe")["id"]]
    delays = [
        at(run["triggered_at"]).timestamp() % 60
        for run in minutely
        if run["trigger_context"]["type"] == "schedule"
    ]
    assert min(delays) >= 1
    assert max(delays) < 10
    assert max(delays) - min(delays) < 0.5


def test_the_minutely_schedule_misses_no_minute(account: Account) -> None:
    minutely = by_deployment(account.runs)[named(account, "uptime-probe")["id"]]
    slots = {run["triggered_at"][:16] for run in minutely if run["trigger_context"]["type"] == "schedule"}
    last_hours = [NOON - timedelta(minutes=minutes) for minutes in range(1, 300)]
    assert all(f"{slot:%Y-%m-%dT%H:%M}" in slots for slot in last_hours)


@pytest.fixture(scope="module", params=[(7, 0), (1, 31.4), (42, 2000.3)])
def life(request: pytest.FixtureRequest) -> Account:
    """Some days of one fleet or another, seen at one time or another."""
    seed, hours = request.param
    fleet = lively(seed=seed, days=6, clock=Clock(NOON + timedelta(hours=hours)))
    return Account(fleet.deployments(), fleet.runs())


def test_few_runs_fail_but_not_none(life: Account) -> None:
    outcomes = Counter(run["status"] for run in life.runs)
    assert 0.03 < outcomes["failed"] / (outcomes["failed"] + outcomes["completed"]) < 0.08


def test_what_runs_often_does_not_fail_for_long(life: Account) -> None:
    runs_of = by_deployment(life.runs)
    frequency = [
        runs_of[record["id"]]
        for record in life.deployments
        if (record["schedule"] or {}).get("expression") in ("* * * * *", "*/5 * * * *", "*/10 * * * *")
    ]
    assert len(frequency) >= 3
    for mine in frequency:
        assert longest_streak(mine) <= 40


def longest_streak(runs: list[Record]) -> int:
    ended = [run["status"] for run in runs if run["status"] in ("failed", "completed")]
    return max((len(list(alike)) for status, alike in groupby(ended) if status == "failed"), default=0)


def test_most_runs_succeed_and_failures_come_in_streaks(account: Account) -> None:
    outcomes = Counter(run["status"] for run in account.runs)
    assert 0.75 < outcomes["completed"] / len(account.runs) < 0.97
    assert outcomes["skipped"] > 20
    pairs: Counter[tuple[bool, bool]] = Counter()
    for mine in by_deployment(account.runs).values():
        ended = [run["status"] == "failed" for run in mine if run["status"] in ("failed", "completed")]
        pairs.update(pairwise(ended))
    assert pairs[True, True] > 3 * pairs[True, False]


def test_a_key_is_absent_until_it_has_a_value(account: Account) -> None:
    seen = set()
    for run in account.runs:
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


def test_durations_are_exact_and_differ_by_deployment(account: Account) -> None:
    medians: list[float] = []
    for mine in by_deployment(account.runs).values():
        done = [run for run in mine if "duration_ms" in run]
        for run in done[:50]:
            elapsed = at(run["completed_at"]) - at(run["cas_run_extras"]["started_at"])
            assert run["duration_ms"] == elapsed // timedelta(milliseconds=1)
        medians += [statistics.median(run["duration_ms"] for run in done)] if done else []
    assert min(medians) < 30_000
    assert max(medians) > 1_000_000


def test_a_timeout_takes_as_long_as_is_allowed(account: Account) -> None:
    record = named(account, "warehouse-reconcile")
    mine = by_deployment(account.runs)[record["id"]]
    allowed = record["metadata"]["cas_config"]["config"]["timeout_ms"]
    late = [run for run in mine if (run["error"] or {}).get("type") == "timeout_error"]
    assert len(late) > 50
    for run in late:
        elapsed = (at(run["completed_at"]) - at(run["cas_run_extras"]["started_at"])) / timedelta(
            milliseconds=1
        )
        assert allowed <= elapsed < allowed + 100


def test_errors_are_of_many_types_with_texts_of_one_line_and_of_several(account: Account) -> None:
    errors = [run["error"] for run in account.runs if run["error"]]
    assert len({error["type"] for error in errors}) >= 8
    assert any("\n" in error["message"] for error in errors)
    assert len({error["message"] for error in errors}) > len(errors) / 10
    assert not any("{" in error["message"] and "}" in error["message"].split("{")[0] for error in errors)


def test_retries_follow_failures_and_count_their_attempts(account: Account) -> None:
    retries = [run for run in account.runs if run["trigger_context"]["type"] == "retry"]
    assert len(retries) > 100
    runs_of = by_deployment(account.runs)
    for run in retries[:50]:
        before = [
            other
            for other in runs_of[run["deployment_id"]]
            if other.get("completed_at", "z") < run["triggered_at"]
        ]
        failed = [other for other in before if other["status"] == "failed"]
        assert failed[0]["cas_run_extras"]["attempt"] == run["cas_run_extras"]["attempt"] - 1
    assert {run["cas_run_extras"]["attempt"] for run in retries} == {2, 3}


def test_the_newer_generation_shows_the_promised_slot() -> None:
    fleet = lively(days=1)
    fleet.sim.generation = 2
    for run in fleet.runs()[:500]:
        if run["trigger_context"]["type"] == "schedule":
            slot, created = at(run["trigger_context"]["scheduled_at"]), at(run["created_at"])
            assert slot.second == 0
            assert timedelta() <= created - slot < timedelta(hours=1)


def test_the_clock_of_the_computer_is_used_without_another() -> None:
    run = Simulator(Fleet(deployments=2, days=1)).runs()[0]
    assert abs(datetime.now(UTC) - at(run["triggered_at"])) < timedelta(minutes=11)


def test_one_goes_silent_while_its_schedule_goes_on(account: Account) -> None:
    record = named(account, "search-index-refresh")
    newest = max(at(run["triggered_at"]) for run in by_deployment(account.runs)[record["id"]])
    assert NOON - newest > timedelta(hours=9)
    assert (record["status"], record["schedule"]["upcoming_runs_at"]) == ("active", [])


def test_one_fails_since_a_new_version_of_its_agent(account: Account) -> None:
    runs = by_deployment(account.runs)[named(account, "schema-drift-watch")["id"]]
    failed = Counter((run["agent"]["version"], run["status"] == "failed") for run in runs)
    old, new = sorted({version for version, _ in failed})
    assert failed[new, True] > 4 * failed[new, False] > 0
    assert failed[old, False] > 20 * failed[old, True]


def test_one_misses_a_slot_each_hour_and_comes_late_for_another(account: Account) -> None:
    runs = by_deployment(account.runs)[named(account, "incident-timeline")["id"]]
    minutes = Counter(
        at(run["triggered_at"]).minute for run in runs if run["trigger_context"]["type"] == "schedule"
    )
    assert set(minutes) == {0, 10, 20, 40, 54}


def test_of_three_slots_one_is_missed_and_one_comes_late(account: Account) -> None:
    runs = by_deployment(account.runs)[named(account, "queue-drain-check")["id"]]
    starts = {
        at(run["triggered_at"]).strftime("%H:%M")
        for run in runs
        if run["trigger_context"]["type"] == "schedule"
    }
    assert starts == {"00:00", "08:04", "12:00", "20:04"}


def test_every_day_the_next_run_of_one_of_two_moves_shortly_before_it_is_due() -> None:
    fleet = lively(days=2)
    names = ("license-inventory", "release-notes-check")
    midnight = (fleet.clock.at + timedelta(days=1)).replace(hour=0, minute=0, second=0)
    for day in range(3):
        due = midnight + timedelta(days=day)
        seen = []
        for moment in (due - timedelta(minutes=3), due - timedelta(minutes=1)):
            fleet.clock.advance(seconds=(moment - fleet.clock.at).total_seconds())
            records = {record["name"]: record for record in fleet.deployments()}
            seen.append({name: at(records[name]["schedule"]["upcoming_runs_at"][0]) for name in names})
        moved = [name for name in names if seen[1][name] != seen[0][name]]
        assert set(seen[0].values()) == {due}
        assert [seen[1][name] for name in moved] == [due + timedelta(days=1)]
        past = fleet.fleet.past_promises(due - timedelta(hours=1), due + timedelta(hours=1))
        keys = {record["id"] for record in fleet.deployments() if record["name"] in moved}
        assert {key for key, _, moved_to in past if moved_to} == keys


def test_what_was_promised_is_known_of_what_still_fires_and_of_each_the_newest_hundred() -> None:
    fleet = lively(days=2)
    now = fleet.clock.at
    past = fleet.fleet.past_promises(now - timedelta(hours=30), now)
    names = {record["id"]: record["name"] for record in fleet.deployments()}
    number = Counter(names[promise.deployment_id] for promise in past)
    assert number["uptime-probe"] == number["incident-timeline"] == 100
    assert number["queue-drain-check"] in (7, 8)
    assert not {"vault-audit", "on-demand-triage", "yearly-forecast"} & {*number}
    assert all(now - timedelta(hours=30) <= promise.at < now for promise in past)


def test_one_is_too_fast_now_and_then_and_one_is_near_its_limit(account: Account) -> None:
    def lengths(name: str) -> list[int]:
        runs = by_deployment(account.runs)[named(account, name)["id"]]
        return [run["duration_ms"] for run in runs if run["status"] == "completed"]

    usual = statistics.median(lengths("ticket-summary"))
    assert 5 < sum(length < usual / 5 for length in lengths("ticket-summary")) < 300
    limit = named(account, "feed-ingest")["metadata"]["cas_config"]["config"]["timeout_ms"]
    assert 0.8 * limit < statistics.median(lengths("feed-ingest")) < limit
