"""What happened to runs where no error says it: came on time, repeats another, took long."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from itertools import pairwise

from dashboard.domain import slots
from dashboard.domain.retries import RETRY, Execution, Try
from dashboard.domain.states import Outcome, SlotOutcome
from dashboard.domain.thresholds import FEWEST
from dashboard.models import Run
from dashboard.services.runs import tries
from dashboard.services.runs.duration import Measure
from dashboard.web import formatting
from dashboard.web.local_clock import clock

BY_SCHEDULE = "started by its schedule"  # for which instant is not known
_SHORT, _LONG = 0.5, 1.5  # times the usual, beyond which a duration is worth a word
_LEAST = 0.1  # times the usual that are given in figures
_ENDS = {
    Outcome.GONE: "left the API before it was seen to finish",
    Outcome.SKIPPED: "not started: the API skipped it",
}


def remarks(runs: Collection[Run], executions: Mapping[int, Execution] | None = None) -> dict[int, str]:
    """How each of those runs came about, by its key; two queries where some repeat others, else none.

    runs: read `with_lateness`; executions: theirs, where these are known already
    """
    repeated = _repeated(runs, executions)
    return {run.pk: _came(run, _lateness(run), repeated.get(run.pk)) for run in runs}


def what_happened(run: Run, came: str, elapsed: timedelta | None, measure: Measure) -> str:
    """All that a row says of a run that names no error, in clauses.

    came: see `remarks`; elapsed: how long it took, or has been running
    """
    if run.status in _ENDS:
        return _ENDS[run.status]
    length = _length(run, elapsed, measure, in_any_case=came == BY_SCHEDULE)
    return length if length and came == BY_SCHEDULE else "; ".join(filter(None, (came, length)))


def _length(run: Run, elapsed: timedelta | None, measure: Measure, *, in_any_case: bool) -> str:
    """How a duration compares with the usual, where that is known, and it is far from it or in any case."""
    if not elapsed or not measure.usual or measure.usual_of < FEWEST:
        return ""
    times = elapsed / measure.usual
    if run.live:
        return f"{times:,.1f} × usual so far" if times >= _LONG else ""
    if _SHORT < times < _LONG:
        return "about as long as usual" if in_any_case else ""
    return f"{times:,.1f} × usual" if times >= _LEAST else f"under {_LEAST} × usual"


def _came(run: Run, late: timedelta | None, repeated: Try | None) -> str:
    if run.as_try.repeats:
        return _repeats(run, repeated)
    if late is not None:
        return _punctual(late)
    known = {"schedule": BY_SCHEDULE, "manual": "started by hand", "": "trigger not reported"}
    return known.get(run.trigger_type, f"trigger {run.trigger_type}")


def _punctual(late: timedelta) -> str:
    word = SlotOutcome.LATE if slots.is_late(late) else SlotOutcome.ON_TIME
    return f"{word}, +{formatting.age(late)}" if late >= timedelta(seconds=1) else word


def _repeats(run: Run, repeated: Try | None) -> str:
    number = f"try {run.record.attempt}" if run.trigger_type != RETRY else "retry"
    if repeated is None:
        return number if run.trigger_type != RETRY else "a retry"
    at = clock(repeated.at, beside=run.at)
    return f"{number} of the run {'of' if ' ' in at else 'at'} {at}"


def _lateness(run: Run) -> timedelta | None:
    """How long after its promise it came: the slot that the API names, or the one that it met."""
    if run.trigger_type != "schedule" or not run.dated:
        return None
    if run.record.scheduled_at:
        return max(run.at - run.record.scheduled_at, timedelta())
    return None if run.late_s is None else timedelta(seconds=run.late_s)


def _repeated(runs: Collection[Run], known: Mapping[int, Execution] | None) -> dict[int, Try]:
    """The try before each of those runs that are another try, where it is found; inferred, see `retries`."""
    again = [run for run in runs if run.as_try.repeats]
    executions = tries.executions_of(again) if known is None else known
    return {
        run.pk: earlier
        for run in again
        if run.pk in executions
        for earlier, own in pairwise(executions[run.pk].tries)
        if own.run_id == run.run_id
    }
