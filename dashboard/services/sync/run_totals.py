"""How many runs there are: totals that are kept by what a page adds, replaces and removes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Model

from dashboard.models import DayTotal, QuarterTotal, RunTotal, Tally
from dashboard.models.run_total import DAY
from dashboard.models.tally import quarter
from dashboard.services.sync.upsert import upsert_values

ALIKE = ("deployment_id", "agent_id", "trigger_type", "status")  # what runs of one total have in common
IN_A_QUARTER = ("quarter", "status")
ON_A_DAY = ("day", "status")
TALLIED = ("deployment_id", *IN_A_QUARTER)


class Counted(Protocol):
    """What is counted of a run, as it is or as it was."""

    deployment_id: str
    agent_id: str
    trigger_type: str
    status: str
    at: datetime

    @property
    def dated(self) -> bool:
        """Whether its time is known."""


def change(account: str, now: Iterable[Counted], before: Iterable[Counted]) -> None:
    """Count runs as they are now, and no longer as they were before, in the transaction that writes them."""
    totals: Counter[tuple[Any, ...]] = Counter()
    tallies: Counter[tuple[Any, ...]] = Counter()
    quarters: Counter[tuple[Any, ...]] = Counter()
    for run, number in (*((run, 1) for run in now), *((run, -1) for run in before)):
        totals[run.deployment_id, run.agent_id, run.trigger_type, run.status] += number
        if run.dated:
            when = quarter(run.at)
            tallies[run.deployment_id, when, run.status] += number
            quarters[when, run.status] += number
    _add(RunTotal, account, ALIKE, totals)
    _add(Tally, account, TALLIED, tallies)
    days: Counter[tuple[Any, ...]] = Counter()
    for (when, status), number in quarters.items():
        days[when // DAY, status] += number
    _add(QuarterTotal, account, IN_A_QUARTER, quarters)
    _add(DayTotal, account, ON_A_DAY, days)


def drop_empty(account: str) -> None:
    """Delete the totals of an account that have come to nothing."""
    for model in (RunTotal, Tally, QuarterTotal, DayTotal):
        model.objects.filter(account=account, number=0).delete()


def _add(
    model: type[Model], account: str, keys: Sequence[str], numbers: Mapping[tuple[Any, ...], int]
) -> None:
    rows = [[account, *key, number] for key, number in sorted(numbers.items()) if number]
    upsert_values(model, ["account", *keys, "number"], rows, ["account", *keys], add=["number"])
