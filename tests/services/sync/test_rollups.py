"""What a deployment's runs add up to: when it is stuck, when it is slow, and what is usual."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.domain.thresholds import (
    DEFAULT_TIMEOUT,
    FEWEST,
    SLOW_BY,
    STUCK_GRACE,
    UNKNOWN_WAIT,
    USUAL_OF,
)
from dashboard.models import Deployment
from dashboard.services.sync import rollups
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.judging import judged

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LIMIT = timedelta(minutes=10)  # of the deployments of the factories, which fire daily


def limited(timeout_ms: Any) -> dict[str, Any]:
    return {"metadata": {"cas_config": {"config": {"timeout_ms": timeout_ms}}}}


def world(*runs: tuple[float, str] | tuple[float, str, int], **changes: Any) -> Deployment:
    """A deployment with these runs: minutes ago, outcome, and how many seconds it took."""
    stored_deployments(deployment_record(**changes))
    stored_runs(
        *(
            run_record(n, NOW - ago * MINUTE, status, **({"duration_ms": run[0] * 1000} if run else {}))
            for n, (ago, status, *run) in enumerate(runs)
        )
    )
    return now()


def now(at: datetime = NOW) -> Deployment:
    return judged(at).get()


# -- Stuck ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "changes", "after"),
    [
        ("running", {}, LIMIT + STUCK_GRACE),
        ("running", limited(None), DEFAULT_TIMEOUT + STUCK_GRACE),
        ("running", limited("soon"), DEFAULT_TIMEOUT + STUCK_GRACE),
        ("running", limited(0), STUCK_GRACE),
        (" Running ", {}, LIMIT + STUCK_GRACE),
        ("pending", {}, DAY),  # a whole cadence, whatever the limit
        ("pending", {"schedule": None}, UNKNOWN_WAIT),
    ],
)
def test_what_outlives_its_limit_or_waits_for_a_whole_cadence_is_stuck(
    status: str, changes: dict[str, Any], after: timedelta
) -> None:
    made = world((60, status), **changes)
    began = NOW - HOUR
    assert made.stuck_at == began + after
    second = timedelta(seconds=1)
    assert now(began + after).health == "stuck"
    assert now(began + after - second).health != "stuck"


def test_the_first_of_several_to_outlive_its_limit_counts() -> None:
    made = world((30, "pending"), (20, "running"), (5, "running"))
    assert made.stuck_at == NOW - 20 * MINUTE + LIMIT + STUCK_GRACE


def test_what_runs_runs_since_it_began_whatever_will_be_stuck_first() -> None:
    made = world((50, "running"), (20, "running"), (3, "pending"), **limited(10**9))
    assert made.running_since == NOW - 50 * MINUTE


def test_nothing_open_is_never_stuck() -> None:
    assert world((30, "completed"), (20, "failed"), (10, "skipped")).stuck_at is None
    assert world((30, "cancelling")).stuck_at is None  # a word nobody has heard of is no word for going on


@pytest.mark.parametrize("timeout_ms", [2**53 - 1, -(2**53) + 1])
def test_a_limit_that_no_calendar_holds_is_no_error(timeout_ms: int) -> None:
    assert world((30, "running"), **limited(timeout_ms)).stuck_at is None


def test_a_length_of_time_is_at_most_the_longest_that_can_be_doubled_and_added_to() -> None:
    longest = rollups._ms(10**30)
    assert 2 * longest + SLOW_BY < timedelta.max


def test_stuck_means_the_run_that_is_and_not_of_an_older_one_that_waits() -> None:
    deployment = world((40, "pending"), (12, "running"))
    assert (deployment.health, deployment.open_since) == ("stuck", NOW - 12 * MINUTE)
    assert deployment.stuck_at == NOW - 12 * MINUTE + LIMIT + STUCK_GRACE


def test_of_a_run_without_end_in_any_calendar_it_is_known_since_when() -> None:
    deployment = world((40, "running"), **limited(2**53 - 1))
    assert (deployment.stuck_at, deployment.open_since) == (None, NOW - 40 * MINUTE)


# -- Slow -------------------------------------------------------------------------------------------


def usual_runs(number: int = FEWEST, seconds: int = 60) -> list[tuple[float, str, int]]:
    return [(100.0 + 60 * n, "completed", seconds) for n in range(number)]


@pytest.mark.parametrize(
    ("seconds", "last", "health"),
    [
        (60, 2 * 60 - 1, "ok"),
        (60, 2 * 60, "slow"),
        (10, 10 + 29, "ok"),  # short ones must be slower by so much that somebody notices
        (10, 10 + 30, "slow"),
    ],
)
def test_the_newest_completed_run_is_slow_against_its_own_usual(seconds: int, last: int, health: str) -> None:
    made = world(*usual_runs(seconds=seconds), (10, "completed", last))
    assert (made.health, made.usual_ms, made.last_ms) == (health, seconds * 1000, last * 1000)
    assert made.slow_at == (NOW - 10 * MINUTE if health == "slow" else None)


def test_what_runs_is_slow_from_when_it_passes_the_usual() -> None:
    made = world(*usual_runs(), (1, "running"))
    assert (made.slow_at, made.health) == (NOW - MINUTE + timedelta(minutes=2), "ok")
    assert now(NOW + MINUTE).health == "slow"


def test_too_few_completed_runs_say_nothing_of_what_is_usual() -> None:
    few = world(*usual_runs(FEWEST - 2), (10, "completed", 599))
    assert (few.slow_at, few.health, few.usual_of) == (None, "ok", FEWEST - 1)
    stored_runs(run_record(99, NOW - 11 * MINUTE, duration_ms=60_000))
    assert (now().usual_of, now().health) == (FEWEST, "slow")


def test_what_takes_as_long_as_its_limit_is_slow_whatever_is_usual() -> None:
    few = world((10, "completed", 600))
    assert (few.slow_at, few.health) == (NOW - 10 * MINUTE, "slow")
    usually_long = world(*usual_runs(9, 590), (3, "running"))
    assert usually_long.slow_at == NOW - 3 * MINUTE + LIMIT


def test_a_run_that_completes_in_its_usual_time_ends_being_slow() -> None:
    assert world(*usual_runs(), (10, "completed", 600)).health == "slow"
    stored_runs(run_record(99, NOW - MINUTE, duration_ms=60_000))
    assert now().health == "ok"


def test_failed_and_skipped_runs_are_no_measure() -> None:
    runs = [(100.0 + n, "failed", 3_600) for n in range(9)]
    made = world(*runs, (50, "skipped"))
    assert (made.usual_ms, made.last_ms, made.slow_at) == (None, None, None)


def test_only_the_latest_completed_runs_say_what_is_usual() -> None:
    long_ago = [(10_000.0 + n, "completed", 3_600) for n in range(40)]
    assert world(*usual_runs(USUAL_OF), *long_ago).usual_ms == 60_000


def test_durations_that_no_calendar_holds_are_no_error() -> None:
    longest = 2**53 - 1
    runs = [run_record(n, NOW - n * HOUR, duration_ms=longest) for n in range(1, FEWEST + 1)]
    stored_deployments(deployment_record(**limited(None)))
    stored_runs(*runs, run_record(99, NOW, "running"))
    assert (now().slow_at, now().usual_ms) == (None, longest)


# -- A streak of failures ---------------------------------------------------------------------------


def test_a_streak_of_failures_from_its_first_to_the_run_that_clears_it() -> None:
    made = world((240, "completed"), (180, "failed"), (120, "failed"), (60, "failed"))
    streak = (3, NOW - 3 * HOUR, "failing")
    assert (made.streak, made.failing_since, made.health) == streak
    stored_runs(run_record(90, NOW - 90 * MINUTE, "skipped"))
    assert (now().streak, now().failing_since, now().health) == streak
    stored_runs(run_record(91, NOW - 2 * MINUTE, "running"))
    assert (now().streak, now().failing_since, now().health) == streak
    stored_runs(run_record(91, NOW - 2 * MINUTE, "completed"))
    assert (now().streak, now().failing_since, now().health) == (0, None, "ok")


def by_hand(records: list[dict[str, Any]]) -> tuple[int, datetime | None]:
    """The streak and its beginning, one run at a time."""
    streak, since = 0, None
    for record in sorted(records, key=lambda record: str(record["triggered_at"])):
        if record["status"] == "failed":
            streak, since = streak + 1, since or datetime.fromisoformat(record["triggered_at"])
        elif record["status"] == "completed":
            streak, since = 0, None
    return streak, since


def test_after_any_history_the_streak_is_what_counting_gives() -> None:
    chance = random.Random(5)  # noqa: S311
    for key in ("a", "b", "c", "d", "e", "f"):
        words = [chance.choice(("failed", "failed", "completed", "skipped", "running")) for _ in range(12)]
        at = [NOW - n * HOUR for n in range(12)]
        records = [
            run_record(ord(key) * 100 + n, at[n], word, deployment_id=f"dep_{key}")
            for n, word in enumerate(words)
        ]
        stored_deployments(deployment_record(key))
        for record in chance.sample(records, len(records)):  # in whatever order they are read
            stored_runs(record)
        value = Deployment.objects.get(deployment_id=f"dep_{key}")
        assert (value.streak, value.failing_since) == by_hand(records), words


def test_two_accounts_with_one_deployment_are_timed_apart() -> None:
    for account, ago in (("default", 1), ("other", 60)):
        stored_deployments(deployment_record(), account=account)
        stored_runs(run_record(1, NOW - ago * MINUTE, "running"), account=account)
    by_key = {row.account: row.health for row in judged(NOW)}
    assert by_key["other"] == "stuck"
    assert by_key["default"] != "stuck"


def asked(number: int) -> int:
    with CaptureQueriesContext(connection) as queries:
        rollups.refresh("default", [f"dep_{n:03}" for n in range(number)])
    return len(queries)


def test_bringing_forty_up_to_date_asks_as_much_as_one() -> None:
    stored_deployments(*(deployment_record(f"{n:03}") for n in range(40)))
    stored_runs(*(run_record(n, NOW, deployment_id=f"dep_{n % 40:03}") for n in range(200)))
    assert asked(40) == asked(1)


@pytest.mark.sqlite
def test_no_figure_reads_every_run_of_the_account() -> None:
    with CaptureQueriesContext(connection) as queries:
        rollups.refresh("default", ["dep_a"])
    updates = [
        captured_query["sql"]
        for captured_query in queries.captured_queries
        if captured_query["sql"].startswith("UPDATE")
    ]
    assert updates
    with connection.cursor() as cursor:
        for sql in updates:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = [step for *_, step in cursor.fetchall() if "dashboard_run" in step or " U0 " in step]
            used = {step.split("USING ")[1] for step in plan}
            assert not [step for step in used if step.endswith("(account=?)") and "run_open" not in step], (
                used
            )
