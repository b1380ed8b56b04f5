"""Tries of one execution as one row: found beside a page and across its edge, whatever lies between."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from dashboard.models import Run
from dashboard.services.exports import atom, csv_json
from dashboard.services.lists.questions import read_question
from dashboard.services.runs import tries
from dashboard.services.runs.list import RunList, list_runs
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, Record, deployment_record, run_record, stored_deployments, stored_runs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
MINUTE = timedelta(minutes=1)
RETRY: Record = {"trigger_context": {"type": "retry"}}


def ids(*numbers: int) -> list[str]:
    return [f"drun_{number:032x}" for number in numbers]


def a_run(number: int, ago: float, status: str = "completed", **changes: object) -> Record:
    """A run so many minutes before now."""
    return run_record(number, NOW - ago * MINUTE, status, **changes)


def ask(query: str) -> RunList:
    return list_runs(read_question("runs", QueryDict(query), Snapshot(NOW)), Snapshot(NOW))


def shown(query: str) -> list[tuple[str, str]]:
    return [(row.id, row.tried) for row in ask(query).rows]


def store_three() -> None:
    """One execution of three tries, one of two that failed, a retry of nothing known, and one that failed."""
    stored_deployments(deployment_record(), deployment_record("b"))
    stored_runs(
        a_run(1, 60, "failed"),
        a_run(2, 55, "failed", **RETRY),
        a_run(3, 50, **RETRY),
        a_run(4, 40, "failed", deployment_id="dep_b"),
        a_run(5, 30, "failed", deployment_id="dep_b", cas_run_extras={"attempt": 2}),
        a_run(6, 20, **RETRY),
        a_run(7, 10, "failed"),
        a_run(8, 5, "failed", deployment_id=None),
    )


def test_tries_of_one_execution_are_one_row() -> None:
    store_three()
    assert [row.id for row in ask("").rows] == ids(8, 7, 6, 5, 4, 3, 2, 1)
    page = ask("retries=folded")
    assert [row.id for row in page.rows] == ids(8, 7, 6, 5, 3)
    assert [row.tried for row in page.rows] == [
        *("", "", ""),
        "2nd try, first failed 09:02",
        "3rd try, first failed 08:42",
    ]
    # Counts stay those of runs, and the foot of the page says how many of them it does not show.
    assert (page.count.number, page.pager.shown, page.pager.folded) == (8, 8, 3)
    assert [row.note for row in page.rows] == ["", "", "a retry", "", ""]


def test_the_last_try_is_the_one_that_filters_are_about() -> None:
    store_three()
    assert [run for run, _ in shown("retries=folded&status=failed")] == ids(8, 7, 5)
    assert shown("retries=folded&status=completed&deployment_id=dep_a") == [
        (*ids(6), ""),
        (*ids(3), "3rd try, first failed 08:42"),
    ]


def test_a_try_is_folded_across_the_edge_of_a_page() -> None:
    stored_deployments(deployment_record())
    stored_runs(
        *(a_run(n, n) for n in range(9)),
        a_run(20, 9, **RETRY),
        *(a_run(n, n, "failed") for n in (10, 11)),
    )
    first = ask("retries=folded&limit=10")
    assert first.rows[-1].tried == "2nd try, first failed 09:32"
    assert (first.pager.shown, first.pager.folded) == (10, 0)
    second = ask(first.pager.older_url.partition("?")[2])
    assert [row.id for row in second.rows] == ids(11)
    assert (second.pager.shown, second.pager.folded) == (2, 1)


def test_a_page_of_repeated_tries_alone_is_not_a_place_that_is_gone() -> None:
    stored_deployments(deployment_record())
    stored_runs(a_run(1, 3, **RETRY), a_run(2, 4, "failed"))
    page = ask("retries=folded&status=failed")
    assert (page.rows, page.pager.folded, page.first_page_url) == ([], 1, "")


def test_files_and_feeds_leave_out_the_same() -> None:
    store_three()
    for name, expected in (("", ids(8, 7, 6, 5, 4, 3, 2, 1)), ("retries=folded", ids(8, 7, 6, 5, 3))):
        query = read_question("runs.csv", QueryDict(name), Snapshot(NOW))
        assert [row["id"] for row in csv_json.run_rows(query, Snapshot(NOW), str)] == expected
        feed = atom.feed(read_question("runs.atom", QueryDict(name), Snapshot(NOW)), Snapshot(NOW), str)
        assert feed.count("<entry>") == len(expected)


def test_other_tries_are_looked_for_among_few_runs_on_each_side_within_a_day() -> None:
    stored_deployments(deployment_record())
    stored_runs(
        a_run(1, 24 * 60, "failed"),
        a_run(2, 0, **RETRY),
        a_run(100, 2 * 24 * 60, "failed"),
        *(a_run(101 + n, 2 * 24 * 60 - 1 - n) for n in range(tries.NEAR - 1)),
        a_run(200, 2 * 24 * 60 - 100, **RETRY),
        a_run(300, 6 * 24 * 60, "failed"),
        *(a_run(301 + n, 6 * 24 * 60 - 1 - n) for n in range(tries.NEAR)),
        a_run(400, 6 * 24 * 60 - 100, **RETRY),
    )
    runs = {run.pk: run.run_id for run in Run.objects.all()}
    with CaptureQueriesContext(connection) as queries:
        executions = tries.executions_of(Run.objects.filter(run_id__in=ids(1, 100, 300)))
    assert len(queries) == 3  # one for the runs themselves
    lengths = {runs[pk]: len(execution.tries) for pk, execution in executions.items()}
    assert lengths == dict(zip(ids(1, 100, 300), (2, 2, 1), strict=True))


def test_runs_that_cannot_have_other_tries_ask_nothing() -> None:
    stored_runs(a_run(1, 3), a_run(2, 4, "skipped"), a_run(3, 5, "failed", deployment_id=None))
    runs = list(Run.objects.all())
    with CaptureQueriesContext(connection) as queries:
        assert tries.fold(runs).runs == runs
    assert len(queries) == 0


@pytest.mark.parametrize(
    ("number", "ordinal"),
    [(2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"), (21, "21st")],
)
def test_any_number_of_tries_is_counted(number: int, ordinal: str) -> None:
    stored_deployments(deployment_record())
    stored_runs(*(a_run(n, 30 - n, "failed", **(RETRY if n else {})) for n in range(number)))
    assert shown("retries=folded") == [(*ids(number - 1), f"{ordinal} try, first failed 09:12")]
