"""Deployments that were stored before their health was."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from dashboard.domain.states import Health, HealthCause
from dashboard.models import Deployment, Feed, Gap, HealthChange
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = pytest.mark.django_db
migration = import_module("dashboard.migrations.0025_health")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# What makes a deployment that has run well each of these, and of several the first.
COLUMNS: dict[str, dict[str, Any]] = {
    Health.ARCHIVED: {"gone_at": NOW},
    Health.PAUSED_BY_ERROR: {"status": "paused", "paused_reason": "error"},
    Health.PAUSED: {"status": "paused"},
    Health.FAILING: {"streak": 2},
    Health.MISSED: {"missed_at": NOW, "last_success_at": None},
    Health.SILENT: {"silent_at": NOW - DAY, "silent_since": NOW},
    Health.BLOCKED: {"skipped_count": 3},
    Health.STUCK: {"stuck_at": NOW - DAY},
    Health.LATE: {"due_at": NOW - DAY},
    Health.SLOW: {"slow_at": NOW - DAY},
    Health.UNKNOWN: {"status": "draining"},
    Health.OUTCOME_UNKNOWN: {"last_outcome": "started"},
    Health.OK: {},
    Health.NEVER_RAN: {"last_run_at": None},
    Health.UNREAD: {"last_run_at": None, "created_at": NOW - 9 * DAY},
}


def migrate() -> None:
    migration.judge(apps, None)


def test_each_health_is_what_the_rule_gives_and_stands_since_the_last_reading() -> None:
    read_at = live().succeeded_at
    stored_deployments(*(deployment_record(word) for word in COLUMNS))
    stored_runs(*(run_record(n, NOW - HOUR, deployment_id=f"dep_{word}") for n, word in enumerate(COLUMNS)))
    for word, columns in COLUMNS.items():
        Deployment.objects.filter(name=word).update(**{"created_at": NOW - HOUR} | columns)
    Gap.objects.create(account="default", from_at=NOW - 3 * DAY, until_at=NOW - 5 * DAY)
    migrate()
    assert {row.name: row.health for row in Deployment.objects.all()} == {word: word for word in COLUMNS}
    assert {row.health_since for row in Deployment.objects.all()} == {read_at}
    assert read_at
    assert not Deployment.objects.judged_otherwise(read_at).exists()
    rows = HealthChange.objects.values_list("deployment_id", "after", "at", "until_at", "cause")
    assert {*rows} == {(f"dep_{word}", word, read_at, None, HealthCause.FIRST) for word in COLUMNS}


def test_of_an_account_that_was_never_read_completely_hardly_anything_is_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(migration, "BATCH", 2)
    Feed.objects.create(account="default")
    stored_deployments(*(deployment_record(key) for key in "abc"))
    Deployment.objects.filter(name="a").update(streak=1)
    migrate()
    assert [row.health for row in Deployment.objects.order_by("name")] == [
        Health.FAILING,
        Health.UNREAD,
        Health.UNREAD,
    ]
    assert HealthChange.objects.count() == 3
