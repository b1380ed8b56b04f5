"""Which filter's index answers a question: the one that leaves the fewest; the answer stays the same."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from dashboard.filters import Query
from dashboard.services.lists import listing
from dashboard.services.lists.paging import first
from dashboard.services.lists.questions import read_question
from dashboard.services.runs import counting
from dashboard.services.runs import list as run_list
from dashboard.services.runs.by_text import by_text
from dashboard.services.runs.leading import leading, way
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
HOUR = timedelta(hours=1)
PAIRS = (
    *("status=failed&trigger_type=manual", "error=timeout_error&agent_id=agent_a", "since=5h&status=failed"),
    *("since=9h&until=2h&has_error=true", "min_duration=1s&trigger_type=schedule", "q=timeout&status=failed"),
    *("deployment_q=b&agent_id=agent_a", "agent_id=agent_a&agent_id=agent_b&until=1h", "since=3h&q=dep_a"),
)


@pytest.fixture(autouse=True)
def stored() -> None:
    """Twelve runs, one an hour: every third one failed, every fourth one begun by hand."""
    live()
    stored_deployments(deployment_record("a"), deployment_record("b"))
    runs = []
    for n in range(12):
        kind = {"type": "manual" if n % 4 == 0 else "schedule"}
        record = run_record(n, NOW - n * HOUR, "completed" if n % 3 else "failed", trigger_context=kind)
        record["deployment_id"] = f"dep_{'ab'[n % 2]}"
        runs.append(record)
    stored_runs(*runs)


def asked(text: str) -> Query:
    return read_question("runs", QueryDict(text), Snapshot(NOW))


@pytest.mark.parametrize(
    ("text", "by", "few"),
    [
        ("status=failed&trigger_type=manual", "trigger_type", True),
        ("status=failed&trigger_type=schedule", "status", True),
        ("status=failed&trigger_type=manual&since=1h", "since", True),
        ("status=completed&trigger_type=schedule", "status", True),
        ("agent_id=agent_a&trigger_type=schedule&min_duration=1s", "agent_id", False),
        ("min_duration=1s&since=30d", "since", False),
        ("deployment_q=b&min_duration=1s", "deployments", True),
    ],
)
def test_the_filter_that_leaves_the_fewest_leads(
    text: str, by: str, few: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.services.runs.leading.MOST_LOOKED_UP", 8)
    lead = leading(asked(text), Snapshot(NOW))
    assert lead
    assert (lead.by, lead.few) == (by, few)


def test_what_no_index_answers_has_none() -> None:
    assert leading(asked("has_error=false&account=default"), Snapshot(NOW)) is None


@pytest.mark.parametrize("most", [0, 3])
@pytest.mark.parametrize("sort", ["-triggered_at", "duration"])
@pytest.mark.parametrize("text", PAIRS)
def test_a_page_is_the_same_whichever_filter_leads(
    text: str, sort: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "COUNT_TO", most)
    monkeypatch.setattr("dashboard.services.runs.leading.MOST_LOOKED_UP", most)
    query, snapshot = asked(f"{text}&sort={sort}"), Snapshot(NOW)
    rows = run_list.runs_matching(query, snapshot)
    column = "-at" if sort == "-triggered_at" else "duration_ms"
    wanted = [run.run_id for run in rows.order_by(column, "-run_id" if column == "-at" else "run_id")]
    page = run_list.list_runs(query, snapshot)
    if column == "-at":
        assert [row.id for row in page.rows] == wanted
    assert sorted(row.id for row in page.rows) == sorted(wanted)
    assert page.count.number == len(wanted) or page.count.at_least
    assert page.count.number <= len(wanted)


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("status=failed&sort=-duration", None),
        ("deployment_id=dep_a&sort=duration", "deployment_id"),
        ("trigger_type=schedule&sort=duration", ""),
        ("account=default&sort=duration", ""),
    ],
)
def test_the_longest_of_many_are_found_in_their_order(
    text: str, by: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.services.runs.leading.MOST_LOOKED_UP", 0)
    assert way(asked(text), None, Snapshot(NOW)).by == by


def test_a_text_that_means_many_runs_leads_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.services.runs.leading.MOST_LOOKED_UP", 0)
    monkeypatch.setattr("dashboard.models.run_search.MOST", 1)
    query, snapshot = asked("q=timeout&trigger_type=schedule"), Snapshot(NOW)
    chosen = way(query, snapshot.hits("timeout"), snapshot)
    assert isinstance(chosen.read, partial)
    assert (chosen.query.one("q"), chosen.by, chosen.read.func) == ("", "", by_text)


def test_of_few_runs_each_is_asked_whether_a_text_means_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.models.run_search.MOST", 1)
    query, snapshot = asked("q=timeout&trigger_type=manual"), Snapshot(NOW)
    assert way(query, snapshot.hits("timeout"), snapshot) == (query, "trigger_type", first)


@pytest.mark.parametrize(
    ("text", "by", "few"),
    [
        ("deployment_id=dep_a&has_error=true", "deployment_id", True),
        ("deployment_id=dep_a&error=timeout_error", "deployment_id", True),
        ("deployment_id=dep_a&status=failed", "deployment_id", True),
        ("agent_id=agent_a&has_error=true", "has_error", True),
        ("deployment_id=dep_a&status=completed&status=failed", "deployment_id", False),
    ],
)
def test_an_index_that_knows_another_filter_as_well_leaves_fewer(
    text: str, by: str, few: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.services.runs.leading.MOST_LOOKED_UP", 5)
    lead = leading(asked(text), Snapshot(NOW))
    assert lead
    assert (lead.by, lead.few) == (by, few)


@pytest.mark.sqlite  # of so few rows PostgreSQL reads any index
def test_runs_with_errors_are_counted_among_those_alone() -> None:
    for text in ("has_error=true", "error=timeout_error", "fingerprint=abc&account=default"):
        with CaptureQueriesContext(connection) as queries:
            counting.count_by_status(asked(text), ["failed", "completed"], Snapshot(NOW))
        assert "run_status" not in (plan := explained(queries.captured_queries[-1]["sql"])), plan


def explained(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        rows: list[Any] = cursor.fetchall()
    return "\n".join(str(row[-1]) for row in rows)
