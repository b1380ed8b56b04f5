"""Which runs are tries of one piece of work, looked for one by one."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.domain.states import Outcome
from dashboard.web import formatting
from tests.compare.oracle.reading import SeenRun
from tests.compare.worlds import DAY

NEAR = 25  # runs on each side of one


def executions(runs: Sequence[SeenRun]) -> list[list[SeenRun]]:
    """The runs of one deployment, folded: a retry follows the latest failure of the number before its own."""
    chains: list[list[SeenRun]] = []
    for run in sorted(runs, key=lambda run: (run.at, run.id)):
        failed = [chain for chain in chains if repeats(run) and _is_repeated(chain, run)]
        if failed:
            max(failed, key=lambda chain: (chain[-1].at, chain[-1].id)).append(run)
        else:
            chains.append([run])
    return chains


def repeats(run: SeenRun) -> bool:
    """Whether it is another try."""
    return run.trigger == "retry" or (run.attempt or 1) > 1


def _is_repeated(chain: list[SeenRun], run: SeenRun) -> bool:
    last = chain[-1]
    same = run.trigger == "retry" or chain[0].trigger == run.trigger
    before = run.attempt is None or _number(chain) == run.attempt - 1
    return last.status == Outcome.FAILED and run.at - last.at <= DAY and same and before


def near(run: SeenRun, others: Sequence[SeenRun]) -> list[SeenRun]:
    """The runs among which other tries of one are looked for; others: of its deployment, newest first."""
    earlier = [row for row in others if (row.at, row.id) < (run.at, run.id)][:NEAR]
    later = [row for row in others if (row.at, row.id) > (run.at, run.id)][-NEAR:]
    return [row for row in (run, *earlier, *later) if abs(row.at - run.at) <= DAY]


def is_rescued(run: SeenRun, others: Sequence[SeenRun]) -> bool:
    """Whether the execution that a failure is a try of was completed in the end."""
    chains = executions(near(run, others)) if run.key[1] else []
    return any(run in chain and chain[-1].status == Outcome.COMPLETED for chain in chains)


def earlier_try(run: SeenRun, runs: Sequence[SeenRun]) -> SeenRun | None:
    """The run that another one repeats, of the same deployment; None where none is known."""
    for chain in executions(runs):
        if run in chain[1:]:
            return chain[chain.index(run) - 1]
    return None


def _number(chain: list[SeenRun]) -> int:
    number = 0
    for run in chain:
        number = run.attempt or (number or int(repeats(run))) + 1
    return number


def first_try(runs: Sequence[SeenRun]) -> str:
    """How many executions went well at once, as the page of a deployment puts it."""
    ended = [chain for chain in executions(runs) if chain[-1].status in (Outcome.COMPLETED, Outcome.FAILED)]
    good = sum(chain[0].status == Outcome.COMPLETED and not repeats(chain[0]) for chain in ended)
    if not ended:
        return ""
    of, latest = formatting.counted(len(ended), "execution"), formatting.counted(len(runs), "run")
    return (
        f"At the first try: {formatting.percent(good, len(ended))}, {good} of {of} in the last {latest}. "
        "Which runs are tries of one is inferred."
    )
