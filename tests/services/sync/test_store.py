"""What of a record is kept, and what a new reading replaces."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from dashboard.domain import record_reading, record_text
from dashboard.domain.fingerprints import fingerprint
from dashboard.models import Run, Tally
from dashboard.models.run_queries import UNDATED_AT
from dashboard.services.sync import run_totals, store
from tests.factories import (
    NOW,
    newer_shape,
    run_record,
    stored_runs,
    text,
)

pytestmark = pytest.mark.django_db


def test_the_same_record_again_writes_nothing() -> None:
    record = run_record(1, NOW)
    stored_runs(record)
    read = record_reading.read_run(record, Run.objects.get().record_json)
    again = store.store_runs("default", [read], NOW, datetime.min.replace(tzinfo=UTC))
    assert not again
    assert not again.touched


def test_of_one_run_on_two_pages_the_one_that_reports_its_outcome_is_kept() -> None:
    running, done = run_record(1, NOW, "running"), run_record(1, NOW, "completed")
    read = [record_reading.read_run(record, json.dumps(record)) for record in (running, done)]
    silent = record_reading.read_run(newer_shape(done), "{}")
    assert store.store_runs("default", [*read, silent], NOW, datetime.min.replace(tzinfo=UTC)).new == 1
    assert Run.objects.get().status == "completed"


def test_when_an_outcome_was_read_is_kept_where_that_was_later_than_the_run() -> None:
    steps = (
        ("pending", None),
        ("running", None),
        ("completed", 2),
        ("completed", 2),
        ("failed", 4),
    )
    for minutes, (status, outcome) in enumerate(steps):
        record = run_record(1, NOW, status) | {"description": minutes}
        [run] = stored_runs(record, now=NOW + timedelta(minutes=minutes))
        assert run.first_read_at == NOW
        assert run.outcome_read_at == (None if outcome is None else NOW + timedelta(minutes=outcome))
    [run] = stored_runs(run_record(2, NOW, "failed"), now=NOW)
    assert run.outcome_read_at is None
    [run] = stored_runs(run_record(3, NOW, "running"), now=NOW)
    store.mark_run_gone(run, NOW + timedelta(hours=1))
    assert Run.objects.get(run_id=run.run_id).outcome_read_at == NOW + timedelta(hours=1)


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


def test_a_run_without_any_time_has_none_and_it_is_kept_when_it_was_first_read() -> None:
    record = run_record(1, NOW, "pending")
    del record["triggered_at"], record["created_at"]
    stored_runs(record, now=NOW)
    (run,) = stored_runs(record | {"status": "skipped"}, now=NOW + timedelta(hours=1))
    assert (run.at, run.time, run.status) == (UNDATED_AT, "not-understood", "skipped")
    assert run.first_read_at == NOW
    assert not run.dated


def test_a_run_whose_time_can_be_read_at_last_has_it() -> None:
    [run] = stored_runs(run_record(1, NOW, triggered_at="soon", created_at="soon", completed_at=None))
    assert run.dated  # when it started can be read
    [run] = stored_runs(run_record(1, NOW, "failed", triggered_at="soon", created_at=[], completed_at=7))
    assert run.time == "not-understood"
    [run] = stored_runs(run_record(1, NOW, "failed", triggered_at="soon"))
    assert (run.at, run.time) == (NOW, "known")


AHEAD = NOW + timedelta(hours=8)


def test_a_run_dated_after_its_reading_has_no_time_and_gets_none_when_that_date_comes() -> None:
    record = run_record(1, AHEAD)
    for now in (NOW, AHEAD, AHEAD + timedelta(days=3)):
        [run] = stored_runs(record, now=now)
        assert (run.at, run.time, run.first_read_at) == (UNDATED_AT, "clock-off", NOW)
    [run] = stored_runs(record | {"error": {"type": "odd"}}, now=AHEAD + timedelta(days=3))
    assert (run.time, run.error_type) == ("clock-off", "odd")


@pytest.mark.parametrize(("ahead", "time"), [(0, "known"), (300, "known"), (301, "clock-off")])
def test_two_clocks_may_differ_by_five_minutes(ahead: int, time: str) -> None:
    [run] = stored_runs(run_record(1, NOW + timedelta(seconds=ahead)), now=NOW)
    assert run.time == time


def test_of_several_times_the_first_that_is_possible_is_taken() -> None:
    [run] = stored_runs(run_record(1, NOW, triggered_at=text(AHEAD)), now=NOW)
    assert (run.at, run.time) == (NOW, "known")
    ahead = run_record(2, AHEAD, trigger_context={"type": "schedule", "scheduled_at": text(NOW)})
    [run] = stored_runs(ahead, now=NOW)
    assert (run.at, run.time) == (NOW, "known")


def test_a_length_worked_out_from_an_end_after_the_reading_is_not_known_and_stays_so() -> None:
    record = run_record(1, NOW, completed_at=text(AHEAD), duration_ms=None)
    for now in (NOW, AHEAD):
        [run] = stored_runs(record, now=now)
        assert (run.at, run.duration_ms) == (NOW, None)
    [run] = stored_runs(record | {"duration_ms": 17_000}, now=AHEAD)
    assert run.duration_ms == 17_000
    [run] = stored_runs(record | {"completed_at": text(NOW + timedelta(seconds=18))}, now=AHEAD)
    assert run.duration_ms == 17_000


def test_what_an_earlier_version_read_otherwise_is_read_anew() -> None:
    [run] = stored_runs(record := run_record(1, NOW, duration_ms="1234"))
    Run.objects.update(at=NOW + timedelta(hours=1), duration_ms=None)
    [run] = stored_runs(record)
    assert (run.at, run.duration_ms) == (NOW, 1234)


def test_a_run_whose_time_is_not_known_is_never_past_keeping_when_it_is_read() -> None:
    keep_from = NOW - timedelta(days=1)
    undated = run_record(1, NOW, triggered_at=None, created_at=0)
    page = [record_reading.read_run(record, json.dumps(record)) for record in (undated, run_record(2, AHEAD))]
    assert store.store_runs("default", page, NOW, keep_from).new == 2


def test_only_a_failed_run_has_a_fingerprint_made_of_its_whole_error() -> None:
    message = "word " * 500 + "end"
    error = {"type": "unknown_error", "message": message}
    stored = stored_runs(
        run_record(1, NOW, "failed", error=error),
        newer_shape(run_record(2, NOW, "failed", error=error)),
        run_record(3, NOW, "failed", error="it broke"),
        run_record(4, NOW, "skipped", error=error),
        run_record(5, NOW),
    )
    assert [run.fingerprint for run in stored] == [
        *([fingerprint("unknown_error", message)] * 2),
        fingerprint("", "it broke"),
        *(None, None),
    ]


def test_a_run_that_turns_out_to_have_failed_gets_its_fingerprint_and_loses_it_again() -> None:
    stored_runs(run_record(1, NOW, "running"))
    (run,) = stored_runs(run_record(1, NOW, "failed"))
    assert run.fingerprint == fingerprint("timeout_error", "Turn 7 did not finish")
    (run,) = stored_runs(run_record(1, NOW, "completed"))
    assert run.fingerprint is None


def test_failures_that_were_stored_before_get_the_same_duration(monkeypatch: pytest.MonkeyPatch) -> None:
    migration = import_module("dashboard.migrations.0016_duration_of_failures")
    monkeypatch.setattr(migration, "BATCH", 2)
    extras = {"cas_run_extras": {"started_at": "2026-06-16T09:42:08Z"}}
    stored = stored_runs(
        *(run_record(n, NOW, "failed") for n in range(3)),
        run_record(3, NOW, "failed", created_at="2026-06-16T09:42:10"),  # in UTC where it names no zone
        run_record(4, NOW, "failed", created_at=1_781),
        run_record(5, NOW, "failed", created_at="T"),
        run_record(6, NOW, "failed", completed_at=None),
        run_record(7, NOW, "failed", session_id="sess_x"),
        run_record(8, NOW, "completed", duration_ms=None, completed_at=None),
        run_record(9, NOW, "failed", cas_run_extras=None),
        run_record(10, NOW, "failed", **extras),
    )
    expected = [run.duration_ms for run in stored]
    assert expected == [18_000, 18_000, 18_000, 8_000, *(None,) * 5, 18_000, 10_000]
    Run.objects.exclude(run_id=stored[10].run_id).update(duration_ms=None)
    migration.Migration.operations[-1].code(apps, None)
    assert [Run.objects.get(pk=run.pk).duration_ms for run in stored] == expected


@pytest.mark.parametrize("record_json", ["[not a record", "[]"])
def test_a_failure_whose_record_cannot_be_read_keeps_no_duration(record_json: str) -> None:
    migration = import_module("dashboard.migrations.0016_duration_of_failures")
    (run,) = stored_runs(run_record(1, NOW, "failed"))
    Run.objects.update(duration_ms=None, record_json=record_json)
    migration.Migration.operations[-1].code(apps, None)
    assert Run.objects.get(pk=run.pk).duration_ms is None


def test_runs_that_were_stored_before_get_the_same_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    migration = import_module("dashboard.migrations.0005_run_fingerprint")
    monkeypatch.setattr(migration, "BATCH", 2)
    stored = stored_runs(*(run_record(n, NOW, "failed") for n in range(5)), run_record(6, NOW))
    Run.objects.update(fingerprint=None)
    Run.objects.filter(run_id=stored[4].run_id).update(record_json="[not a record")
    Run.objects.filter(run_id=stored[3].run_id).update(record_json="[]")
    monkeypatch.setattr(Run, "record", property(lambda run: run.record_json))  # as it was called then
    migration.Migration.operations[-1].code(apps, None)
    rows = [Run.objects.get(pk=run.pk).fingerprint for run in stored]
    assert rows == [run.fingerprint for run in stored]


def test_runs_that_were_stored_before_are_dated_by_the_same_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier version kept: the date in the future, or else the time of reading."""
    migration = import_module("dashboard.migrations.0018_undated_runs")
    monkeypatch.setattr(migration, "BATCH", 3)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    times: list[Any] = [
        *(
            text(NOW),
            text(AHEAD),
            "soon",
            None,
            True,
            [],
            -5,
            1e300,
            float("1781602920"),
            "2026-06-16 09:42:00",
        ),
        *(1_781_602_920, "1781602920000", "2026-06-16T99:00:00Z", "2026-06-16 9 UTC", "x" * 65),
        *("2026-06-16 17:42:00 +0800", "2026-06-16 09:42:00 utc", "0001-01-01T00:00:00+01:00", "2026-06-16"),
    ]
    plain = {"cas_run_extras": None, "completed_at": None, "duration_ms": None, "trigger_context": 7}
    odd = [run_record(n, NOW) | plain | {"triggered_at": at, "created_at": at} for n, at in enumerate(times)]
    lengths = [run_record(100 + n, NOW, duration_ms=ms) for n, ms in enumerate(("1234", 1234.5, "12 s", 17))]
    read = [record_reading.read_run(record, record_text.canonical(record)) for record in (*odd, *lengths)]
    store.store_runs("default", read, NOW, datetime.min.replace(tzinfo=UTC))
    rules = ("run_id", "at", "time", "duration_ms")
    right, tallies = list(Run.objects.order_by("run_id").values(*rules)), right_tallies()
    assert {row["time"] for row in right} == {"known", "clock-off", "not-understood"}
    before_that = AHEAD - timedelta(days=1)
    Tally.objects.all().delete()
    for number, run in enumerate(Run.objects.order_by("run_id")):
        run.at = run.at if number in (0, *range(len(times), len(right))) else before_that
        run.at = AHEAD if number == 1 else run.at
        run.time = "known"
        run.duration_ms = None if run.duration_ms == 1234 else run.duration_ms
        run.save()
        run_totals.change("default", [run], [])
    migration.Migration.operations[-1].code(apps, None)
    assert list(Run.objects.order_by("run_id").values(*rules)) == right
    assert right_tallies() == tallies


def right_tallies() -> dict[tuple[str, int], int]:
    """How many runs are counted, by deployment and quarter."""
    rows = Tally.objects.exclude(number=0).order_by("quarter")
    return {(row.deployment_id, row.quarter): row.number for row in rows}


def test_a_page_is_written_oldest_first_so_that_indexes_stay_full() -> None:
    stored_runs(*(run_record(n, NOW - timedelta(hours=n)) for n in (0, 2, 1)))
    times = [run.at for run in Run.objects.order_by("pk")]
    assert times == sorted(times)
