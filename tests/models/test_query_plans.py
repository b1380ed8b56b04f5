"""How the questions about runs are answered: by an index in their order, never by reading all of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import combinations, count, repeat
from typing import Any, cast

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard import filters
from dashboard.domain.states import Health
from dashboard.filters.cursors import Cursor
from dashboard.models import Deployment, Gap, Run, Slot
from dashboard.models.latest_per_deployment import latest
from dashboard.services.failures.rescues import OF_EACH, rescues_of_groups
from dashboard.services.handover.page import handover
from dashboard.services.lists import listing
from dashboard.services.lists.paging import first
from dashboard.services.runs import counting, leading, nearby
from dashboard.services.runs import list as run_list
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.sync import retention, rollups, run_history, slots, unfinished_runs
from dashboard.services.sync.context import SyncContext
from dashboard.services.sync.lease import LeaseHolder
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live
from tests.health_bars import changed

pytestmark = pytest.mark.django_db
ONE_OF_EACH = {
    "account": "default",
    "deployment_id": "dep_a",
    "deployment_schedule": "daily",
    "status": "failed",
    "trigger_type": "manual",
    "agent_id": "agent_a",
    "error": "timeout_error",
    "fingerprint": "f",
    "has_error": "true",
    "time": "known",
    "min_duration": "1s",
    "q": "timeout",
    "since": "24h",
    "until": "1h",
}
ALL_READ, ALL_SORTED = r"SCAN (U0|dashboard_run)\b(?! USING)", r"USE TEMP B-TREE FOR ORDER BY"
if connection.vendor == "postgresql":
    ALL_READ, ALL_SORTED = r"Seq Scan on dashboard_run\b", r"(^|-> +)Sort +\(cost"
NUMBERS = count()
SEARCH = {"run_id_tail", "run_session_tail"}  # which Django knows nothing of


@pytest.fixture(autouse=True)
def stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three runs that any of the filters mean, which are many for it.

    A page that is looked for near its place is full at once.
    """
    monkeypatch.setattr(nearby, "_NEAR", 1)
    monkeypatch.setattr(listing, "COUNT_TO", 0)
    monkeypatch.setattr(leading, "MOST_LOOKED_UP", 0)
    live()
    stored_deployments(deployment_record("a"))
    stored_runs(
        *(
            run_record(n, NOW - n * timedelta(hours=2), "failed", trigger_context={"type": "manual"})
            for n in (1, 2, 3)
        )
    )
    Run.objects.update(fingerprint="f", duration_ms=5_000)
    if connection.vendor == "postgresql":
        # Of a few rows all are read, whatever there is: with this they are only where there is no other way.
        with connection.cursor() as cursor:
            for way in ("seqscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{way} = off")


def plans(work: Callable[[], Any], *tables: str) -> list[str]:
    """How each query about runs that this causes is answered, or about the rows of other tables."""
    with CaptureQueriesContext(connection) as queries:
        work()
    read = [f'FROM "{table}"' for table in tables or ("dashboard_run",)]
    return [explained(query["sql"]) for query in queries if re.search("|".join(read), query["sql"])]


def explained(sql: str) -> str:
    how = "QUERY PLAN" if connection.vendor == "sqlite" else ""
    with connection.cursor() as cursor:
        # Each text once: the driver keeps the plan of a text that it has seen, whatever was dropped since.
        cursor.execute(f"EXPLAIN {how} /* {next(NUMBERS)} */ {sql}")
        return "\n".join([sql, *(str(row[-1]) for row in cursor.fetchall())])


def page(**values: str) -> list[str]:
    """How a page of runs is read: the first one, one further down, and the way back."""
    query, hits = filters.ask_runs(**values), Run.objects.find(values["q"]) if "q" in values else None
    order, (asked, by, read) = run_list.ORDERS[query.one("sort")], leading.way(query, hits, Snapshot(NOW))
    place = (NOW - timedelta(hours=4) if order.keys[0].column == "at" else 17, f"drun_{2:032x}", 2)
    cursors = (None, *(Cursor(order.name, backwards, place) for backwards in (False, True)))
    number = 51 if read is first else 1
    rows = [Run.objects.matching(asked, NOW, hits, by, cursor) for cursor in cursors]
    return plans(lambda: [read(*each, number) for each in zip(rows, repeat(order), cursors, strict=False)])


def counts(**values: str) -> list[str]:
    """How the numbers beside the pills of a list are counted."""
    query, snapshot = filters.ask_runs(**values), Snapshot(NOW)
    if "q" in values:
        hits = Run.objects.find(values["q"])
        return plans(lambda: counting.count_hits(query, ["failed", "completed"], snapshot, hits))
    return plans(lambda: counting.count_by_status(query, ["failed", "completed"], snapshot))


def searched() -> list[str]:
    """How runs are found by a text."""
    return plans(lambda: Run.objects.find("drun_01a2b3c4"))


def of_the_sync() -> list[str]:
    """How the sync asks what it has, and for what is past keeping."""
    account, long_ago = "default", NOW - timedelta(days=100)
    reader = SyncContext(account, cast(Any, None), cast(Any, LeaseHolder().take()), timedelta(days=90))
    stored_runs(run_record(9, long_ago, "running"))
    gap = Gap.objects.create(account=account, after_id="", from_at=long_ago, until_at=long_ago)
    run = Run.objects.get(open=True)
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


