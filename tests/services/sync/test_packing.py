"""Records of an earlier version are packed in place, a few at a time, and are read in either form."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, cast

import pytest
from django.db import connection

from dashboard.models import Run
from dashboard.services.sync import packing
from dashboard.services.sync.context import SyncContext
from dashboard.services.sync.lease import LeaseHolder
from dashboard.services.sync.packing import Packing
from tests.factories import NOW, run_record, stored_runs

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.sqlite,  # PostgreSQL keeps records as texts
]


@pytest.fixture
def reader() -> SyncContext:
    """A cycle, and seven runs as an earlier version stored them; one more is of another account."""
    stored_runs(*(run_record(n, NOW - timedelta(minutes=n)) for n in range(7)))
    stored_runs(run_record(8, NOW), account="other")
    assert set(forms()) == {"blob"}
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE dashboard_run SET record_json = %s WHERE id = %s",
            [(run.record_json, run.pk) for run in Run.objects.all()],
        )
    return SyncContext("default", cast(Any, None), cast(Any, LeaseHolder().take()), timedelta(days=90))


def forms() -> list[str]:
    """How each record is stored, in the order of the rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT typeof(record_json) FROM dashboard_run ORDER BY id")
        return [form for (form,) in cursor.fetchall()]


def records() -> list[str]:
    return [run.record_json for run in Run.objects.order_by("pk")]


def test_some_records_are_packed_in_each_cycle_until_all_of_an_account_are(
    reader: SyncContext, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "dashboard")
    monkeypatch.setattr(packing, "STEP", 3)
    monkeypatch.setattr(packing, "WINDOW", 5)
    before, numbers, work = records(), [], Packing()
    for _ in range(5):
        work.step(reader)
        numbers.append(forms().count("blob"))
        assert records() == before
    assert numbers == [3, 6, 7, 7, 7]
    assert forms() == ["blob"] * 7 + ["text"]
    assert caplog.messages == ["default: 7 records of an earlier version are packed"]


def test_a_process_that_is_ended_leaves_what_it_has_packed_to_the_next_one(
    reader: SyncContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "STEP", 4)
    Packing().step(reader)
    assert forms().count("blob") == 4
    Packing().step(reader)
    assert forms().count("blob") == 7


def test_without_a_run_there_is_nothing_to_pack(reader: SyncContext) -> None:
    Run.objects.all().delete()
    work = Packing()
    work.step(reader)
    work.step(reader)
    assert records() == []


def test_another_database_keeps_its_texts(reader: SyncContext, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(connection, "vendor", "postgresql")
        work = Packing()
    work.step(reader)
    assert set(forms()) == {"text"}
