"""How many runs there are: totals that are kept by what a page adds, replaces and removes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Model

from dashboard.models import DayTally, DayTotal, QuarterTotal, RunTotal, Tally
from dashboard.models.run_total import DAY
from dashboard.models.tally import quarter
from dashboard.services.sync.upsert import upsert_columns

ALIKE = ("deployment_id", "agent_id", "trigger_type", "status")  # what runs of one total have in common
IN_A_QUARTER = ("quarter", "status")
ON_A_DAY = ("day", "status")
TALLIED = ("deployment_id", *IN_A_QUARTER)
TALLIED_BY_DAY = ("deployment_id", *ON_A_DAY)
Counts = tuple[Any, ...]  # what counted runs have in common


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
    totals: Counter[Counts] = Counter()
    tallies: Counter[Counts] = Counter()
    for run, number in (*((run, 1) for run in now), *((run, -1) for run in before)):
        totals[run.deployment_id, run.agent_id, run.trigger_type, run.status] += number
        if run.dated:
            tallies[run.deployment_id, quarter(run.at), run.status] += number
    _add(RunTotal, account, ALIKE, totals)
    _add(Tally, account, TALLIED, tallies)
    _add(DayTally, account, TALLIED_BY_DAY, by_day := _by_day(tallies))
    _add(QuarterTotal, account, IN_A_QUARTER, _of_all(tallies))
    _add(DayTotal, account, ON_A_DAY, _of_all(by_day))


def drop_empty(account: str) -> None:
    """Delete the totals of an account that have come to nothing."""
    for model in (RunTotal, Tally, DayTally, QuarterTotal, DayTotal):
        model.objects.filter(account=account, number=0).delete()


def _by_day(tallies: Counter[Counts]) -> Counter[Counts]:
    days: Counter[Counts] = Counter()
    for (deployment_id, when, status), number in tallies.items():
        days[deployment_id, when // DAY, status] += number
    return days


def _of_all(tallies: Counter[Counts]) -> Counter[Counts]:
    """The same of all deployments together."""
    totals: Counter[Counts] = Counter()
    for (_, when, status), number in tallies.items():
        totals[when, status] += number
    return totals


def _add(model: type[Model], account: str, keys: Sequence[str], numbers: Mapping[Counts, int]) -> None:
    rows = [(account, *key, number) for key, number in sorted(numbers.items()) if number]
    names = ("account", *keys, "number")
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    upsert_columns(model, columns, ["account", *keys], add=["number"])
