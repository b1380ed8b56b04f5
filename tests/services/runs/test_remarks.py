"""What a row says of a run that names no error: of every kind, in two queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.models import Deployment, Run, Slot
from dashboard.services.runs.remarks import remarks
from dashboard.services.runs.rows import rows
from dashboard.services.status.snapshot import Snapshot
from tests.factories import (
    NOW,
    Record,
    deployment_record,
    newer_shape,
    run_record,
    stored_deployments,
    stored_runs,
    text,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
AT = NOW - timedelta(hours=1)
RETRY: Record = {"trigger_context": {"type": "retry"}}
MANUAL: Record = {"trigger_context": {"type": "manual"}}


def note_of(*records: Record, usual_ms: int | None = 17_000, usual_of: int = 20, **changes: Any) -> str:
    """What the row of the first of those runs says; its deployment usually takes 17 s."""
    stored_deployments(deployment_record())
    [run, *_] = stored_runs(*records)
    Deployment.objects.update(usual_ms=usual_ms, usual_of=usual_of)
    Run.objects.filter(pk=run.pk).update(**changes)
    [row] = rows(Run.objects.filter(pk=run.pk).with_lateness(), Snapshot(NOW), with_remarks=True)
    return row.note


def with_length(duration_ms: int, **changes: Any) -> Record:
    return run_record(1, AT, duration_ms=duration_ms, **changes)


CASES: dict[str, tuple[Record, dict[str, Any], str]] = {
    "by hand": (run_record(1, AT, **MANUAL), {}, "started by hand"),
    "by hand, long": (with_length(39_100, **MANUAL), {}, "started by hand; 2.3 × usual"),
    "by hand, short": (with_length(3_400, **MANUAL), {}, "started by hand; 0.2 × usual"),
    "by hand, next to nothing": (with_length(100, **MANUAL), {}, "started by hand; under 0.1 × usual"),
    "by schedule, for no known slot": (with_length(18_700), {}, "about as long as usual"),
    "of no known length": (run_record(1, AT), {"duration_ms": None}, "started by its schedule"),
    "a slot that the API names": (
        run_record(1, AT, trigger_context={"type": "schedule", "scheduled_at": text(AT - 4 * SECOND)}),
        {},
        "on time, +4 s",
    ),
    "late by what the API names": (
        run_record(1, AT, trigger_context={"type": "schedule", "scheduled_at": text(AT - 4 * MINUTE)}),
        {},
        "late, +4 min",
    ),
    "before the slot that the API names": (
        run_record(1, AT, trigger_context={"type": "schedule", "scheduled_at": text(AT + SECOND)}),
        {},
        "on time",
    ),
    "a word nobody knows": (run_record(1, AT, trigger_context={"type": "webhook"}), {}, "trigger webhook"),
    "no trigger": (run_record(1, AT, trigger_context=None), {}, "trigger not reported"),
    "skipped": (run_record(1, AT, "skipped"), {}, "not started: the API skipped it"),
    "no outcome": (
        newer_shape(run_record(1, AT)),
        {},
        "started by its schedule",
    ),
    "running": (run_record(1, NOW - 20 * SECOND, "running", **MANUAL), {}, "started by hand"),
    "running for long": (
        run_record(1, NOW - 35 * SECOND, "running", **MANUAL),
        {},
        "started by hand; 2.0 × usual so far",
    ),
    "gone while running": (
        run_record(1, AT, "running"),
        {"gone_at": NOW, "open": False, "status": "gone"},
        "left the API before it was seen to finish",
    ),
    "a retry of nothing known": (run_record(1, AT, **RETRY), {}, "a retry"),
    "another try of nothing known": (
        run_record(1, AT, cas_run_extras={"attempt": 2}),
        {},
        "try 2",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_run_says_how_it_came_about(case: str) -> None:
    record, changes, wanted = CASES[case]
    assert note_of(record, **changes) == wanted


def test_what_is_usual_needs_five_runs() -> None:
    assert note_of(with_length(39_100, **MANUAL), usual_of=4) == "started by hand"
    assert note_of(with_length(39_100, **MANUAL), usual_ms=None) == "started by hand"


@pytest.mark.parametrize(
    ("late_s", "wanted"),
    [
        (0.0, "on time"),
        (0.6, "on time"),
        (4.2, "on time, +4 s"),
        (60.0, "on time, +1 min"),
        (61, "late, +1 min"),
    ],
)
def test_a_run_that_met_a_slot_says_how_well(late_s: float, wanted: str) -> None:
    met = {"run_id": f"drun_{1:032x}", "late_s": late_s, "seen_at": AT, "outcome": "on time"}
    for account in ("another", "default"):
        Slot.objects.create(account=account, deployment_id="dep_a", at=AT, **met)
    assert note_of(run_record(1, AT)) == wanted


def failed(number: int, ago: timedelta, **changes: Any) -> Record:
    return run_record(number, AT - ago, "failed", **changes)


@pytest.mark.parametrize(
    ("records", "wanted"),
    [
        ([run_record(1, AT, **RETRY), failed(2, 2 * MINUTE)], "retry of the run at 08:40"),
        (
            [run_record(1, AT, **RETRY), failed(2, 23 * 60 * MINUTE)],
            "retry of the run of Mon 15 Jun 09:42",
        ),
        ([run_record(1, AT, **RETRY), failed(2, 25 * 60 * MINUTE)], "a retry"),
        (
            [run_record(1, AT, **RETRY), failed(2, MINUTE, **RETRY), failed(3, 2 * MINUTE)],
            "retry of the run at 08:41",
        ),
        (
            [run_record(1, AT, cas_run_extras={"attempt": 2}), failed(2, MINUTE)],
            "try 2 of the run at 08:41",
        ),
        ([run_record(1, AT, **RETRY), failed(2, MINUTE, deployment_id="dep_b")], "a retry"),
    ],
)
def test_a_retry_says_of_what(records: list[Record], wanted: str) -> None:
    assert note_of(*records) == wanted


def test_any_number_of_runs_takes_two_queries() -> None:
    stored_runs(*(run_record(n, AT - n * MINUTE, **(RETRY if n % 2 else {})) for n in range(20)))
    runs = list(Run.objects.with_lateness())
    with CaptureQueriesContext(connection) as queries:
        assert len(remarks(runs)) == 20
    assert len(queries) == 2


def test_an_error_needs_no_other_words() -> None:
    stored_runs(run_record(1, AT, "failed", **MANUAL))
    [row] = rows(Run.objects.with_lateness(), Snapshot(NOW), with_remarks=True)
    assert row.note == ""
