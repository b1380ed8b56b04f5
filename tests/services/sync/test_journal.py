"""The journal: what a deployment was before it was changed is kept, between which readings, and no more."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from dashboard.domain import record_reading, record_text
from dashboard.models import DefinitionChange
from dashboard.services.sync import deployment_store, journal
from tests.factories import NOW, deployment_record

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def read(minutes: float, account: str = "default", **changes: Any) -> int:
    """Read a deployment so many minutes from now, after a walk that began a minute earlier."""
    raw = deployment_record(**changes)
    record = record_reading.read_deployment(raw, record_text.canonical(raw))
    at = NOW + minutes * MINUTE
    stored = deployment_store.store_deployments(account, [record], at)
    return journal.note_changes(stored.revised, at - MINUTE, at)


def kept() -> list[tuple[list[str], Any, Any]]:
    rows = DefinitionChange.objects.filter(known_at__isnull=False)
    return [(row.words, row.known_at and row.known_at - NOW, row.seen_at - NOW) for row in rows]


def test_a_change_is_kept_with_the_former_definition_and_its_two_readings() -> None:
    assert read(0, name="old") == 0
    assert read(10, name="new", description="x") == 1
    assert kept() == [(["description", "name"], 9 * MINUTE, 10 * MINUTE)]
    [change] = DefinitionChange.objects.all()
    assert change.before["name"] == "old"
    assert str(change) == "dep_a: description, name"


def test_what_each_run_changes_is_kept_nowhere() -> None:
    read(0)
    schedule = deployment_record()["schedule"]
    read(1, schedule=schedule | {"upcoming_runs_at": [], "last_run_at": "2026-06-16T09:00:00Z"})
    read(2, updated_at="2026-06-16T09:00:00Z")
    assert kept() == []


def test_a_change_and_its_way_back_are_two() -> None:
    for minutes, name in enumerate(("a", "b", "a")):
        read(minutes, name=name)
    assert [change.before["name"] for change in DefinitionChange.objects.all()] == ["b", "a"]


def test_of_a_record_that_changes_all_the_time_the_latest_changes_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(journal, "KEPT", 3)
    for minutes in range(6):
        read(minutes, name=f"{minutes}")
        read(minutes, account="other", name="steady")
    assert [change.before["name"] for change in DefinitionChange.objects.all()] == ["4", "3", "2"]


def test_without_an_earlier_walk_it_is_not_known_since_when() -> None:
    read(0)
    raw = deployment_record(name="new")
    stored = deployment_store.store_deployments(
        "default", [record_reading.read_deployment(raw, json.dumps(raw))], NOW
    )
    journal.note_changes(stored.revised, None, NOW)
    assert DefinitionChange.objects.get().known_at is None
