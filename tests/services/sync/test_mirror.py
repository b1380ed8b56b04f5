"""What of a record is kept, and what a new reading replaces."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.models import Deployment, Run
from dashboard.services.cloud import records
from dashboard.services.sync import mirror
from tests.factories import (
    NOW,
    Record,
    deployment_record,
    newer_shape,
    run_record,
    stored_deployments,
    stored_runs,
    text,
)

pytestmark = pytest.mark.django_db


def test_the_same_record_again_writes_nothing() -> None:
    record = run_record(1, NOW)
    stored_runs(record)
    again = mirror.store_runs(
        "default", [records.run(record, Run.objects.get().record)], NOW, datetime.min.replace(tzinfo=UTC)
    )
    assert not again
    assert not again.touched


def test_a_run_of_two_accounts_is_kept_for_each() -> None:
    stored_runs(run_record(1, NOW), account="one")
    stored_runs(run_record(1, NOW), account="two")
    assert Run.objects.count() == 2


@pytest.mark.parametrize(
    ("status", "newer"),
    [
        ("completed", "completed"),
        ("failed", "failed"),
        ("skipped", "skipped"),
        ("running", "started"),
        ("pending", "pending"),
    ],
)
def test_a_record_without_an_outcome_replaces_only_what_was_not_final(status: str, newer: str) -> None:
    record = run_record(1, NOW, status)
    stored_runs(record)
    assert stored_runs(newer_shape(record))[0].status == newer


def test_a_record_with_an_outcome_replaces_one_without() -> None:
    record = run_record(1, NOW)
    stored_runs(newer_shape(record))
    assert stored_runs(record)[0].status == "completed"


@pytest.mark.parametrize("missing", [("triggered_at",), ("triggered_at", "created_at")])
def test_a_run_without_a_trigger_time_is_ordered_by_the_next_best(missing: tuple[str, ...]) -> None:
    record = run_record(1, NOW)
    for key in missing:
        del record[key]
    (run,) = stored_runs(record)
    assert run.at == (NOW if len(missing) == 1 else NOW + timedelta(seconds=1))


def test_a_run_without_any_time_stands_where_it_was_first_seen() -> None:
    record = run_record(1, NOW, "pending")
    del record["triggered_at"], record["created_at"]
    stored_runs(record, now=NOW)
    (run,) = stored_runs(record | {"status": "skipped"}, now=NOW + timedelta(hours=1))
    assert (run.at, run.status) == (NOW, "skipped")


@pytest.mark.parametrize(
    ("changes", "next_run_at"),
    [
        ({}, NOW + timedelta(hours=1)),
        ({"status": "paused"}, None),
        ({"archived_at": text(NOW)}, None),
        ({"schedule": None}, None),
        ({"schedule": {"upcoming_runs_at": [text(NOW - timedelta(hours=1))]}}, None),
    ],
)
def test_the_next_run_is_told_only_for_what_will_fire(
    changes: dict[str, object], next_run_at: datetime | None
) -> None:
    upcoming = [text(NOW + timedelta(hours=hours)) for hours in (-1, 2, 1, 1)]
    record = deployment_record(schedule={"expression": "0 * * * *", "upcoming_runs_at": upcoming}) | changes
    assert stored_deployments(record)[0].next_run_at == next_run_at


@pytest.mark.parametrize(("hours", "cadence"), [((1, 2, 26), 3600), ((1,), None), ((), None)])
def test_the_cadence_is_the_shortest_distance_of_two_promises(
    hours: tuple[int, ...], cadence: int | None
) -> None:
    upcoming = [text(NOW + timedelta(hours=h)) for h in hours]
    (row,) = stored_deployments(deployment_record(schedule={"upcoming_runs_at": upcoming}))
    assert row.cadence_s == cadence


def test_a_new_reading_of_a_deployment_keeps_what_its_runs_add_up_to() -> None:
    stored_deployments(deployment_record())
    stored_runs(run_record(1, NOW, "failed"))
    stored_deployments(deployment_record(description="changed"))
    assert Deployment.objects.get().streak == 1


@pytest.mark.parametrize(
    ("changes", "anew"),
    [
        ({"description": "changed"}, False),
        (
            {"metadata": {"cas_config": {"config": {"timeout_ms": 600_000}, "stats": {"total_runs": 9}}}},
            False,
        ),
        ({"metadata": {"cas_config": {"config": {"timeout_ms": 60_000}}}}, True),
        ({"schedule": {"upcoming_runs_at": [text(NOW), text(NOW + timedelta(hours=1))]}}, True),
    ],
)
def test_run_figures_are_worked_out_anew_only_for_what_they_are_made_of(changes: Record, anew: bool) -> None:
    assert stored(deployment_record()).touched == {"dep_a"}
    found = stored(deployment_record(**changes))
    assert (found.changed, found.touched) == (1, {"dep_a"} if anew else set())


def test_a_run_gets_stuck_by_a_limit_that_was_changed_after_it_began() -> None:
    stored_deployments(deployment_record())
    stored_runs(run_record(1, NOW, "running"))
    stored_deployments(deployment_record(metadata={"cas_config": {"config": {"timeout_ms": 60_000}}}))
    assert Deployment.objects.get().stuck_at == NOW + timedelta(minutes=2)


def stored(record: Record) -> mirror.Stored:
    """What a page with that one deployment changes."""
    return mirror.store_deployments("default", [records.deployment(record, json.dumps(record))], NOW)


def test_a_stuck_run_of_a_limit_beyond_the_calendar_never_gets_stuck() -> None:
    metadata = {"cas_config": {"config": {"timeout_ms": 2**52}}}
    stored_deployments(deployment_record(metadata=metadata))
    stored_runs(run_record(1, NOW, "running"))
    row = Deployment.objects.get()
    assert (row.open_since, row.stuck_at) == (NOW, None)


@pytest.mark.parametrize(
    ("metadata", "minutes"), [({"cas_config": {"config": {"timeout_ms": 600_000}}}, 11), ({}, 6)]
)
def test_a_run_is_stuck_a_minute_after_its_limit(metadata: dict[str, object], minutes: int) -> None:
    stored_deployments(deployment_record(metadata=metadata))
    stored_runs(run_record(1, NOW, "running"))
    assert Deployment.objects.get().stuck_at == NOW + timedelta(minutes=minutes)


def test_a_deployment_read_after_its_runs_knows_them() -> None:
    stored_runs(run_record(1, NOW, "failed"), run_record(2, NOW - timedelta(hours=1)))
    (row,) = stored_deployments(deployment_record())
    row.refresh_from_db()
    assert (row.streak, row.failing_since, row.last_success_at) == (1, NOW, NOW - timedelta(hours=1))
    assert (row.runs_seen, row.failures_seen, row.last_error_type) == (2, 1, "timeout_error")
