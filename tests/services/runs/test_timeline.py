"""What happened to a run, in order: tables of cases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from dashboard.services.runs import timeline
from dashboard.services.runs.timeline import Timeline, TimelineStep
from tests.factories import NOW, Record, newer_shape, run_record, stored_runs, text

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
AT = NOW - timedelta(minutes=10)
SCHEDULED = {"type": "schedule", "scheduled_at": text(AT - 4 * SECOND)}
BY_HAND: Record = {"trigger_context": {"type": "manual"}}


def order(record: Record, promised_at: datetime | None = None, **changes: Any) -> Timeline:
    [run] = stored_runs(record)
    for name, value in changes.items():
        setattr(run, name, value)
    return timeline.timeline(run, promised_at, NOW)


def test_a_run_is_promised_triggered_started_and_completed_with_the_gaps_between() -> None:
    result = order(run_record(1, AT), AT - 4 * SECOND)
    assert result.steps == (
        TimelineStep("Promised", AT - 4 * SECOND, "", "inferred: the nearest slot, the API names none"),
        TimelineStep("Triggered", AT, "4 s later"),
        TimelineStep("Started", AT + SECOND, "1 s later"),
        TimelineStep("Completed", AT + 18 * SECOND, "17 s later", "", "completed"),
    )
    assert result.unknown == ()


def test_a_slot_that_the_api_names_goes_before_one_that_was_found() -> None:
    record = run_record(1, AT, trigger_context=SCHEDULED)
    [promised, *_] = order(record, AT - 9 * SECOND).steps
    assert promised == TimelineStep("Promised", AT - 4 * SECOND, "", "the slot that the API names")


def steps_of(result: Timeline) -> list[str]:
    return [step.word for step in result.steps]


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (run_record(1, AT, "failed", **BY_HAND), ["Triggered", "Failed"]),
        (run_record(1, AT, "skipped", **BY_HAND), ["Triggered"]),
        (run_record(1, AT, "skipped", completed_at=text(AT), **BY_HAND), ["Triggered", "Skipped"]),
        (run_record(1, AT, "running", **BY_HAND), ["Triggered", "Started", "Still running"]),
        (run_record(1, AT, "pending", **BY_HAND), ["Triggered", "Still pending"]),
        (run_record(1, AT, "cancelled", **BY_HAND), ["Triggered"]),
        (run_record(1, AT, "cancelled", completed_at=text(AT), **BY_HAND), ["Triggered", "Ended"]),
        (newer_shape(run_record(1, AT, **BY_HAND)), ["Created"]),
        (newer_shape(run_record(1, AT, "failed", **BY_HAND)), ["Created"]),
        # Never called completed unless the API says so, even where it tells an end.
        (newer_shape(run_record(1, AT)) | {"completed_at": text(NOW)}, ["Created", "Ended"]),
        ({"id": "drun_1", "status": "pending"}, ["First read", "Still pending"]),
        ({"id": "drun_1", "status": "completed", "completed_at": text(AT)}, ["Completed"]),
    ],
)
def test_what_is_not_reported_is_no_step(record: Record, words: list[str]) -> None:
    assert steps_of(order(record)) == words


SLOT = "For which slot it was triggered is not known: the API does not say, and none fits its time."


@pytest.mark.parametrize(
    ("record", "sentences"),
    [
        (run_record(1, AT), [SLOT]),
        (run_record(1, AT, trigger_context=SCHEDULED), []),
        (run_record(1, AT, **BY_HAND), []),
        (run_record(1, AT, cas_run_extras={}, **BY_HAND), ["When it started is not known."]),
        (run_record(1, AT, completed_at=None, **BY_HAND), ["When it ended is not known."]),
        (
            run_record(1, AT, "failed", **BY_HAND),
            ["It did not start: the API names neither a start nor a session."],
        ),
        (
            run_record(1, AT, "failed", session_id="sess_1", **BY_HAND),
            ["When it started is not known."],
        ),
        (run_record(1, AT, "cancelled", **BY_HAND), ["When it ended is not known."]),
        (newer_shape(run_record(1, AT, **BY_HAND)), ["How and when it ended is not known."]),
        (run_record(1, AT, "running", **BY_HAND), []),
        (run_record(1, AT, "skipped", **BY_HAND), []),
    ],
)
def test_what_a_reader_would_look_for_is_shown_not_to_be_reported(
    record: Record, sentences: list[str]
) -> None:
    assert list(order(record).unknown) == sentences


def test_a_slot_that_was_found_is_missed_by_nobody() -> None:
    assert order(run_record(1, AT), AT).unknown == ()


def test_what_goes_on_is_shown_up_to_now() -> None:
    last = order(run_record(1, AT, "running")).steps[-1]
    assert last == TimelineStep("Still running", NOW, "9 min 59 s later", "as last read", "running")


def test_a_run_that_left_the_api_is_shown_up_to_then() -> None:
    shown = order(run_record(1, AT, "running"), gone_at=NOW - SECOND, open=False, status="gone")
    last, note = shown.steps[-1], "before it was seen to finish; noticed then, it may have left earlier"
    assert (last.word, last.at, last.note) == ("Left the API", NOW - SECOND, note)
    assert "How and when it ended is not known." in shown.unknown


def test_two_clocks_that_disagree_are_not_smoothed_over() -> None:
    record = run_record(1, AT, completed_at=text(AT - 2 * SECOND))
    record["cas_run_extras"]["started_at"] = text(AT)
    gaps = [step.gap for step in order(record).steps]
    assert gaps == ["", "at the same instant", "2 s earlier, by the API's clocks"]
