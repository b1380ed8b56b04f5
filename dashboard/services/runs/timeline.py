"""What happened to a run, in order: each step with the gap to the one before, and what it is based on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from dashboard.domain.states import Outcome
from dashboard.models import Run
from dashboard.web import formatting

# The API calls the end of a run `completed_at` whatever became of it: the outcome names the step.
_ENDS = {Outcome.COMPLETED: "Completed", Outcome.FAILED: "Failed", Outcome.SKIPPED: "Skipped"}
_GOES_ON = {Outcome.RUNNING: "Still running", Outcome.PENDING: "Still pending"}


@dataclass(frozen=True)
class TimelineStep:
    """One thing that happened.

    state: the state it is coloured by, empty for a plain one
    gap: how long after the step before, in words; note: its basis, where that is not the API's own field
    """

    word: str
    at: datetime
    gap: str = ""
    note: str = ""
    state: str = ""


@dataclass(frozen=True)
class Timeline:
    """The steps that are known, and in sentences what is not known."""

    steps: tuple[TimelineStep, ...]
    unknown: tuple[str, ...]


def timeline(run: Run, promised_at: datetime | None, now: datetime) -> Timeline:
    """What is known to have happened.

    promised_at: the slot that the run is taken to have met
    """
    return Timeline(_steps(run, promised_at, now), _unknown(run, promised_at))


def _steps(run: Run, promised_at: datetime | None, now: datetime) -> tuple[TimelineStep, ...]:
    collected = [*_first_read(run), *_promised(run, promised_at), *_reported(run), *_since(run, now)]
    gaps = ["", *(_gap(before.at, after.at) for before, after in pairwise(collected))]
    return tuple(
        TimelineStep(row.word, row.at, gap, row.note, row.state)
        for row, gap in zip(collected, gaps, strict=True)
    )


def _unknown(run: Run, promised_at: datetime | None) -> tuple[str, ...]:
    """What a reader would look for among the steps, and why it is not there."""
    record, rated = run.record, run.status in Outcome.RATED
    no_end = record.completed_at is None
    why = {
        "For which slot it was triggered is not known: the API does not say, and none fits its time.": (
            run.trigger_type == "schedule" and not (promised_at or run.record.scheduled_at)
        ),
        "When it started is not known.": rated and run.record.started_at is None and bool(run.session_id),
        "It did not start: the API names neither a start nor a session.": (
            run.status == Outcome.FAILED and run.record.started_at is None and not run.session_id
        ),
        "When it ended is not known.": (rated or run.status not in Outcome.KNOWN) and no_end,
        "How and when it ended is not known.": run.status in Outcome.OURS and no_end,
    }
    unread = (
        f"Not understood in the record: {item.field}, which is {item.value}."
        for item in record.not_understood
    )
    return (*(sentence for sentence, holds in why.items() if holds), *unread)


def _first_read(run: Run) -> Iterator[TimelineStep]:
    """When it was first read, of a run of which nothing else tells when it was there."""
    if not run.dated:
        yield TimelineStep("First read", run.first_read_at, note="by the clock of this dashboard")


def _promised(run: Run, promised_at: datetime | None) -> Iterator[TimelineStep]:
    if run.record.scheduled_at:
        yield TimelineStep("Promised", run.record.scheduled_at, note="the slot that the API names")
    elif promised_at:
        yield TimelineStep("Promised", promised_at, note="inferred: the nearest slot, the API names none")


def _reported(run: Run) -> Iterable[TimelineStep]:
    record = run.record
    if record.triggered_at:
        yield TimelineStep("Triggered", record.triggered_at)
    elif record.created_at:
        yield TimelineStep("Created", record.created_at, note="when it was triggered is not known")
    if record.started_at:
        yield TimelineStep("Started", record.started_at)
    if record.completed_at:
        word = _ENDS.get(run.status, "Ended")
        yield TimelineStep(word, record.completed_at, state=run.status if word != "Ended" else "")


def _since(run: Run, now: datetime) -> Iterator[TimelineStep]:
    """What goes on, or that the API lists it no more."""
    if run.gone_at:
        note = "before it was seen to finish; noticed then, it may have left earlier"
        yield TimelineStep("Left the API", run.gone_at, note=note)
    elif run.open:
        yield TimelineStep(_GOES_ON[run.status], now, note="as last read", state=run.status)


def _gap(before: datetime, after: datetime) -> str:
    if before == after:
        return "at the same instant"
    words = formatting.duration(abs(after - before))
    return f"{words} later" if after > before else f"{words} earlier, by the API's clocks"
