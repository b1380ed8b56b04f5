"""The runs beside a run: its neighbours, other tries of the same execution, the one that was in the way."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.domain import retries
from dashboard.domain.states import Outcome
from dashboard.models import Run
from dashboard.services.runs import rows as run_rows
from dashboard.services.runs.rows import RunRow
from dashboard.services.runs.tries import NEAR
from dashboard.services.status.snapshot import Snapshot

BACK = 50  # earlier runs among which the one in the way is looked for

_NOT_FOUND = (
    f"Not known: of up to {BACK} runs before it that have been read, none is known to have been in progress."
)


@dataclass(frozen=True)
class RelatedTries:
    """The tries of the execution that a run belongs to, itself among them, and what that is based on.

    Empty where the run is the only try, and nothing says that there was another.
    """

    rows: tuple[RunRow, ...] = ()
    basis: str = ""


@dataclass(frozen=True)
class BlockingRun:
    """The newest run that was in progress when another was skipped, if known, and what that is based on."""

    row: RunRow | None
    basis: str


@dataclass(frozen=True)
class RelatedRuns:
    """A run among the runs of its deployment, as they have been read.

    in_the_way: None where the run was not skipped
    """

    row: RunRow
    earlier: RunRow | None
    later: RunRow | None
    tries: RelatedTries
    in_the_way: BlockingRun | None


def related_runs(run: Run, snapshot: Snapshot) -> RelatedRuns:
    """What is beside a run: a fixed number of queries, each of few rows of an index."""
    others = Run.objects.beside(run)
    before, after = list(others.before(run)[:NEAR]), list(others.after(run)[:NEAR])
    tries = _tries(run, (*before, *after))
    blocking = _in_progress(run) if run.status == Outcome.SKIPPED else []
    shown = {run, *before[:1], *after[:1], *tries, *blocking[:1]}
    rows = {row.id: row for row in run_rows.rows(shown, snapshot)}
    return RelatedRuns(
        row=rows[run.run_id],
        earlier=rows[before[0].run_id] if before else None,
        later=rows[after[0].run_id] if after else None,
        tries=RelatedTries(tuple(rows[item.run_id] for item in tries), _tries_basis(run, len(tries))),
        in_the_way=_in_the_way(run, blocking, rows),
    )


def _tries(run: Run, others: Sequence[Run]) -> list[Run]:
    """Every try of the execution of a run, in order; none where it is the only one and the first."""
    near = {row.run_id: row for row in (run, *others) if abs(row.at - run.at) <= retries.REPEATED_WITHIN}
    tries = [row.as_try for row in near.values()]
    [mine] = (execution.tries for execution in retries.executions(tries) if run.as_try in execution.tries)
    return [near[row.run_id] for row in mine] if len(mine) > 1 or mine[0].repeats else []


def _tries_basis(run: Run, count: int) -> str:
    looked = f"among the {NEAR} runs before it and the {NEAR} after it, within a day"
    if count > 1:
        return f"Inferred, since the API does not link retries: looked for {looked}."
    number = f"try {run.record.attempt}" if (run.record.attempt or 1) > 1 else "a retry"
    return (
        f"The API calls this {number}. No earlier try was found {looked}: "
        "either it has not been read, or the API counted on within this one run."
    )


def _in_progress(run: Run) -> list[Run]:
    """The earlier runs of the same deployment that were in progress when this one was triggered."""
    earlier = Run.objects.beside(run).exclude(status=Outcome.SKIPPED).filter(at__lte=run.at)
    return [row for row in earlier.newest_first()[:BACK] if row.in_progress_at(run.at)]


def _in_the_way(run: Run, in_progress: Sequence[Run], rows: Mapping[str, RunRow]) -> BlockingRun | None:
    if run.status != Outcome.SKIPPED:
        return None
    if not in_progress:
        return BlockingRun(None, _NOT_FOUND)
    newest, others = in_progress[0], len(in_progress) - 1
    if re.search(rf"(?<!\w){re.escape(newest.run_id)}(?!\w)", run.record_json):
        return BlockingRun(rows[newest.run_id], "The API names it.")
    more = {0: "", 1: ", and so was an older one"}.get(others, f", and so were {others} older ones")
    return BlockingRun(rows[newest.run_id], f"Inferred: it was in progress at that moment{more}.")
