"""Runs that were stored before outcomes were understood as they are now."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from dashboard.models import Deployment, QuarterTotal, Run, RunTotal, Tally
from tests.factories import NOW, deployment_record, newer_shape, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
ERROR = {"type": "timeout_error", "message": "Turn 7 did not finish"}
FIGURES = (
    *(
        "last_run_status",
        "last_outcome",
        "last_started_at",
        "last_success_at",
        "last_failure_at",
        "last_failure_id",
    ),
    *("last_error_type", "last_error_message", "open_since", "streak", "failing_since"),
    "stuck_at",
)
ROWS = ("run_id", "status", "open", "fingerprint")


def migrate() -> None:
    import_module("dashboard.migrations.0020_last_outcome").understand_outcomes(apps, None)


def world() -> None:
    """Every kind of outcome, two runs of each deployment, with what is still open beside what is not."""
    words = ("FAILED", " Running ", "cancelled", "late", "completed", "skipped", "pending", "failed", "none")
    runs = []
    for number, word in enumerate(words):
        stored_deployments(deployment_record(str(number)), deployment_record(f"{number}-newer"))
        own = {"deployment_id": f"dep_{number}"}
        runs += [
            run_record(10 * number, NOW - HOUR, word, **own),
            run_record(10 * number + 1, NOW - 2 * HOUR, "timed_out", error=ERROR, **own),
            run_record(10 * number + 2, NOW - 3 * HOUR, "running", **own),
            newer_shape(
                run_record(10 * number + 3, NOW - HOUR, deployment_id=f"dep_{number}-newer")
                | {"error": ERROR if number % 2 else None}
            ),
            newer_shape(
                run_record(10 * number + 4, NOW - 2 * HOUR, "failed", deployment_id=f"dep_{number}-newer")
            ),
            newer_shape(run_record(10 * number + 5, NOW - 3 * HOUR, deployment_id=f"dep_{number}-newer")),
        ]
    stored_runs(*runs)


def as_it_was() -> None:
    """The same rows as they were stored before: the API's word as it came, unfinished where not known."""
    for run in Run.objects.filter(status_reported=True):
        old = json.loads(run.record_json)["status"]
        if old != run.status:
            Run.objects.filter(pk=run.pk).update(
                status=old, open=run.record.completed_at is None, fingerprint=None
            )
            where = {"deployment_id": run.deployment_id, "quarter": int(run.at.timestamp()) // 900}
            Tally.objects.filter(status=run.status, **where).delete()
            Tally.objects.create(account=run.account, status=old, number=1, **where)
        elif old not in ("completed", "failed", "skipped"):
            Run.objects.filter(pk=run.pk).update(open=True)
    Deployment.objects.update(
        streak=0, failing_since=None, last_outcome="", last_started_at=None, last_failure_id=""
    )
    Deployment.objects.update(open_since=NOW - 5 * HOUR, stuck_at=NOW - 4 * HOUR)


def stored() -> tuple[list[Any], ...]:
    return (
        list(Run.objects.order_by("run_id").values_list(*ROWS)),
        list(Deployment.objects.order_by("deployment_id").values_list("deployment_id", *FIGURES)),
        sorted(
            Tally.objects.filter(number__gt=0).values_list("deployment_id", "quarter", "status", "number")
        ),
    )


def test_stored_runs_and_figures_become_what_they_would_be_read_as_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(import_module("dashboard.migrations.0020_last_outcome"), "BATCH", 2)
    world()
    feed = live(words={"status": ["FAILED", "late", "failed"], "trigger_type": ["schedule"]})
    expected = stored()
    as_it_was()
    assert stored() != expected
    migrate()
    assert stored() == expected
    feed.refresh_from_db()
    assert {"“late”", "cancelled", "started"} <= {*feed.words["status"]}
    assert not {"late", "FAILED", "timed_out"} & {*feed.words["status"]}
    assert feed.words["trigger_type"] == ["schedule"]
    migrate()
    assert stored() == expected


@pytest.mark.parametrize(
    ("reason", "status", "word"),
    [
        ({"type": "Manual"}, "PAUSED", "manual"),
        ("quota_exceeded", "paused", "quota_exceeded"),
        ({"error": {"type": "credential_error"}}, "paused", "error"),
        ({"type": "error", "error": {"type": "credential_error"}}, "paused", "error"),
        (None, "paused", ""),
    ],
)
def test_stored_deployments_get_the_reason_they_would_be_read_with(
    reason: Any, status: str, word: str
) -> None:
    [deployment] = stored_deployments(deployment_record(status=status, paused_reason=reason))
    assert (deployment.status, deployment.paused_reason) == ("paused", word)
    kind = reason.get("type", "") if isinstance(reason, dict) else ""
    Deployment.objects.update(status=status, paused_reason=kind)  # as it was stored before
    migrate()
    deployment.refresh_from_db()
    assert (deployment.status, deployment.paused_reason) == ("paused", word)


@pytest.mark.parametrize("error", ["it broke", 7, {"type": 7}, {"message": None}, [1]])
def test_a_stored_failure_gets_the_fingerprint_of_its_error(error: Any) -> None:
    [run] = stored_runs(run_record(1, NOW, "timed_out", error=error))
    assert run.fingerprint
    Run.objects.update(status="timed_out", fingerprint=None)
    migrate()
    assert Run.objects.get().fingerprint == run.fingerprint


def test_what_is_still_open_gets_stuck_when_it_should() -> None:
    """By the deployment's limit, by the usual one, by its cadence, by the usual wait; one is not touched."""
    limits: tuple[tuple[str, dict[str, Any]], ...] = (
        ("running", {}),
        ("running", {"metadata": {}}),
        ("pending", {}),
        ("pending", {"schedule": None}),
    )
    for number, (status, changes) in enumerate(limits):
        stored_deployments(deployment_record(str(number), **changes))
        own = {"deployment_id": f"dep_{number}"}
        stored_runs(run_record(2 * number, NOW, status, **own), run_record(2 * number + 1, NOW, "odd", **own))
    stored_deployments(deployment_record("untouched"))
    stored_runs(run_record(99, NOW, "running", deployment_id="dep_untouched"))
    expected = list(Deployment.objects.order_by("pk").values_list("stuck_at", flat=True))
    Run.objects.filter(status="odd").update(open=True)
    Deployment.objects.update(stuck_at=NOW - HOUR)
    migrate()
    rows = list(Deployment.objects.order_by("pk").values_list("stuck_at", flat=True))
    assert rows == [*expected[:-1], NOW - HOUR]


def test_stored_runs_that_left_the_api_unfinished_get_a_word_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    migration = import_module("dashboard.migrations.0023_runs_that_left")
    monkeypatch.setattr(migration, "BATCH", 2)
    stored_deployments(deployment_record(), deployment_record("b"))
    feed, other = live(words={"status": ["completed", "running"]}), live("second")
    runs = stored_runs(
        *(run_record(n, NOW - n * HOUR, "running") for n in range(3)),
        run_record(3, NOW + 8 * HOUR, "pending"),
        run_record(4, NOW - 4 * HOUR, "running", deployment_id="dep_b"),
        run_record(5, NOW - 5 * HOUR, deployment_id="dep_b"),
        now=NOW,
    )
    Run.objects.filter(run_id__in=[run.run_id for run in runs[:4]]).update(gone_at=NOW, open=False)
    for _ in range(2):
        migration.name_what_left(apps, connection.schema_editor())
    words = dict(Run.objects.values_list("run_id", "status"))
    assert [words[run.run_id] for run in runs] == ["gone"] * 4 + ["running", "completed"]
    assert dict(
        Tally.objects.filter(deployment_id="dep_a", number__gt=0).values_list("quarter", "status")
    ) == {int((NOW - n * HOUR).timestamp()) // 900: "gone" for n in range(3)}
    first, second = Deployment.objects.order_by("deployment_id")
    assert (first.last_run_status, first.last_outcome) == ("gone", "gone")
    assert (second.last_run_status, second.last_outcome) == ("running", "completed")
    assert sum(RunTotal.objects.filter(status="gone").values_list("number", flat=True)) == 4
    assert sum(QuarterTotal.objects.filter(status="gone").values_list("number", flat=True)) == 3
    assert not RunTotal.objects.filter(status="running", deployment_id="dep_a", number__gt=0).exists()
    feed.refresh_from_db()
    other.refresh_from_db()
    assert feed.words["status"] == ["completed", "gone", "running"]
    assert "gone" not in other.words["status"]


def test_of_several_unfinished_runs_the_oldest_that_runs_says_since_when() -> None:
    stored_deployments(deployment_record(), deployment_record("b"))
    stored_runs(
        run_record(1, NOW - HOUR, "running"),
        run_record(2, NOW - 2 * HOUR, "running"),
        run_record(3, NOW - 3 * HOUR, "pending"),
        run_record(4, NOW - HOUR, "pending", deployment_id="dep_b"),
    )
    Deployment.objects.update(running_since=None)
    import_module("dashboard.migrations.0028_running_since").note_oldest(apps, None)
    since = Deployment.objects.order_by("deployment_id").values_list("running_since", flat=True)
    assert list(since) == [NOW - 2 * HOUR, None]
