"""Deployments as rows: what each says of its health, since when, and of what comes next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.models import Deployment, Gap
from dashboard.services.deployments.rows import DeploymentRow, rows
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, Record, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live
from tests.judging import judged

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FAILED = {"streak": 2, "last_failure_at": NOW - HOUR}
SLOW = {"slow_at": NOW - HOUR, "usual_ms": 60_000, "usual_of": 7, "last_ms": 300_000, "last_run_at": NOW}


def schedule(apart: timedelta) -> Record:
    promised = [(NOW + n * apart).isoformat() for n in range(1, 4)]
    return {"expression": "0 9 * * *", "timezone": "UTC", "upcoming_runs_at": promised}


def row(name: str = "a", now: datetime = NOW, **columns: Any) -> DeploymentRow:
    """The row of a deployment whose columns are set by hand."""
    Deployment.objects.filter(deployment_id=f"dep_{name}").update(**columns)
    result = judged(now).filter(deployment_id=f"dep_{name}")
    return rows(result, Snapshot(now))[0]


@pytest.fixture
def one() -> Deployment:
    """An ordinary deployment, and a feed that has read everything."""
    live()
    return stored_deployments(deployment_record(description="Sums up"))[0]


FAILS: dict[str, Any] = {
    "streak": 3,
    "failing_since": NOW - 3 * HOUR,
    "last_failure_at": NOW - HOUR,
    "last_failure_id": "drun/1",
    "last_error_type": "timeout_error",
    "last_error_message": "\nToo slow\nfor this",
    "last_run_at": NOW - HOUR,
    "last_run_status": "failed",
}


@pytest.mark.usefixtures("one")
def test_a_row_of_a_calm_deployment_says_it_all() -> None:
    shown_row = row(last_run_at=NOW - HOUR, last_run_status="completed")
    assert (shown_row.id, shown_row.url, shown_row.name) == ("dep_a", "/deployments/dep_a/", "a")
    assert shown_row.runs_url == "/runs/?deployment_id=dep_a"
    assert (shown_row.badge.word, shown_row.description, shown_row.since, shown_row.streak) == (
        "ok",
        "Sums up",
        None,
        0,
    )
    assert (shown_row.schedule_text, shown_row.expression, shown_row.zone) == ("At 09:00", "0 9 * * *", "UTC")
    assert shown_row.next_at == datetime(2126, 6, 17, 9, tzinfo=UTC)
    assert (shown_row.next_note, shown_row.detail, shown_row.archived) == ("", "", False)


@pytest.mark.usefixtures("one")
def test_a_failing_row_says_since_when_and_why() -> None:
    shown_row = row(**FAILS)
    assert (shown_row.badge.word, shown_row.streak, shown_row.since) == ("failing", 3, NOW - 3 * HOUR)
    assert (shown_row.error_type, shown_row.error_line) == ("timeout_error", "Too slow")
    assert (shown_row.last_failure_at, shown_row.last_failure_url) == (NOW - HOUR, "/runs/drun%2F1/")


@pytest.mark.parametrize(
    ("columns", "health", "since", "detail"),
    [
        (
            {"silent_at": NOW, "silent_since": NOW - 6 * DAY},
            "silent",
            NOW - 6 * DAY,
            "nothing runs any more",
        ),
        (
            {"silent_at": NOW, "silent_since": NOW - 6 * DAY, "next_run_at": None},
            "silent",
            NOW - 6 * DAY,
            "nothing runs any more, and nothing is promised",
        ),
        (
            {"skipped_count": 1_414, "skipped_since": NOW - DAY, "last_run_at": NOW},
            "blocked",
            NOW - DAY,
            "1,414 skipped in a row, none ran",
        ),
    ],
)
@pytest.mark.usefixtures("one")
def test_what_stands_still_says_since_when_and_how(
    columns: dict[str, Any], health: str, since: datetime, detail: str
) -> None:
    shown_row = row(**columns)
    assert (shown_row.badge.word, shown_row.since, shown_row.detail) == (health, since, detail)


@pytest.mark.usefixtures("one")
def test_in_a_list_the_type_of_the_last_failure_is_not_repeated() -> None:
    paused = replace(row(), detail="vault_archived_error", undated="1 run has no time")
    assert replace(paused, error_type="vault_archived_error").remark == "1 run has no time"
    assert replace(paused, error_type="timeout_error").remark == "vault_archived_error; 1 run has no time"


@pytest.mark.usefixtures("one")
def test_a_paused_row_is_since_its_last_change_and_not_since_its_streak_began() -> None:
    shown_row = row(**FAILS, status="paused")
    assert shown_row.since == datetime(2026, 6, 1, tzinfo=UTC)
    assert row(updated_at=None).since is None


@pytest.mark.parametrize(
    ("complete", "cleared", "streak", "at_least"),
    [
        (True, None, 3, False),
        (False, None, 3, True),  # older runs may have failed as well, nobody has read them
        (False, NOW - DAY, 3, False),
        (False, None, 0, False),
    ],
)
@pytest.mark.usefixtures("one")
def test_a_streak_is_at_least_so_long_while_its_beginning_was_not_read(
    complete: bool, cleared: datetime | None, streak: int, at_least: bool
) -> None:
    if not complete:
        Gap.objects.create(account="default", from_at=NOW - DAY, until_at=NOW - 90 * DAY)
    assert row(streak=streak, last_success_at=cleared).streak_at_least is at_least


@pytest.mark.parametrize(
    ("columns", "badge"),
    [
        ({}, None),
        ({"open_since": NOW}, None),
        ({"open_since": NOW, "streak": 2}, "failed"),
        ({"open_since": NOW, "last_outcome": "completed"}, "completed"),
        ({"open_since": NOW, "last_outcome": "started"}, "outcome not reported"),
        ({"open_since": NOW, "last_outcome": "cancelled"}, "cancelled"),
        ({"open_since": NOW, "last_outcome": "started", "streak": 2}, "failed"),
        ({"streak": 2}, None),
    ],
)
@pytest.mark.usefixtures("one")
def test_a_running_deployment_keeps_the_colour_of_its_last_result(
    columns: dict[str, Any], badge: str | None
) -> None:
    last = row(**columns).last_badge
    assert (last.word if last else None) == badge


@pytest.mark.parametrize(
    ("columns", "detail"),
    [
        ({"stuck_at": NOW, "open_since": NOW - HOUR, "timeout_ms": 600_000}, "1 h, limit 10 min"),
        ({"stuck_at": NOW, "open_since": NOW - HOUR, "timeout_ms": None}, "1 h"),
        ({"stuck_at": NOW, "open_since": None}, ""),
        (SLOW | {"running_since": NOW - HOUR}, "1 h so far, over the limit 10 min"),
        (SLOW | {"running_since": NOW - timedelta(minutes=4)}, "4 min so far, usual 1 min (of 7 runs)"),
        (SLOW | {"running_since": NOW - HOUR, "usual_ms": None}, "1 h so far, over the limit 10 min"),
        (SLOW | {"last_ms": 600_000}, "10 min, at the limit 10 min"),
        (SLOW | {"slow_at": NOW - DAY, "last_success_at": NOW - DAY}, "5 min, usual 1 min (of 7 runs)"),
        # What completed slowly is not blamed on the run that has just begun.
        (
            SLOW | {"slow_at": NOW - DAY, "last_success_at": NOW - DAY, "running_since": NOW},
            "5 min, usual 1 min (of 7 runs)",
        ),
        (SLOW | {"usual_ms": None}, ""),
        ({"usual_ms": 480_000, "usual_of": 20}, "usual 8 min (of 20 runs), near its limit 10 min"),
        ({"usual_ms": 600_000, "usual_of": 5}, "usual 10 min (of 5 runs), not below its limit 10 min"),
        ({"usual_ms": 479_000, "usual_of": 20}, ""),
        ({"usual_ms": 480_000, "usual_of": 4}, ""),  # of too few
        ({"usual_ms": 480_000, "usual_of": 20, "timeout_ms": None}, ""),
        ({"usual_ms": 480_000, "usual_of": 20, "archived_at": NOW}, ""),
        (
            {"usual_ms": 480_000, "usual_of": 20, "due_at": NOW - timedelta(minutes=4)},
            "4 min over; usual 8 min (of 20 runs), near its limit 10 min",
        ),
        (FAILED | {"last_started_at": NOW}, "outcomes since are not reported"),
        (FAILED | {"last_started_at": NOW - DAY}, ""),
        (FAILED | {"last_started_at": NOW, "streak": 0}, ""),
        ({"missed_at": NOW - HOUR}, "promised, and nothing started"),
        ({"missed_at": NOW - HOUR, "missed_count": 12}, "12 missed, nothing started"),
        ({"due_at": NOW - timedelta(minutes=4)}, "4 min over"),
        ({"unseen_at": NOW - HOUR}, "a slot passed while nobody was looking"),
        ({"status": "draining"}, ""),
        ({"gone_at": NOW}, "no longer listed by the API"),
        ({"archived_at": NOW}, ""),
        ({"status": "paused", "paused_reason": "error"}, "credential_error"),
        ({"status": "paused"}, "credential_error"),  # an error without a word for it is a reason
        ({"status": "paused", "paused_reason": "manual"}, ""),
        ({"status": "paused", "paused_reason": ""}, "reason not reported"),
        ({"last_run_at": NOW, "last_outcome": "started"}, ""),
    ],
)
def test_a_second_line_says_what_the_health_is_about(columns: dict[str, Any], detail: str) -> None:
    stored_deployments(deployment_record(paused_reason={"error": {"type": "credential_error"}}))
    assert row(**columns).detail == detail


@pytest.mark.parametrize(
    ("columns", "since"),
    [
        ({"streak": 2, "failing_since": NOW - HOUR}, NOW - HOUR),
        ({"missed_at": NOW - HOUR}, NOW - HOUR),
        ({"stuck_at": NOW, "open_since": NOW - HOUR}, NOW - HOUR),
        ({"due_at": NOW - HOUR}, NOW - HOUR),
        (SLOW | {"last_run_at": NOW}, NOW - HOUR),
        ({"unseen_at": NOW - HOUR}, NOW - HOUR),
        ({"status": "paused", "updated_at": NOW - HOUR}, NOW - HOUR),
        ({"status": "paused", "paused_reason": "error", "updated_at": NOW - HOUR}, NOW - HOUR),
        ({"last_run_at": NOW - HOUR}, None),
        ({"archived_at": NOW - HOUR}, None),
    ],
)
@pytest.mark.usefixtures("one")
def test_since_is_when_what_is_wrong_began(columns: dict[str, Any], since: datetime | None) -> None:
    assert row(**columns).since == since


@pytest.mark.parametrize(
    ("columns", "note"),
    [
        ({}, ""),
        ({"next_run_at": None}, "nothing promised"),
        ({"next_run_at": None, "expression": ""}, "by hand only"),
        ({"next_run_at": None, "status": "paused"}, "paused"),
        ({"next_run_at": None, "status": "paused", "paused_reason": "error"}, "paused"),
        ({"next_run_at": None, "archived_at": NOW}, "archived"),
    ],
)
@pytest.mark.usefixtures("one")
def test_where_nothing_will_fire_the_row_says_why(columns: dict[str, Any], note: str) -> None:
    shown_row = row(**columns)
    assert (shown_row.next_note, shown_row.next_at is None) == (note, "next_run_at" in columns)


def test_a_promise_whose_time_has_come_is_due() -> None:
    stored_deployments(deployment_record(schedule=schedule(HOUR)))
    shown_row = row(now=NOW + 5 * HOUR)
    assert (shown_row.next_at, shown_row.next_note) == (NOW + HOUR, "due")


def test_a_deployment_without_a_name_is_called_by_its_id() -> None:
    stored_deployments(deployment_record() | {"name": "", "id": "é/&"})
    result = rows(judged(NOW), Snapshot(NOW))[0]
    assert (result.name, result.url) == ("é/&", "/deployments/%C3%A9%2F%26/")


def test_a_row_has_the_strip_of_its_last_runs() -> None:
    stored_deployments(deployment_record(), deployment_record("b"))
    stored_runs(run_record(1, NOW), run_record(2, NOW - HOUR, "failed"))
    by_key = {row.id: row.strip.text for row in rows(judged(NOW), Snapshot(NOW))}
    assert by_key == {"dep_a": "last 2: 1 completed, 1 failed", "dep_b": "no runs yet"}
