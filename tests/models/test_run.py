"""What became of a run, and the questions that are asked about runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from dashboard.models import Deployment, Outcome, Run
from tests.factories import NOW, newer_shape, run_record, stored_deployments, stored_runs

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "has_error", "session_id", "outcome"),
    [
        ("completed", False, "sess_1", "completed"),
        ("completed", True, "", "completed"),  # the API's own word wins over anything we could guess
        ("skipped", False, "", "skipped"),
        ("cancelled", True, "sess_1", "cancelled"),
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
    found = [(run.run_id[-1], run.account) for run in Run.objects.newest_first()]
    assert found == [("2", "other"), ("2", "default"), ("1", "default"), ("3", "default")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (None, None, [0, 1, 2]),
        (NOW - HOUR, None, [0, 1]),  # the bound itself is in
        (None, NOW - HOUR, [2]),  # and here it is out
        (NOW - HOUR, NOW, [1]),
        (NOW, NOW, []),
    ],
)
def test_a_span_takes_in_its_beginning_and_leaves_out_its_end(
    since: datetime | None, until: datetime | None, found: list[int]
) -> None:
    stored_runs(*(run_record(n, NOW - n * HOUR) for n in range(3)))
    within = Run.objects.within(since, until).newest_first()
    assert [int(run.run_id[-1]) for run in within] == found


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("drun_00000000000000000000000000000001", [1]),
        ("sess_00000000000000000000000000000002", [2]),
        ("QUOTA", [3]),
        ("disk is FULL", [3]),
        ("nightly", [1, 2]),
        ("100%", []),
        ("_", [1, 2, 3]),
        ("nothing of that", []),
    ],
)
def test_text_is_sought_in_ids_sessions_errors_and_names(text: str, found: list[int]) -> None:
    stored_deployments({"id": "dep_a", "name": "Nightly report"})
    error = {"type": "quota_error", "message": "The disk is full"}
    stored_runs(
        run_record(1, NOW),
        run_record(2, NOW),
        run_record(3, NOW, "failed", deployment_id="dep_b", error=error),
    )
    named = Deployment.objects.containing(text).values("deployment_id")
    assert sorted(int(run.run_id[-1]) for run in Run.objects.containing(text, named)) == found


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
    assert run.attempt == 3
    assert run.started_at == NOW + timedelta(seconds=1)
    assert run.completed_at == NOW + timedelta(seconds=18)
    assert run.payload["type"] == "deployment_run"


@pytest.mark.django_db
@pytest.mark.parametrize("extras", [None, [], "two", {"attempt": "2", "started_at": 7}])
def test_extras_that_are_not_what_they_should_be_are_not_known(extras: Any) -> None:
    [run] = stored_runs(run_record(1, NOW, cas_run_extras=extras, completed_at="soon"))
    assert (run.attempt, run.started_at, run.completed_at) == (None, None, None)


@pytest.mark.django_db
def test_a_record_of_the_newer_shape_tells_no_times_but_its_creation() -> None:
    [run] = stored_runs(newer_shape(run_record(1, NOW)))
    assert (run.status, run.at, run.attempt, run.completed_at) == ("started", NOW, None, None)
