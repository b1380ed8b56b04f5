"""A database of before is rewritten in steps, goes on where it was ended, and becomes again what it was."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Model, QuerySet

from dashboard.models import Deployment, HealthChange, Name, Note, Run, RunTotal, Slot, Tally, names
from tests import judging
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.sqlite,  # PostgreSQL keeps its rows as they are
]
migration: Any = import_module("dashboard.migrations.0042_narrow_rows")
TABLES: tuple[type[Model], ...] = (Run, RunTotal, Tally, Slot, HealthChange, Deployment, Note)
LONG_AGO = NOW.replace(year=1969, microsecond=999_999)


@pytest.fixture(autouse=True)
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A little of each kind, some of it deleted since; narrow afterwards, whatever happens."""
    monkeypatch.setattr(migration, "STEP", 2)
    monkeypatch.setattr(migration, "SAY_EVERY", 0)
    live()
    stored_deployments(deployment_record(), deployment_record("b"))
    whole_second = NOW.replace(microsecond=0)
    stored_runs(*(run_record(n, whole_second.replace(microsecond=n), "failed") for n in range(7)))
    Run.objects.filter(pk__in=Run.objects.order_by("-pk")[:1]).delete()
    Slot.objects.create(account="default", deployment_id="dep_gone", at=LONG_AGO, seen_at=NOW)
    Note.objects.create(account="default", text="known", author="ada", written_at=LONG_AGO)
    judging.judge(NOW)
    yield
    monkeypatch.undo()
    change(migration.narrow)


def rows() -> list[list[dict[str, Any]]]:
    return [list(QuerySet(table).order_by("pk").values()) for table in TABLES]


def asked(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        return [row if len(row) > 1 else row[0] for row in cursor.execute(sql).fetchall()]


def schema() -> set[str]:
    return {str(sql) for sql in asked("SELECT sql FROM sqlite_master WHERE sql <> ''")}


def change(step: Any) -> None:
    with connection.schema_editor(atomic=False) as editor:
        step(apps, editor)


def test_rows_that_are_rewritten_in_steps_mean_what_they_meant_before_both_ways(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO", "dashboard")
    before, shape, ids = rows(), schema(), asked("SELECT * FROM sqlite_sequence ORDER BY name")
    change(migration.widen)
    assert asked("SELECT DISTINCT typeof(at) || typeof(deployment_id) FROM dashboard_run") == ["texttext"]
    assert asked("SELECT '' || at FROM dashboard_run ORDER BY at")[:2] == [
        "2026-06-16 09:42:00",
        "2026-06-16 09:42:00.000001",
    ]
    assert asked("SELECT '' || at FROM dashboard_slot") == ["1969-06-16 09:42:00.999999"]
    assert not schema() & {sql for sql in shape if "bigint" in sql and '"at"' in sql}
    Name.objects.all().delete()
    monkeypatch.setattr(names, "_texts", {})
    change(migration.narrow)
    assert (rows(), schema()) == (before, shape)
    assert asked("SELECT * FROM sqlite_sequence ORDER BY name") == ids
    assert Run.objects.find("did not finish").few  # the index of errors goes on
    asked("INSERT INTO dashboard_run_error(dashboard_run_error) VALUES ('integrity-check')")
    steps = [text for text in caplog.messages if text.startswith("dashboard_run takes its new form: ")]
    assert len(steps) > 5
    assert steps[-1].endswith(": 100 %")
    change(migration.narrow)  # nothing is left to do
    assert rows() == before


def test_who_was_ended_goes_on_where_it_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    before, shape = rows(), schema()
    change(migration.widen)
    texts, wide = asked("SELECT id, '' || at FROM dashboard_run"), schema()
    monkeypatch.setattr(migration, "_put_in_place", lambda *_: 1 / 0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            change(migration.narrow)
    assert asked("SELECT count(*) FROM narrow_dashboard_run") == [len(texts)]
    assert asked("SELECT id, '' || at FROM dashboard_run") == texts, "whoever reads finds all as it was"
    monkeypatch.undo()
    change(migration.narrow)
    assert (rows(), schema()) == (before, shape)
    asked("CREATE TABLE narrow_dashboard_run (id)")  # as of a way back that was ended
    change(migration.widen)
    assert schema() == wide
