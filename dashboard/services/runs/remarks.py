"""What happened to runs where no error says it: came on time, repeats another, took long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

from django.utils import timezone

from dashboard.domain import retries, slots
from dashboard.domain.retries import RETRY, Try
from dashboard.domain.states import Outcome, SlotOutcome
from dashboard.domain.thresholds import FEWEST
from dashboard.models import Key, Run
from dashboard.services.runs.duration import Measure
from dashboard.web import formatting

LOOKED_AT = 500  # runs before those of a page, among which what they repeat is looked for
BY_SCHEDULE = "started by its schedule"  # for which instant is not known
_SHORT, _LONG = 0.5, 1.5  # times the usual, beyond which a duration is worth a word
_LEAST = 0.1  # times the usual that are given in figures
_ENDS = {
    Outcome.GONE: "left the API before it was seen to finish",
    Outcome.SKIPPED: "not started: the API skipped it",
    Outcome.STARTED: "a session was started; the API does not report how it ended",
}


def remarks(runs: Collection[Run]) -> dict[int, str]:
    """How each of those runs came about, by its key; one query where some repeat others, else none.

    runs: read `with_lateness`
    """
    repeated = _repeated(runs)
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
    if _SHORT < times < _LONG and not in_any_case:
        return ""
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
    at, own = timezone.localtime(repeated.at), timezone.localtime(run.at)
    same_day = at.date() == own.date()
    return (
        f"{number} of the run at {at:%H:%M}"
        if same_day
        else f"{number} of the run of {formatting.moment(at)}"
    )


def _lateness(run: Run) -> timedelta | None:
    """How long after its promise it came: the slot that the API names, or the one that it met."""
    if run.trigger_type != "schedule" or not run.dated:
        return None
    if run.record.scheduled_at:
        return max(run.at - run.record.scheduled_at, timedelta())
    return None if run.late_s is None else timedelta(seconds=run.late_s)


def _repeated(runs: Collection[Run]) -> dict[int, Try]:
    """The try before each of those runs that are another try, where it is found; inferred, see `retries`."""
    again = [run for run in runs if run.as_try.repeats and run.dated and run.deployment_id]
    if not again:
        return {}
    before: dict[tuple[Key, str], Try] = {}
    for key, tries in _tries(again):
        for execution in retries.executions(tries):
            for earlier, later in zip(execution.tries, execution.tries[1:], strict=False):
                before[key, later.run_id] = earlier
    keyed = {run.pk: ((run.account, run.deployment_id), run.run_id) for run in again}
    return {pk: before[place] for pk, place in keyed.items() if place in before}


def _tries(again: Sequence[Run]) -> Iterator[tuple[Key, list[Try]]]:
    """The runs of the same deployments within a day before, as tries, the newest of them."""
    rows = Run.objects.for_deployments({(run.account, run.deployment_id) for run in again}).dated()
    since, until = min(run.at for run in again) - retries.REPEATED_WITHIN, max(run.at for run in again)
    grouped: dict[Key, list[Try]] = defaultdict(list)
    for key, attempt in rows.filter(at__gte=since, at__lte=until).newest_first()[:LOOKED_AT].tries():
        grouped[key].append(attempt)
    yield from grouped.items()
