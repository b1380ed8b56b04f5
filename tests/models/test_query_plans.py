"""How SQLite answers the questions about runs: by an index in their order, never by reading all of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import combinations
from typing import Any, cast

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard import filters
from dashboard.filters.cursors import Cursor
from dashboard.models import Deployment, Feed, Gap, Run, Slot
from dashboard.models.latest_per_deployment import latest
from dashboard.services.lists.paging import first
from dashboard.services.runs import list as run_list
from dashboard.services.sync import retention, rollups, run_history, slots, unfinished_runs
from dashboard.services.sync.context import SyncContext
from dashboard.services.sync.lease import LeaseHolder
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by its figures"),
]
ONE_OF_EACH = {
    "account": "default",
    "deployment_id": "dep_a",
    "status": "failed",
    "trigger_type": "manual",
    "agent_id": "agent_a",
    "error": "timeout_error",
    "fingerprint": "f",
    "has_error": "true",
    "since": "24h",
    "until": "1h",
}
ALL_READ, ALL_SORTED = r"SCAN (U0|dashboard_run)(?! USING)", r"USE TEMP B-TREE FOR ORDER BY"


def plans(work: Callable[[], Any], *tables: str) -> list[str]:
    """How each query about runs that this causes is answered, or about the rows of other tables."""
    with CaptureQueriesContext(connection) as queries:
        work()
    read = [f'FROM "{table}"' for table in tables or ("dashboard_run",)]
    return [explained(query["sql"]) for query in queries if re.search("|".join(read), query["sql"])]


def explained(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join([sql, *(str(row[3]) for row in cursor.fetchall())])


def page(**values: str) -> list[str]:
    """How a page of runs is read: the first one, one further down, and the way back."""
    query = filters.ask_runs(**values)
    order, rows = run_list.ORDERS[query.one("sort")], Run.objects.matching(query, NOW)
    place = (NOW if order.keys[0].column == "at" else 17, "drun_1", 1)
    cursors = (None, *(Cursor(order.name, backwards, place) for backwards in (False, True)))
    return plans(lambda: [first(rows, order, cursor, 51) for cursor in cursors])


def counts(**values: str) -> list[str]:
    """How the numbers beside the pills of a list are counted."""
    rows = Run.objects.matching(filters.ask_runs(**values), NOW)
    return plans(lambda: rows.count_by_status(["failed", "completed"], 100))


def of_the_sync() -> list[str]:
    """How the sync asks what it has, and for what is past keeping."""
    account, long_ago = "default", NOW - timedelta(days=100)
    reader = SyncContext(account, cast(Any, None), cast(Any, LeaseHolder().take()), timedelta(days=90))
    Feed.objects.create(account=account, polled_at=NOW)
    stored_runs(run_record(1, long_ago, "running"))
    gap = Gap.objects.create(account=account, after_id="", from_at=long_ago, until_at=long_ago)
    run = Run.objects.get()
    asked = (
        lambda: run_history._known(reader),
        lambda: list(Run.objects.open(account).order_by("-at")),
        lambda: run_history._head_size(reader, NOW),
        lambda: run_history.go_up(gap),
        lambda: list(unfinished_runs._newer(reader, run)),
        lambda: retention._oldest(account),
        lambda: list(Run.objects.undated().for_deployments([(account, "dep_a")])),
        lambda: retention.prune(reader),
    )
    return [plan for question in asked for plan in plans(question)]


def by_duration() -> list[str]:
    """How the longest and the shortest runs are read."""
    rows = Run.objects.matching(filters.ask_runs(min_duration="10m"), NOW)
    orders = [run_list.ORDERS[sort] for sort in ("-duration", "duration")]
    return plans(lambda: [first(rows, order, None, 51) for order in orders])


def all_plans() -> list[str]:
    chosen = [(), *((name,) for name in ONE_OF_EACH), *combinations(ONE_OF_EACH, 2)]
    questions = [{name: ONE_OF_EACH[name] for name in names} for names in chosen]
    groups = [ask(**values) for values in questions for ask in (page, counts)]
    return [plan for group in (*groups, by_duration(), of_the_sync()) for plan in group]


def test_no_question_reads_or_sorts_more_than_its_page() -> None:
    wasteful = [plan for plan in all_plans() if re.search(rf"{ALL_READ}|{ALL_SORTED}", plan)]
    assert wasteful == []


def test_every_index_answers_a_question() -> None:
    used = {name for plan in all_plans() for name in re.findall(r"INDEX (run_\w+)", plan)}
    assert used == {index.name for index in Run._meta.indexes}


@pytest.mark.parametrize("name", ["run_account_at", "run_status_at", "run_trigger_at", "run_duration"])
def test_an_index_that_is_taken_away_is_missed(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {name}")
    assert any(re.search(rf"{ALL_READ}|{ALL_SORTED}", plan) for plan in all_plans())


def test_runs_of_deployments_are_counted_in_their_index_alone() -> None:
    rows = Run.objects.for_deployments([("default", f"dep_{n}") for n in range(200)])
    for plan in plans(lambda: rows.count_by_status(["failed"], 100)):
        assert "USING COVERING INDEX run_deployment_status_at (deployment_id=? AND status=?)" in plan


def test_the_runs_of_deployments_are_read_in_their_own_indexes() -> None:
    stored_deployments(deployment_record("a"), deployment_record("b"))
    stored_runs(run_record(1, NOW), run_record(2, NOW, "running"), run_record(3, NOW, "failed"))
    deployments, run = list(Deployment.objects.all()), Run.objects.all()[0]
    asked = (
        lambda: rollups.refresh("default", {"dep_a", "dep_b"}),
        lambda: latest(Run.objects.all(), deployments, 30),
        lambda: latest(Run.objects.all(), deployments, 30, status="completed"),
        lambda: list(Run.objects.beside(run).before(run)[:50]),
    )
    own = {"run_deployment_at", "run_deployment_status_at", "run_unfinished_at", "run_undated"}
    for plan in (plan for question in asked for plan in plans(question)):
        assert set(re.findall(r"(?:SCAN|SEARCH) (?:U0|dashboard_run) .*INDEX (\w+)", plan)) <= own, plan
        assert not re.search(ALL_READ, plan), plan


def test_what_is_settled_and_deleted_is_not_looked_for_among_all_of_an_account() -> None:
    reader = SyncContext("default", cast(Any, None), cast(Any, LeaseHolder().take()), timedelta(days=90))
    reader.touched = {"dep_a"}
    Feed.objects.create(account="default", polled_at=NOW)
    Slot.objects.create(account="default", deployment_id="dep_a", at=NOW, seen_at=NOW)
    asked = (lambda: slots.settle_due(reader), lambda: retention.prune(reader))
    for plan in (plan for question in asked for plan in plans(question, "dashboard_run", "dashboard_slot")):
        assert not re.search(r"SEARCH \w+ USING (COVERING )?INDEX \w+ \(account=\?\)", plan), plan
