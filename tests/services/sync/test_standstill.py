"""When a deployment that should run stands still: silent, or blocked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard.models import Deployment, Gap, Run
from dashboard.services.sync import rollups
from tests import feeds
from tests.factories import (
    NOW,
    Record,
    deployment_record,
    run_record,
    stored_deployments,
    stored_runs,
    text,
)
from tests.judging import judged

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SIX_HOURLY = "0 */6 * * *"
OLD: Record = {"created_at": text(NOW - 60 * DAY), "updated_at": text(NOW - 60 * DAY)}


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the sync takes for now."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def schedule(expression: str = SIX_HOURLY, promised: tuple[datetime, ...] = (), **more: Any) -> Record:
    upcoming = [text(at) for at in promised]
    return {"type": "cron", "expression": expression, "timezone": "UTC", "upcoming_runs_at": upcoming} | more


def read(*runs: Record, at: datetime = NOW, **changes: Any) -> Deployment:
    """A deployment with those runs, with its health at that instant."""
    stored_deployments(deployment_record(**({"schedule": schedule()} | OLD | changes)))
    stored_runs(*runs)
    rollups.refresh("default", ["dep_a"])
    return health_at(at)


def health_at(now: datetime) -> Deployment:
    return judged(now).get()


def test_a_six_hourly_deployment_without_a_run_for_six_days_is_silent_since_its_last_run() -> None:
    last = NOW - 6 * DAY
    result = read(run_record(1, last))
    assert (result.health, result.silent_since) == ("silent", last)


@pytest.mark.parametrize(
    ("now", "health"),
    [
        (datetime(2026, 6, 15, 18, 10, tzinfo=UTC) - timedelta(seconds=1), "ok"),
        (datetime(2026, 6, 15, 18, 10, tzinfo=UTC), "silent"),
    ],
)
def test_silence_begins_ten_minutes_after_the_third_firing_without_a_run(now: datetime, health: str) -> None:
    assert read(run_record(1, datetime(2026, 6, 15, tzinfo=UTC)), at=now).health == health


def test_a_weekend_is_no_silence_of_a_deployment_that_fires_on_weekdays() -> None:
    friday = datetime(2026, 6, 12, 9, tzinfo=UTC)
    result = read(run_record(1, friday), at=friday + 4 * DAY, schedule=schedule("0 9 * * 1-5"))
    assert (result.health, result.silent_at) == ("ok", friday + 5 * DAY + timedelta(minutes=10))


@pytest.mark.parametrize("expression", ["0 9 * * *", ""])
def test_a_deployment_whose_promises_are_all_months_past_is_silent(expression: str) -> None:
    promised = tuple(NOW - 100 * DAY + n * DAY for n in range(5))
    old: Record = dict.fromkeys(OLD, text(NOW - 200 * DAY))
    result = read(**old | {"schedule": schedule(expression, promised)})
    assert result.health == "silent"
    assert result.silent_since == NOW - 90 * DAY  # of what is older nothing is kept


def test_where_only_promises_show_the_cadence_a_step_is_a_day_at_least() -> None:
    promised = tuple(NOW - 10 * DAY + n * timedelta(minutes=5) for n in range(5))
    result = read(run_record(1, NOW - 9 * DAY), schedule=schedule("", promised))
    assert result.silent_at == NOW - 6 * DAY + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("changes", "health"),
    [
        ({"schedule": None}, "ok"),  # manual only
        ({"schedule": schedule("", (NOW + DAY,))}, "ok"),  # its cadence is unknown
        ({"schedule": schedule("", (NOW + DAY, NOW + 2 * DAY))}, "ok"),  # a promise stands
        ({"schedule": schedule("not cron")}, "ok"),
        ({"status": "paused", "paused_reason": {"type": "manual"}}, "paused"),
        ({"archived_at": text(NOW)}, "archived"),
        ({"updated_at": text(NOW - HOUR)}, "ok"),  # it may have been paused until then
        ({"schedule": schedule("0 0 1 1 *")}, "ok"),  # yearly
        ({"schedule": schedule("0 0 30 2 *")}, "ok"),  # it never fires
        ({"created_at": None, "updated_at": None}, "silent"),
    ],
)
def test_only_what_was_to_run_is_silent(changes: Record, health: str) -> None:
    assert read(run_record(1, NOW - 20 * DAY), **changes).health == health


@pytest.mark.parametrize(
    ("changes", "health"),
    [
        ({}, "silent"),
        ({"created_at": text(NOW - HOUR), "updated_at": text(NOW - HOUR)}, "never"),
        ({"created_at": None, "updated_at": None}, "never"),
    ],
)
def test_what_never_ran_is_silent_unless_it_is_new_or_its_age_unknown(changes: Record, health: str) -> None:
    assert read(**changes).health == health


def test_a_run_in_progress_is_no_silence_however_long_it_goes_on() -> None:
    metadata = {"cas_config": {"config": {"timeout_ms": 30 * 86_400_000}}}
    assert read(run_record(1, NOW - 6 * DAY, "running"), metadata=metadata).health == "ok"


def test_a_firing_after_the_end_of_time_is_no_silence() -> None:
    promised = (NOW - 2 * DAY, NOW - DAY)
    result = read(run_record(1, NOW - 20 * DAY), schedule=schedule("", promised))
    assert result.health == "silent"
    Deployment.objects.update(cadence_s=10**11)
    rollups.refresh("default", ["dep_a"])
    assert health_at(NOW).silent_at is None


def test_an_edit_that_changes_the_schedule_alone_is_heard() -> None:
    assert read(run_record(1, NOW - 6 * DAY)).health == "silent"
    stored_deployments(deployment_record(schedule=schedule("0 0 1 1 *"), **OLD))
    assert health_at(NOW).health == "ok"


def test_nothing_is_silent_where_a_run_may_be_in_what_was_not_read() -> None:
    last = NOW - 6 * DAY
    read(run_record(1, last))
    feeds.live()
    gap = Gap.objects.create(account="default", from_at=NOW - DAY, until_at=NOW - 2 * DAY)
    assert health_at(NOW).health == "unread"
    Gap.objects.filter(pk=gap.pk).update(from_at=last)
    assert health_at(NOW).health == "silent"


def test_what_has_no_run_yet_is_not_judged_while_older_runs_are_still_being_read() -> None:
    read(schedule=None)
    gap = Gap.objects.create(account="default", from_at=NOW - DAY, until_at=NOW - 2 * DAY)
    assert health_at(NOW).health == "unread"
    Gap.objects.filter(pk=gap.pk).update(from_at=NOW - 61 * DAY)  # before it was made
    assert health_at(NOW).health == "never"


def test_an_account_that_was_never_read_completely_is_judged_by_what_is_certain_alone() -> None:
    read(run_record(1, NOW - 6 * DAY))
    feed = feeds.live(succeeded_at=None)
    assert health_at(NOW).health == "unread"
    stored_runs(run_record(2, NOW - 5 * DAY, "failed"))
    assert health_at(NOW).health == "failing"
    Deployment.objects.update(status="paused")
    assert health_at(NOW).health == "paused"
    feed.delete()


def skipped(*hours_ago: float) -> list[Record]:
    return [run_record(100 + n, NOW - HOUR * ago, "skipped") for n, ago in enumerate(hours_ago)]


def test_a_deployment_all_of_whose_runs_are_skipped_is_blocked_since_the_first() -> None:
    result = read(*skipped(*range(1, 15)))
    assert (result.health, result.skipped_count) == ("blocked", 14)
    assert result.skipped_since == NOW - 14 * HOUR
    Run.objects.filter(run_id=run_record(100, NOW)["id"]).update(status="completed")
    rollups.refresh("default", ["dep_a"])
    assert (health_at(NOW).health, health_at(NOW).skipped_count) == ("ok", 0)


def test_two_skipped_runs_in_a_row_do_not_block() -> None:
    result = read(*skipped(1, 2))
    assert (result.health, result.skipped_count) == ("ok", 2)


def test_runs_skipped_while_another_went_on_do_not_count() -> None:
    long = run_record(1, NOW - 6 * HOUR, "completed", completed_at=text(NOW - timedelta(hours=2.5)))
    result = read(long, *skipped(1, 2, 3, 4, 5))
    assert (result.skipped_count, result.skipped_since) == (2, NOW - 2 * HOUR)


@pytest.mark.parametrize(("milliseconds", "count"), [(None, 3), (2 * 3_600_000, 1)])
def test_a_run_without_an_end_was_over_after_its_duration(milliseconds: int | None, count: int) -> None:
    over = run_record(1, NOW - 4 * HOUR, "completed", completed_at=None, duration_ms=milliseconds)
    assert read(over, *skipped(1, 2, 3)).skipped_count == count


def test_runs_skipped_while_one_is_in_progress_do_not_block() -> None:
    metadata = {"cas_config": {"config": {"timeout_ms": 86_400_000}}}
    result = read(run_record(1, NOW - 6 * HOUR, "running"), *skipped(1, 2, 3, 4, 5), metadata=metadata)
    assert (result.health, result.skipped_count) == ("ok", 0)
