"""Exact numbers of runs: what totals answer is what counting one run after the other gives."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from itertools import combinations
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from dashboard.models import DayTally, DayTotal, Deployment, QuarterTotal, Run, RunTotal
from dashboard.services.cloud.accounts import Account
from dashboard.services.lists import listing
from dashboard.services.lists.questions import read_question
from dashboard.services.runs import counting
from dashboard.services.runs import list as run_list
from dashboard.services.status.snapshot import Snapshot
from dashboard.web.components import Count
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
STATUSES = ("completed", "failed", "skipped", "running", "pending")
ALIKE = (
    *("account=other", "deployment_id=dep_a", "deployment_id=dep_b&deployment_id=dep_c", "agent_id=agent_b"),
    *("trigger_type=retry", "deployment_q=b", "deployment_health=ok", "status=failed"),
)
SPANS = (
    *("since=24h", "until=3h", "since=90m&until=7m", "since=8m&until=1m", "since=2026-06-16T09:30:00Z"),
    *("since=2026-06-16T08:00:00Z&until=2026-06-16T09:00:00Z", "since=1900-01-01", "until=9999-12-30"),
    *("since=9999-12-30", "since=1h&until=2h", "since=2026-06-16T09:31:00Z&until=2026-06-16T09:44:00Z"),
)
TALLIED = ALIKE[:3] + ALIKE[-1:]


@pytest.fixture
def stored(settings: Any, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eighty runs of all kinds, at any second; where counting has a bound, it stops at once."""
    monkeypatch.setattr(listing, "COUNT_TO", 0)
    settings.ACCOUNTS = (account, replace(account, name="other"))
    dice = random.Random(7)  # noqa: S311 - the same world each time
    for name in ("default", "other"):
        live(name)
        stored_deployments(*(deployment_record(key) for key in "abc"), account=name)
        stored_runs(*(any_run(dice, number) for number in range(40)), account=name)
        stored_runs(run_record(99, NOW, "pending", triggered_at="soon", created_at="soon"), account=name)


def any_run(dice: random.Random, number: int) -> dict[str, Any]:
    at = NOW - timedelta(seconds=dice.choice([0, 1, 719, 720, 721, 900, *(dice.randrange(90_000),) * 9]))
    record = run_record(number, at, dice.choice(STATUSES[:4]), deployment_id=f"dep_{dice.choice('abc')}")
    record["agent"]["id"] = dice.choice(["agent_a", "agent_b"])
    record["trigger_context"]["type"] = dice.choice(["schedule", "retry"])
    return record


def asked(query: str) -> dict[str, Count]:
    snapshot = Snapshot(NOW)
    return counting.count_by_status(read_question("runs", QueryDict(query), snapshot), STATUSES, snapshot)


def one_by_one(query: str) -> dict[str, Count]:
    snapshot = Snapshot(NOW)
    runs = run_list.runs_matching(
        read_question("runs", QueryDict(query), snapshot).with_values(status=""), snapshot
    )
    kinds = [run.status for run in runs]
    return {status: Count(kinds.count(status)) for status in STATUSES}


@pytest.mark.usefixtures("stored")
def test_totals_answer_what_they_can_exactly() -> None:
    pairs = [*combinations(ALIKE, 2), *((one, span) for one in TALLIED for span in SPANS)]
    numbers = set()
    for query in ("", *ALIKE, *SPANS, *("&".join(pair) for pair in pairs)):
        expected = one_by_one(query)
        assert asked(query) == expected, query
        numbers.add(sum(count.number for count in expected.values()))
    assert len(numbers) > 20


@pytest.mark.usefixtures("stored")
def test_other_questions_are_counted_up_to_the_bound() -> None:
    many = "&".join(f"deployment_id=dep_{key}" for key in "abcdef")
    for query in ("has_error=false", "time=known", "agent_id=agent_a&since=24h", f"since=24h&{many}"):
        assert asked(query)["completed"] == Count(0, at_least=True), query
    assert asked("deployment_q=b&since=24h")["completed"] == Count(0, at_least=True)


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("query", ["", "since=90m", "trigger_type=retry"])
def test_the_runs_of_one_deployment_are_counted_by_its_totals(query: str) -> None:
    snapshot, deployment = Snapshot(NOW), Deployment.objects.get(account="other", deployment_id="dep_b")
    question = read_question("runs of a deployment", QueryDict(query), snapshot, path="/deployments/dep_b/")
    runs = Run.objects.for_deployment(deployment).matching(question, NOW)
    statuses = [run.status for run in runs]
    counts = counting.count_by_status(question, STATUSES, snapshot, [deployment.key])
    assert counts == {status: Count(statuses.count(status)) for status in STATUSES}


@pytest.mark.usefixtures("stored")
def test_other_runs_are_counted_in_the_same_query(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "COUNT_TO", 20)
    snapshot = Snapshot(NOW)
    query = read_question("runs", QueryDict("since=24h"), snapshot)
    beside = {"undated": Run.objects.undated(), "all": Run.objects.all()}
    with CaptureQueriesContext(connection) as queries:
        counts = counting.count_by_status(query, ["failed"], snapshot, beside=beside)
    assert len(queries) == 1
    assert counts == {
        "failed": asked("since=24h")["failed"],
        "undated": Count(2),
        "all": Count(20, at_least=True),
    }


@pytest.mark.usefixtures("stored")
def test_a_database_of_before_is_added_up() -> None:
    rows = {model: set(model.objects.values_list(*columns(model))) for model in (RunTotal, QuarterTotal)}
    for model in rows:
        model.objects.all().delete()
    migration: Any = import_module("dashboard.migrations.0021_run_totals")
    migration.add_up(None, connection.cursor())
    assert all(len(some) > 20 for some in rows.values())
    assert rows == {model: set(model.objects.values_list(*columns(model))) for model in rows}
    days = set(DayTotal.objects.values_list(*columns(DayTotal)))
    DayTotal.objects.all().delete()
    by_day: Any = import_module("dashboard.migrations.0039_day_totals")
    by_day.add_up(None, connection.cursor())
    assert days == set(DayTotal.objects.values_list(*columns(DayTotal)))
    of_each = set(DayTally.objects.values_list(*columns(DayTally)))
    DayTally.objects.all().delete()
    tallied: Any = import_module("dashboard.migrations.0044_day_tallies")
    tallied.add_up(None, connection.cursor())
    assert of_each == set(DayTally.objects.values_list(*columns(DayTally)))


def columns(model: Any) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if field.name != "id"]
