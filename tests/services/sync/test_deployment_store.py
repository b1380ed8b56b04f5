"""What of a deployment's record is kept, and what a new reading replaces."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from dashboard.domain import record_reading
from dashboard.domain.records import NotUnderstood
from dashboard.models import Deployment
from dashboard.models.run_queries import UNDATED_AT
from dashboard.services.sync import deployment_store
from dashboard.services.sync.stored import Stored
from tests.factories import NOW, Record, deployment_record, run_record, stored_deployments, stored_runs, text

pytestmark = pytest.mark.django_db


def test_a_deployment_whose_archival_has_no_time_is_archived_all_the_same() -> None:
    (row,) = stored_deployments(deployment_record(archived_at="last week"))
    assert (row.archived_at, row.next_run_at, row.fires) == (UNDATED_AT, None, False)
    assert row.record.not_understood == (NotUnderstood("archived_at", '"last week"'),)
    assert row.record.archived


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
def test_the_next_run_is_shown_only_for_what_will_fire(
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
    result = stored(deployment_record(**changes))
    assert (result.changed, result.touched) == (1, {"dep_a"} if anew else set())


def test_a_run_gets_stuck_by_a_limit_that_was_changed_after_it_began() -> None:
    stored_deployments(deployment_record())
    stored_runs(run_record(1, NOW, "running"))
    stored_deployments(deployment_record(metadata={"cas_config": {"config": {"timeout_ms": 60_000}}}))
    assert Deployment.objects.get().stuck_at == NOW + timedelta(minutes=2)


def stored(record: Record) -> Stored:
    """What a page with that one deployment changes."""
    return deployment_store.store_deployments(
        "default", [record_reading.read_deployment(record, json.dumps(record))], NOW
    )


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
    assert (row.last_failure_at, row.last_error_type) == (NOW, "timeout_error")