def wasteful(plans: list[str]) -> list[str]:
    """Those that read or sort more than a page; a thousand hits of a text at most may be sorted."""
    few = r'"id" IN \(\d'
    return [
        plan
        for plan in plans
        if re.search(ALL_READ, plan)
        or (re.search(ALL_SORTED, plan, re.MULTILINE) and not re.search(few, plan))
    ]


def test_no_question_reads_or_sorts_more_than_its_page_and_every_index_answers_one() -> None:
    chosen = [(), *((name,) for name in ONE_OF_EACH), *combinations(ONE_OF_EACH, 2)]
    questions = [{name: ONE_OF_EACH[name] for name in names} for names in chosen]
    groups = [ask(**values) for values in questions for ask in (page, counts)]
    every = [plan for group in (*groups, by_duration(), searched(), of_the_sync()) for plan in group]
    assert not (plans := wasteful(every)), "\n\n".join(plans)
    if connection.vendor == "sqlite":  # PostgreSQL takes any of several here, for want of rows
        used = {name for plan in every for name in re.findall(r"INDEX (run_\w+)", plan)}
        assert used == {index.name for index in Run._meta.indexes} | SEARCH


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("name", "ask"),
    [
        ("run_account_at", of_the_sync),
        ("run_status_at", partial(page, status="failed")),
        ("run_trigger_at", partial(page, trigger_type="manual")),
        ("run_agent_at", partial(page, agent_id="agent_a")),
        ("run_duration", by_duration),
        ("run_id_tail", searched),
        ("run_session_tail", searched),
        ("run_session", searched),
    ],
)
def test_an_index_that_is_taken_away_is_missed(name: str, ask: Callable[[], list[str]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {name}")
    assert wasteful(ask())


def test_a_span_has_one_lower_bound_as_sqlite_takes_the_first_of_two() -> None:
    spans = {
        since: str(Run.objects.within(since, NOW).query) for since in (NOW, None, NOW.replace(year=1900))
    }
    assert [sql.count(" > ") + sql.count(" >= ") for sql in spans.values()] == [1, 1, 1]
    assert "1970" not in spans[NOW]


@pytest.mark.sqlite
def test_runs_of_some_length_are_counted_in_their_index_alone() -> None:
    [plan] = counts(min_duration="1s")
    assert plan.count("USING COVERING INDEX run_status_duration (status=? AND duration_ms>?)") == 2


@pytest.mark.sqlite
def test_runs_of_deployments_are_counted_in_their_index_alone() -> None:
    rows = Run.objects.for_deployments([("default", f"dep_{n}") for n in range(200)])
    for plan in plans(lambda: rows.count_by_status(["failed"], 100)):
        assert "USING COVERING INDEX run_deployment_status_at (deployment_id=? AND status=?)" in plan


@pytest.mark.sqlite
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
    Slot.objects.create(account="default", deployment_id="dep_a", at=NOW, seen_at=NOW)
    asked = (lambda: slots.settle_due(reader), lambda: retention.prune(reader))
    for plan in (plan for question in asked for plan in plans(question, "dashboard_run", "dashboard_slot")):
        assert not re.search(r"SEARCH \w+ USING (COVERING )?INDEX \w+ \(account=\?\)", plan), plan


def test_a_value_of_metadata_is_looked_for_in_an_index() -> None:
    for asked in ("data", "no team"):
        rows = Deployment.objects.matching(filters.ask_deployments(**{"meta.team": asked}))
        [plan] = plans(rows.listed_keys, "dashboard_deployment")
        assert re.search(r"SEARCH U0 USING (COVERING )?INDEX|Scan using metadata_\w+", plan)
        assert not re.search(r"SCAN U0|Seq Scan on dashboard_metadatavalue", plan)


@pytest.mark.sqlite
def test_what_retries_made_of_groups_is_looked_up_for_their_latest_runs_alone() -> None:
    query = filters.ask_failures(account="default", error="timeout_error", since="24h")
    runs, newest = Run.objects.matching(query, NOW, by="").failed(), [*Run.objects.all()[:1]]
    where, latest, *around = plans(lambda: rescues_of_groups(newest, runs))
    assert "SEARCH U0 USING INDEX run_fingerprint_at (fingerprint=?)" in where
    assert f"LIMIT 1 OFFSET {OF_EACH - 1}" in where
    assert "USING INDEX run_fingerprint_at (fingerprint=?" in latest
    for plan in (where, latest, *around):
        assert not re.search(ALL_READ, plan), plan
        indexes = set(re.findall(r"(?:SCAN|SEARCH) (?:U0|dashboard_run) .*INDEX (\w+)", plan))
        assert indexes <= {"run_fingerprint_at", "run_deployment_at", "run_undated"}, plan


@pytest.mark.sqlite
def test_what_is_handed_over_is_read_by_its_instants() -> None:
    snapshot = Snapshot(NOW)
    changed((Health.FAILING, 2), run_id=f"drun_{1:032x}")
    tables = ("dashboard_healthchange", "dashboard_definitionchange", "dashboard_slot", "dashboard_run")
    query = filters.ask_handover(since="24h")
    for plan in plans(lambda: handover(query, snapshot), *tables):
        assert re.search(
            r"INDEX (health_at|definition_change_at) \((at|seen_at)>\?"
            r"|INDEX health_after_until \(after=\?"
            r"|INDEX slot_outcome_at \(outcome=\? AND at>\? AND at<\?\)"
            r"|INTEGER PRIMARY KEY"
            r"|INDEX sqlite_autoindex_dashboard_run_1 \(account=\? AND run_id=\?\)"
            r"|INDEX run_status_at \(status=\? AND at>\? AND at<\?\)",
            plan,
        ), plan
