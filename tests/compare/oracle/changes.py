"""Changes of health: what each deployment's became after which turn, and what it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.domain.states import Health
from tests.compare.oracle.standing import Standing

BY_RECORD = {Health.ARCHIVED, Health.PAUSED, Health.PAUSED_BY_ERROR}
NEEDS_A_RUN = {Health.LATE, Health.SILENT, Health.UNKNOWN, Health.NEVER_RAN}


@dataclass(frozen=True)
class Change:
    """One of them, after a turn. cause: in words that follow "by"."""

    at: datetime
    before: str
    after: str
    cause: str


def change(row: Standing, before: str, known_runs: set[str]) -> Change:
    """What a deployment's health became. known_runs: the ids of the runs that it had before."""
    new = any(run.id not in known_runs for run in row.runs)
    return Change(row.now, before, row.health, _cause(row, before, new=new))


def newest(changes: Sequence[Change], at: datetime) -> list[Change]:
    """Those up to an instant, newest first."""
    return [change for change in reversed(changes) if change.at <= at]


def _cause(row: Standing, before: str, *, new: bool) -> str:
    after = row.health
    if {before, after} & BY_RECORD:
        return "its record"
    if after == Health.FAILING or (row.runs and (new or before not in NEEDS_A_RUN)):
        return "a run"
    return "its record"
