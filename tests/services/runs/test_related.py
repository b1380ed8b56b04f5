"""The runs beside a run: neighbours, tries of the same execution, and the one that was in the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dashboard.models import Run
from dashboard.services.runs import related, tries
from dashboard.services.runs.related import RelatedRuns
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.sync.store import mark_run_gone
from tests.factories import NOW, Record, run_record, stored_runs, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
MINUTE = timedelta(minutes=1)


def ago(number: int, minutes: float, status: str = "completed", **changes: Any) -> Record:
    return run_record(number, NOW - minutes * MINUTE, status, **changes)


def retry(number: int, minutes: float, attempt: int, status: str = "failed") -> Record:
    return ago(
        number, minutes, status, trigger_context={"type": "retry"}, cas_run_extras={"attempt": attempt}
    )


def beside(number: int) -> RelatedRuns:
    return related.related_runs(
        Run.objects.get(run_id=f"drun_{number:032x}", account="default"), Snapshot(NOW)
    )


def number(row: Any) -> int | None:
    return int(row.id.removeprefix("drun_"), 16) if row else None


def test_the_neighbours_are_the_nearest_of_the_same_deployment_and_account() -> None:
    stored_runs(*(ago(n, 10 * n) for n in range(1, 6)), ago(9, 29, deployment_id="dep_b"))
    stored_runs(ago(8, 31), account="other")
    neighbours = beside(3)
    assert (number(neighbours.earlier), number(neighbours.later), number(neighbours.row)) == (4, 2, 3)


def test_of_one_instant_the_id_tells_which_comes_first() -> None:
    stored_runs(ago(1, 5), ago(2, 5), ago(3, 5))
    assert (number(beside(2).earlier), number(beside(2).later)) == (1, 3)
    assert (number(beside(1).earlier), number(beside(3).later)) == (None, None)


def test_a_run_of_no_deployment_has_nobody_beside_it() -> None:
    stored_runs(ago(1, 5, deployment_id=None), ago(2, 4, "skipped", deployment_id=None), ago(3, 3))
    neighbours = beside(2)
    assert (neighbours.earlier, neighbours.later, neighbours.tries.rows) == (None, None, ())
    assert neighbours.in_the_way is not None
    assert neighbours.in_the_way.row is None


def test_the_tries_of_one_execution_are_shown_together_from_each_of_them() -> None:
    stored_runs(ago(1, 60), ago(2, 50, "failed"), retry(3, 49, 2), retry(4, 48, 3, "completed"), ago(5, 40))
    for each in (2, 3, 4):
        tries = beside(each).tries
        assert [number(row) for row in tries.rows] == [2, 3, 4]
        assert tries.basis.startswith("Inferred, since the API does not link retries: looked for among")
    assert beside(1).tries.rows == beside(5).tries.rows == ()


def test_a_retry_without_its_failure_says_that_none_was_found() -> None:
    stored_runs(retry(1, 5, 3, "completed"), ago(2, 3 * 24 * 60, "failed"))
    tries = beside(1).tries
    assert [number(row) for row in tries.rows] == [1]
    assert tries.basis.startswith("The API calls this try 3. No earlier try was found")
    stored_runs(retry(3, 6000, 1))
    assert beside(3).tries.basis.startswith("The API calls this a retry.")


def test_only_some_runs_are_looked_at_for_tries() -> None:
    stored_runs(ago(1, 600, "failed"), *(ago(n, 600 - n) for n in range(2, tries.NEAR + 3)), retry(99, 1, 2))
    assert [number(row) for row in beside(99).tries.rows] == [99]


@pytest.mark.parametrize(
    ("others", "in_the_way"),
    [
        ([], None),
        ([ago(1, 20, "running")], 1),
        ([ago(1, 20, "pending")], 1),
        ([ago(1, 20, completed_at=text(NOW - 5 * MINUTE))], 1),
        ([ago(1, 20, "failed", completed_at=text(NOW - 5 * MINUTE))], 1),
        ([ago(1, 20)], None),  # it had ended
        ([ago(1, 20, completed_at=None)], None),  # when it ended is not known
        ([ago(1, 20, "skipped", completed_at=text(NOW))], None),
        ([ago(1, 5, "running")], None),  # it came later
        ([ago(1, 20, "running", deployment_id="dep_b")], None),
        ([ago(1, 30, "running"), ago(2, 20, "running")], 2),
        ([ago(1, 20, "running"), *(ago(n, 20 - n / 10, "skipped") for n in range(2, 60))], 1),
    ],
)
def test_what_was_in_progress_was_in_the_way(others: list[Record], in_the_way: int | None) -> None:
    stored_runs(ago(99, 10, "skipped"), *others)
    result = beside(99).in_the_way
    assert result is not None
    assert number(result.row) == in_the_way
    assert result.basis.startswith("Inferred: it was in progress" if in_the_way else "Not known: of up to 50")


@pytest.mark.parametrize(
    ("others", "words"), [(0, ""), (1, ", and so was an older one"), (3, ", and so were 3 older ones")]
)
def test_of_several_in_progress_the_newest_is_shown_and_the_others_are_counted(
    others: int, words: str
) -> None:
    stored_runs(ago(99, 10, "skipped"), *(ago(n, 20 + n, "running") for n in range(1, others + 2)))
    in_the_way = beside(99).in_the_way
    assert in_the_way is not None
    assert number(in_the_way.row) == 1
    assert in_the_way.basis == f"Inferred: it was in progress at that moment{words}."


@pytest.mark.parametrize(("gone", "in_the_way"), [(5, 1), (15, None)])
def test_what_left_the_api_is_in_the_way_as_long_as_it_was_seen(gone: int, in_the_way: int | None) -> None:
    [*_, run] = stored_runs(ago(99, 10, "skipped"), ago(1, 20, "running"))
    mark_run_gone(run, NOW - gone * MINUTE)
    result = beside(99).in_the_way
    assert result is not None
    assert number(result.row) == in_the_way


@pytest.mark.parametrize(("tail", "named"), [("", True), (".", True), ("0", False)])
def test_a_run_in_the_way_that_the_api_names_is_not_called_inferred(tail: str, named: bool) -> None:
    error = {"type": "concurrency_limit_reached", "message": f"Blocked by drun_{1:032x}{tail}"}
    stored_runs(ago(1, 20, "running"), ago(99, 10, "skipped", error=error))
    in_the_way = beside(99).in_the_way
    assert in_the_way is not None
    assert (in_the_way.basis == "The API names it.") == named


@pytest.mark.parametrize("status", ["completed", "failed", "running", "pending", "cancelled"])
def test_only_a_skipped_run_has_something_in_the_way(status: str) -> None:
    stored_runs(ago(1, 20, "running"), ago(99, 10, status))
    assert beside(99).in_the_way is None
