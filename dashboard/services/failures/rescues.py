"""Which runs of a group a retry has completed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.domain.retries import Execution
from dashboard.domain.states import Outcome
from dashboard.models import Run
from dashboard.services.runs import tries
from dashboard.web import formatting
from dashboard.web.local_clock import clock

LOOKED_AT = 100  # latest runs of a group: their other tries are looked for among the runs around them


@dataclass(frozen=True)
class Rescues:
    """How many of the latest runs of a group were completed by a retry, in all and as a share.

    looked_at: how many runs that is of
    runs: what a row says of each of them, by the key of the run
    """

    number: int
    looked_at: int
    share: str
    runs: Mapping[int, str]


def rescues(latest: Sequence[Run]) -> Rescues | None:
    """What retries made of those failed runs, in two queries; None where they completed none of them."""
    executions = tries.executions_of(latest)
    completed = {
        run.pk: _text(run, executions[run.pk])
        for run in latest
        if run.pk in executions and executions[run.pk].final_status == Outcome.COMPLETED
    }
    share = formatting.percent(len(completed), len(latest))
    return Rescues(len(completed), len(latest), share, completed) if completed else None


def _text(run: Run, execution: Execution) -> str:
    return f"rescued by the retry at {clock(execution.tries[-1].at, beside=run.at)}"
