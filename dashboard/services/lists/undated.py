"""Runs whose time is not known: how many there are, in a sentence, and the list of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from dashboard import filters
from dashboard.domain.states import RunTime
from dashboard.filters import Query
from dashboard.models import Deployment, Run
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting

AHEAD_TEXT = "clock of the source is off"
UNKNOWN_TEXT = "time not understood"
LEFT_OUT = "left out where time matters"
CHOICES = (
    (RunTime.KNOWN, RunTime.KNOWN),
    (RunTime.AHEAD, "clock of the source off"),
    (RunTime.UNKNOWN, "not understood"),
)


class UndatedRuns(NamedTuple):
    """Some runs whose time is not known: a sentence without a full stop, and the list of exactly these."""

    text: str
    url: str


@dataclass(frozen=True)
class WhyUndated:
    """Why the time of one run is not known: a headline, and what that is read from."""

    title: str
    text: str


def undated_runs(query: Query, snapshot: Snapshot) -> tuple[UndatedRuns, ...]:
    """Those that a query of the list of runs means but for its span: one sentence for each reason."""
    if query.many("time"):  # then they are what is asked for, or are not
        return ()
    whenever = query.with_values(since="", until="", sort="")
    runs = Run.objects.undated()
    if not runs.exists():
        return ()
    numbers = runs.matching(whenever, snapshot.now).count_by_time()
    return _sentences(numbers, whenever)


def undated_runs_of(deployment: Deployment) -> tuple[UndatedRuns, ...]:
    """The same of all runs of a deployment, from what is kept beside it."""
    numbers = {RunTime.AHEAD: deployment.runs_ahead, RunTime.UNKNOWN: deployment.runs_without_time}
    where = filters.ask_runs(account=deployment.account, deployment_id=deployment.deployment_id)
    return _sentences(numbers, where)


def undated_text(deployment: Deployment) -> str:
    """The same in a clause, the reason first; empty where there are none."""
    numbers = ((AHEAD_TEXT, deployment.runs_ahead), (UNKNOWN_TEXT, deployment.runs_without_time))
    return "; ".join(f"{why}: {formatting.counted(number, 'run')}" for why, number in numbers if number)


def time_text(run: Run) -> str:
    """Why the time of a run is not known; empty where it is."""
    if run.dated:
        return ""
    if run.time == RunTime.AHEAD:
        return AHEAD_TEXT
    return UNKNOWN_TEXT if run.record.not_understood else "no time given"


def why_undated(run: Run) -> WhyUndated | None:
    """Why the time of a run is not known; None where it is."""
    if run.dated:
        return None
    record = run.record
    if run.time == RunTime.AHEAD:
        at = record.triggered_at or record.created_at or record.started_at or record.completed_at
        later = f"{formatting.duration(at - run.first_read_at)} " if at else ""
        return WhyUndated(
            "The clock of the source is off",
            f"This run is dated {later}after it was first read. "
            f"It is {LEFT_OUT}, also when that date has come.",
        )
    fields = "; ".join(f"{item.field} is {item.value}" for item in record.not_understood)
    if not fields:
        return WhyUndated("No time given", f"The API gives no time of this run. It is {LEFT_OUT}.")
    return WhyUndated("Time not understood", f"In the record, {fields}. The run is {LEFT_OUT}.")


def _sentences(numbers: Mapping[str, int], query: Query) -> tuple[UndatedRuns, ...]:
    texts = {RunTime.AHEAD: _ahead, RunTime.UNKNOWN: _without_time}
    return tuple(
        UndatedRuns(f"{text(numbers[time])}, {LEFT_OUT}", query.url(time=time))
        for time, text in texts.items()
        if numbers.get(time)
    )


def _ahead(number: int) -> str:
    many = f"{number:,} runs are dated after they were read"
    return f"{'1 run is dated after it was read' if number == 1 else many}: the {AHEAD_TEXT}"


def _without_time(number: int) -> str:
    runs = "1 run has" if number == 1 else f"{number:,} runs have"
    return f"{runs} no time that is understood"
