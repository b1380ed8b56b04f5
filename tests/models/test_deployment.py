"""The health of a deployment, its streak of failures, and the questions that are asked about deployments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest

from dashboard.domain.states import Health
from dashboard.models import Deployment
from tests.factories import NOW, deployment_record, newer_shape, run_record, stored_deployments, stored_runs
from tests.judging import judge, judged

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
RAN = {"last_run_at": NOW - timedelta(hours=1)}
FAILS = RAN | {"streak": 2}
STUCK = RAN | {"stuck_at": NOW}
BY_ERROR = {"status": "paused", "paused_reason": "error"}
BY_HAND = {"status": "paused", "paused_reason": "manual"}


def kept(name: str = "a", **columns: Any) -> Deployment:
    """A deployment whose columns are set by hand, with its health now."""
    [deployments] = stored_deployments(deployment_record(name))
    Deployment.objects.filter(pk=deployments.pk).update(**columns)
    return judged(NOW).get(pk=deployments.pk)


@pytest.mark.parametrize(
    ("columns", "health"),
    [
        (RAN, "ok"),
        ({}, "never"),
        (FAILS, "failing"),
        (RAN | {"streak": 1}, "failing"),
        (STUCK, "stuck"),
        (RAN | {"stuck_at": NOW - SECOND}, "stuck"),
        (RAN | {"stuck_at": NOW + SECOND}, "ok"),
        (BY_ERROR, "paused-error"),
        (BY_HAND, "paused"),
        ({"status": "paused", "paused_reason": ""}, "paused"),
        ({"status": "paused", "paused_reason": "budget"}, "paused"),
        ({"status": "draining"}, "unknown"),
        ({"status": ""}, "unknown"),
        ({"archived_at": NOW}, "archived"),
        ({"gone_at": NOW}, "archived"),
        # Where two cases hold, the one that decides what a person would do comes first.
        (FAILS | STUCK, "failing"),
        ({"stuck_at": NOW}, "stuck"),
        ({"streak": 1}, "failing"),
        (FAILS | STUCK | {"status": "draining"}, "unknown"),
        (FAILS | STUCK | BY_HAND, "paused"),
        (FAILS | STUCK | BY_ERROR, "paused-error"),
        (FAILS | STUCK | BY_ERROR | {"archived_at": NOW}, "archived"),
        (FAILS | STUCK | BY_HAND | {"gone_at": NOW}, "archived"),
        (RAN | {"slow_at": NOW}, "slow"),
        (RAN | {"slow_at": NOW + SECOND}, "ok"),
        (STUCK | {"slow_at": NOW}, "stuck"),
        (RAN | {"slow_at": NOW, "due_at": NOW - timedelta(minutes=2)}, "late"),
        (RAN | {"due_at": NOW - timedelta(minutes=1)}, "ok"),  # a small fixed while is still on time
        (STUCK | {"missed_at": NOW}, "missed"),
        (RAN | {"missed_at": NOW, "last_success_at": NOW + SECOND}, "ok"),
        (FAILS | {"missed_at": NOW}, "failing"),
        (RAN | {"slow_at": NOW, "unseen_at": NOW}, "slow"),
        (RAN | {"unseen_at": NOW}, "unknown"),
        (RAN | {"silent_at": NOW, "silent_since": NOW}, "silent"),
        (RAN | {"silent_at": NOW + SECOND, "silent_since": NOW}, "ok"),
        ({"silent_at": NOW, "silent_since": NOW}, "silent"),
        (RAN | {"skipped_count": 3}, "blocked"),
        (RAN | {"skipped_count": 2}, "ok"),
        (RAN | {"silent_at": NOW, "silent_since": NOW, "unseen_at": NOW}, "silent"),
        (STUCK | {"silent_at": NOW, "silent_since": NOW, "skipped_count": 3}, "silent"),
        (STUCK | {"skipped_count": 3}, "blocked"),
        (RAN | {"silent_at": NOW, "silent_since": NOW, "missed_at": NOW}, "missed"),
        (FAILS | {"silent_at": NOW, "silent_since": NOW, "skipped_count": 3}, "failing"),
        (RAN | {"silent_at": NOW, "silent_since": NOW, "skipped_count": 3} | BY_HAND, "paused"),
        (RAN | {"slow_at": NOW} | BY_HAND, "paused"),
        (RAN | {"paused_reason": "error"}, "ok"),  # a reason left over from an earlier pause
    ],
)
def test_the_first_case_that_holds_is_the_health(columns: dict[str, Any], health: str) -> None:
    result = kept(**columns)
    assert result.health == health
    assert Health.ORDER[result.health_rank] == health


def test_the_worst_health_has_the_lowest_rank() -> None:
    assert (
        *("failing", "missed", "silent", "blocked", "stuck", "late", "slow", "paused-error"),
        *("unknown", "unread", "outcome-unknown", "ok", "never", "paused", "archived"),
    ) == Health.ORDER
    assert Health.ORDER[: len(Health.NEEDY)] == Health.NEEDY  # what needs somebody comes first


def test_counts_by_health_come_worst_first_and_without_noughts() -> None:
    kept("a", **RAN)
    kept("b", **FAILS)
    kept("c", **RAN)
    counts = judged(NOW).health_counts()
    assert list(counts.items()) == [("failing", 1), ("ok", 2)]


def test_deployments_can_be_asked_for_by_several_healths() -> None:
    for name, columns in (("a", RAN), ("b", FAILS), ("c", BY_HAND)):
        kept(name, **columns)
    of_health = judged(NOW).of_health("failing", "paused")
    assert sorted(deployment.name for deployment in of_health) == ["b", "c"]


def test_what_is_archived_or_gone_is_not_current() -> None:
    kept("a")
    kept("b", archived_at=NOW)
    kept("c", gone_at=NOW)
    assert [deployment.name for deployment in Deployment.objects.current()] == ["a"]


@pytest.mark.parametrize(
    ("cadence_s", "expression", "cadence"),
    [
        (60, "* * * * *", "minutes"),
        (3_599, "x", "minutes"),
        (3_600, "0 * * * *", "hours"),
        (86_399, "x", "hours"),
        (86_400, "0 9 * * *", "daily"),
        (604_799, "x", "daily"),
        (604_800, "0 9 * * 1", "weekly"),
        (2_419_199, "x", "weekly"),
        (2_419_200, "0 9 1 * *", "rarely"),
        (None, "0 9 29 2 *", "rarely"),  # too few promises to tell how far apart they are
        (None, "", "manual"),
    ],
)
def test_a_schedule_has_exactly_one_word_for_how_often_it_fires(
    cadence_s: int | None, expression: str, cadence: str
) -> None:
    kept(cadence_s=cadence_s, expression=expression, next_run_at=None)
    words = ("minutes", "hours", "daily", "weekly", "rarely", "manual")
    assert [word for word in words if Deployment.objects.firing([word]).exists()] == [cadence]
    assert Deployment.objects.firing(words).count() == 1


def test_text_is_sought_in_the_id_and_in_the_name_whatever_its_case() -> None:
    stored_deployments(deployment_record("a") | {"name": "Nightly report"}, deployment_record("b"))
    assert [d.name for d in Deployment.objects.containing("NIGHTLY")] == ["Nightly report"]
    assert [d.name for d in Deployment.objects.containing("dep_b")] == ["b"]
    assert not Deployment.objects.containing("%").exists()


def test_a_deployment_is_called_by_its_name_or_else_by_its_id() -> None:
    assert str(Deployment(deployment_id="dep_a", name="Nightly")) == "Nightly"
    assert str(Deployment(deployment_id="dep_a", name="")) == "dep_a"


@pytest.mark.parametrize(("value", "text"), [("Sums up", "Sums up"), (None, ""), (7, ""), ({}, "")])
def test_a_description_that_is_no_text_is_none(value: Any, text: str) -> None:
    [deployments] = stored_deployments(deployment_record(description=value))
    assert deployments.record.description == text


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (None, ""),
        ("error", ""),
        ({"type": "manual"}, ""),
        ({"type": "error", "error": "credentials"}, ""),
        ({"type": "error", "error": {"type": 7}}, ""),
        ({"type": "error", "error": {"type": "credential_error"}}, "credential_error"),
    ],
)
def test_the_error_that_paused_a_deployment_is_shown_where_it_is_shown(reason: Any, text: str) -> None:
    [deployments] = stored_deployments(deployment_record(paused_reason=reason))
    assert deployments.record.pausing_error == text


@pytest.mark.parametrize(
    ("promised", "now", "expected"),
    [
        (["2026-06-17T09:00:00Z", "2026-06-18T09:00:00Z"], NOW, 17),
        (["2026-06-18T09:00:00Z", "2026-06-17T09:00:00Z"], NOW, 17),
        (["2026-06-17T09:00:00Z", "2026-06-18T09:00:00Z"], datetime(2026, 6, 17, 9, tzinfo=UTC), 18),
        (["2026-06-17T09:00:00Z"], datetime(2026, 6, 17, 10, tzinfo=UTC), 17),  # it is due
        (["2026-06-17T09:00:00Z", 7, None, "soon"], NOW, 17),
    ],
)
def test_the_next_run_is_the_next_promise_to_come_or_the_one_that_is_due(
    promised: list[Any], now: datetime, expected: int
) -> None:
    schedule = {"expression": "0 9 * * *", "upcoming_runs_at": promised}
    [deployments] = stored_deployments(deployment_record(schedule=schedule))
    assert deployments.next_at(now) == datetime(2026, 6, expected, 9, tzinfo=UTC)


@pytest.mark.parametrize("schedule", [None, "daily", {"upcoming_runs_at": "tomorrow"}])
def test_a_schedule_that_promises_nothing_readable_leaves_what_was_stored(schedule: Any) -> None:
    [deployments] = stored_deployments(deployment_record(schedule=schedule))
    assert deployments.next_at(NOW) is None
    deployments.next_run_at = NOW
    assert deployments.next_at(NOW) == NOW


def ran(*statuses: str) -> Deployment:
    """A deployment whose runs ended so, oldest first, an hour apart, the newest an hour ago.

    started, unstarted, broke: of the newer shape, with a session, with an error, with both
    """
    stored_deployments(deployment_record())
    runs = []
    for n, status in enumerate(statuses):
        at = NOW - timedelta(hours=len(statuses) - n)
        newer = {"started": "completed", "unstarted": "failed", "broke": "failed"}
        record = run_record(n, at, newer.get(status, status))
        if status == "broke":
            record["session_id"] = f"sess_{n}"
        runs.append(newer_shape(record) if status in newer else record)
    stored_runs(*runs)
    return judged(NOW).get()


@pytest.mark.parametrize(
    ("statuses", "streak", "hours_ago", "health"),
    [
        (["completed", "failed", "failed", "failed"], 3, 3, "failing"),
        (["failed", "failed", "failed"], 3, 3, "failing"),
        (["completed", "failed", "failed", "skipped", "failed"], 3, 4, "failing"),
        (["completed", "failed", "failed", "failed", "skipped"], 3, 4, "failing"),
        (["failed", "failed", "completed"], 0, None, "ok"),
        (["failed", "completed", "failed"], 1, 1, "failing"),
        (["failed", "failed", "started"], 2, 3, "failing"),
        (["failed", "started", "failed"], 2, 3, "failing"),
        (["failed", "started", "completed"], 0, None, "ok"),
        # That a run started refutes what did not start before it, as the newer shape reports, and no more.
        (["unstarted", "started"], 0, None, "outcome-unknown"),
        (["unstarted", "unstarted", "started", "skipped"], 0, None, "outcome-unknown"),
        (["unstarted", "started", "unstarted"], 1, 1, "failing"),
        (["unstarted", "unstarted"], 2, 2, "failing"),
        (["failed", "unstarted", "started"], 1, 3, "failing"),
        (["broke", "started"], 1, 2, "failing"),
        (["broke", "started", "cancelled"], 1, 3, "failing"),
        (["completed", "started"], 0, None, "outcome-unknown"),
        (["started", "completed"], 0, None, "ok"),
        (["started"], 0, None, "outcome-unknown"),
        (["started", "skipped"], 0, None, "outcome-unknown"),
        (["completed", "cancelled"], 0, None, "outcome-unknown"),
        (["cancelled"], 0, None, "outcome-unknown"),
        (["FAILED", " Failed "], 2, 2, "failing"),
        (["failed", "COMPLETED"], 0, None, "ok"),
        (["completed"], 0, None, "ok"),
        (["skipped", "skipped"], 0, None, "ok"),
        (["failed", "cancelled", "failed"], 2, 3, "failing"),
        ([], 0, None, "never"),
    ],
)
def test_a_streak_is_the_failures_since_a_run_went_well(
    statuses: list[str], streak: int, hours_ago: int | None, health: str
) -> None:
    result = ran(*statuses)
    assert result.streak == streak
    assert result.failing_since == (NOW - timedelta(hours=hours_ago) if hours_ago else None)
    assert result.health == health


def test_a_run_in_progress_keeps_a_failing_deployment_failing() -> None:
    result = ran("completed", "failed", "failed", "running")
    assert (result.streak, result.health) == (2, "failing")
    assert result.open_since == NOW - timedelta(hours=1)


def test_a_run_that_outlives_its_limit_makes_its_deployment_stuck() -> None:
    assert ran("completed", "running").health == "stuck"


def test_only_those_are_judged_otherwise_whose_stored_health_is_another_one() -> None:
    stored_deployments(deployment_record("a"), deployment_record("b"))
    judge(NOW)
    assert not Deployment.objects.judged_otherwise(NOW).exists()
    Deployment.objects.filter(deployment_id="dep_b").update(due_at=NOW - timedelta(hours=1))
    assert not Deployment.objects.judged_otherwise(NOW - timedelta(hours=2)).exists()
    assert [row.name for row in Deployment.objects.judged_otherwise(NOW)] == ["b"]


def test_what_was_never_judged_is_judged_otherwise_whatever_the_rule_gives() -> None:
    stored_deployments(deployment_record("a", status="suspended"))
    judge(NOW)
    Deployment.objects.update(health_since=None)
    assert Deployment.objects.judged_otherwise(NOW).exists()


def test_the_places_of_healths_are_stored_and_another_order_needs_a_migration() -> None:
    migration = import_module("dashboard.migrations.0025_health")
    assert migration.ORDER == Health.ORDER
