"""What happened to a run that names no error: how it came about, and how long it took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from dashboard.domain.states import Outcome, SlotOutcome
from dashboard.web import formatting
from tests.compare.oracle.attempts import earlier_try, repeats
from tests.compare.oracle.promises import ON_TIME
from tests.compare.oracle.reading import SeenRun
from tests.compare.oracle.standing import FEWEST, Standing
from tests.compare.worlds import SECOND

BY_SCHEDULE = "started by its schedule"
ENDS = {
    Outcome.GONE: "left the API before it was seen to finish",
    Outcome.SKIPPED: "not started: the API skipped it",
}


def happened(
    run: SeenRun, standing: Standing | None, time: timedelta | None, others: Sequence[SeenRun]
) -> str:
    """All that is known, in clauses.

    time: how long it was, or has been going on; others: all runs of its deployment
    """
    if run.status in ENDS:
        return ENDS[run.status]
    came = _came(run, standing, others)
    length = _length(run, standing, time, in_any_case=came == BY_SCHEDULE)
    return length if length and came == BY_SCHEDULE else "; ".join(filter(None, (came, length)))


def _came(run: SeenRun, standing: Standing | None, others: Sequence[SeenRun]) -> str:
    if repeats(run):
        return _again(run, others)
    if run.trigger == "schedule" and (late := lateness(run, standing)) is not None:
        word = SlotOutcome.LATE if late > ON_TIME else SlotOutcome.ON_TIME
        return f"{word}, +{formatting.age(late)}" if late >= SECOND else word
    known = {"schedule": BY_SCHEDULE, "manual": "started by hand", "": "trigger not reported"}
    return known.get(run.trigger, f"trigger {run.trigger}")


def lateness(run: SeenRun, standing: Standing | None) -> timedelta | None:
    """How long after its slot it came; None where no slot is known."""
    if run.scheduled_at:
        return max(run.at - run.scheduled_at, timedelta())
    slots = standing.deployment.slots.values() if standing else ()
    met = [slot.late for slot in slots if slot.run_id == run.id and slot.outcome != SlotOutcome.DUE]
    return met[0] if met else None


def _again(run: SeenRun, others: Sequence[SeenRun]) -> str:
    number = f"try {run.attempt}" if run.trigger != "retry" else "retry"
    before = earlier_try(run, others)
    if before is None:
        return number if run.trigger != "retry" else "a retry"
    at, own = timezone.localtime(before.at), timezone.localtime(run.at)
    if at.date() == own.date():
        return f"{number} of the run at {at:%H:%M}"
    return f"{number} of the run of {formatting.moment(at)}"


def _length(run: SeenRun, standing: Standing | None, time: timedelta | None, *, in_any_case: bool) -> str:
    if not time or standing is None or not standing.usual_ms or len(standing.measured) < FEWEST:
        return ""
    times = time / timedelta(milliseconds=standing.usual_ms)
    if run.open:
        return f"{times:,.1f} × usual so far" if times >= 1.5 else ""
    if 0.5 < times < 1.5:
        return "about as long as usual" if in_any_case else ""
    return f"{times:,.1f} × usual" if times >= 0.1 else "under 0.1 × usual"
