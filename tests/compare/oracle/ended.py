"""How runs ended, and what rate may be made of that."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.domain.states import Outcome
from tests.compare.oracle.reading import SeenRun


def remark(runs: Sequence[SeenRun]) -> str:
    """Why there is no rate of these runs, or what it leaves out; empty where there is nothing to say."""
    unheard = sum(run.status not in Outcome.KNOWN for run in runs)
    if any(run.unreported for run in runs):
        return "no rate: outcomes not reported"
    if unheard and not any(run.status == Outcome.COMPLETED for run in runs):
        return f"no rate: {unheard} ended in words that are not documented"
    return f"{unheard} in words that are not documented left out" if unheard else ""
