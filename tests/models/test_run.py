"""What became of a run, and the questions that are asked about runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from dashboard.domain.states import OTHER_OUTCOMES, Outcome
from dashboard.models import Run
from dashboard.services.sync.store import mark_run_gone
from tests.factories import NOW, newer_shape, run_record, stored_runs

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "has_error", "session_id", "outcome"),
    [
        ("completed", False, "sess_1", "completed"),
        ("completed", True, "", "completed"),  # the API's own word wins over anything we could guess
        ("skipped", False, "", "skipped"),
        ("cancelled", True, "sess_1", "failed"),  # with an error it failed, whatever it is called
        ("cancelled", False, "sess_1", "cancelled"),
        ("late", False, "", "“late”"),  # a word of ours for slots is not taken for that
        (None, True, "sess_1", "failed"),
        (None, True, "", "failed"),
        ("", True, "", "failed"),
        (None, False, "sess_1", "started"),
        (None, False, "", "pending"),
        ("", False, "", "pending"),
    ],
)
def test_an_outcome_is_the_own_word_of_the_record_or_what_its_fields_allow(
    status: str | None, has_error: bool, session_id: str, outcome: str
) -> None:
    assert Outcome.of(status, has_error=has_error, session_id=session_id) == outcome


@pytest.mark.django_db
def test_the_newest_run_comes_first_and_ties_go_by_id() -> None:
    stored_runs(run_record(1, NOW), run_record(3, NOW - HOUR), run_record(2, NOW))
    stored_runs(run_record(2, NOW), account="other")
    rows = [(run.run_id[-1], run.account) for run in Run.objects.newest_first()]
    assert rows == [("2", "other"), ("2", "default"), ("1", "default"), ("3", "default")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("since", "until", "values"),
    [
        (None, None, [0, 1, 2]),
        (NOW - HOUR, None, [0, 1]),  # the bound itself is in
        (None, NOW - HOUR, [2]),  # and here it is out
        (NOW - HOUR, NOW, [1]),
        (NOW, NOW, []),
    ],
)
def test_a_span_takes_in_its_beginning_and_leaves_out_its_end(
    since: datetime | None, until: datetime | None, values: list[int]
) -> None:
    stored_runs(*(run_record(n, NOW - n * HOUR) for n in range(3)))
    within = Run.objects.within(since, until).newest_first()
    assert [int(run.run_id[-1]) for run in within] == values


@pytest.mark.django_db
def test_only_runs_of_that_account_that_may_still_change_are_open() -> None:
    stored_runs(*(run_record(n, NOW, status) for n, status in enumerate(("running", "pending", "completed"))))
    stored_runs(run_record(7, NOW, "running"), account="other")
    assert sorted(run.run_id[-1] for run in Run.objects.open("default")) == ["0", "1"]


@pytest.mark.django_db
def test_a_run_reads_what_has_no_column_from_its_record() -> None:
    [run] = stored_runs(
        run_record(1, NOW, cas_run_extras={"attempt": 3, "started_at": "2026-06-16T09:42:01Z"})
    )
    assert str(run) == run.run_id
    assert run.record.attempt == 3
    assert run.record.started_at == NOW + timedelta(seconds=1)
    assert run.record.completed_at == NOW + timedelta(seconds=18)
    assert '"type": "deployment_run"' in run.record_text


@pytest.mark.django_db
@pytest.mark.parametrize("extras", [None, [], "two", {"attempt": "two", "started_at": 7}])
def test_extras_that_are_not_what_they_should_be_are_not_known(extras: Any) -> None:
    [run] = stored_runs(run_record(1, NOW, cas_run_extras=extras, completed_at="soon"))
    assert (run.record.attempt, run.record.started_at, run.record.completed_at) == (None, None, None)


@pytest.mark.django_db
def test_a_record_of_the_newer_shape_tells_no_times_but_its_creation() -> None:
    [run] = stored_runs(newer_shape(run_record(1, NOW)))
    assert (run.status, run.at, run.record.attempt, run.record.completed_at) == ("started", NOW, None, None)


@pytest.mark.django_db
def test_every_run_has_those_before_it_and_those_after_it_in_the_one_order() -> None:
    at = {1: NOW, 2: NOW - HOUR, 3: NOW, 4: NOW - 2 * HOUR, 5: NOW}
    stored_runs(*(run_record(n, moment) for n, moment in at.items()))
    order = [run.run_id for run in Run.objects.newest_first()]
    for position, run in enumerate(Run.objects.newest_first()):
        assert [row.run_id for row in Run.objects.before(run)] == order[position + 1 :]
        assert [row.run_id for row in Run.objects.after(run)] == order[:position][::-1]


@pytest.mark.django_db
def test_beside_a_run_are_the_others_of_its_deployment_and_account() -> None:
    [run, _] = stored_runs(run_record(1, NOW), run_record(2, NOW))
    stored_runs(run_record(3, NOW, deployment_id="dep_b"))
    stored_runs(run_record(4, NOW), account="other")
    assert [row.run_id[-1] for row in Run.objects.beside(run)] == ["2"]
    [lone, _] = stored_runs(run_record(5, NOW, deployment_id=None), run_record(6, NOW, deployment_id=None))
    assert not Run.objects.beside(lone)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "changes", "gone_at", "live", "in_progress"),
    [
        ("running", {}, None, True, True),
        ("running", {}, NOW + HOUR, False, True),
        ("running", {}, NOW - HOUR / 2, False, False),
        ("completed", {}, None, False, False),
        ("completed", {"completed_at": "2026-06-16T09:42:01Z"}, None, False, True),
        ("completed", {"completed_at": None}, None, False, False),  # when it ended is not known
    ],
)
def test_a_run_is_in_progress_until_it_ends_or_is_listed_no_more(
    status: str, changes: Any, gone_at: datetime | None, live: bool, in_progress: bool
) -> None:
    [run] = stored_runs(run_record(1, NOW - HOUR, status, **changes))
    if gone_at:
        mark_run_gone(run, gone_at)
    assert (run.live, run.in_progress_at(NOW)) == (live, in_progress)
    assert not run.in_progress_at(NOW - 2 * HOUR)


@pytest.mark.django_db
def test_outcomes_that_are_not_named_are_counted_together() -> None:
    stored_runs(*(run_record(n, NOW, word) for n, word in enumerate(("failed", "cancelled", "odd", "odd"))))
    counts = Run.objects.count_by_status(["failed", "completed", OTHER_OUTCOMES], 10)
    assert counts == {"failed": 1, "completed": 0, OTHER_OUTCOMES: 3}
