"""Keeping the tallies in step with the runs, in the same transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from dashboard.models import Run, Tally
from dashboard.models.tally import quarter
from dashboard.services.sync.upsert import upsert


def change(account: str, now: Iterable[Run], before: Iterable[Run]) -> None:
    """Count runs as they are now, and no longer as they were before."""
    numbers: Counter[tuple[str, int, str]] = Counter()
    for run in now:
        numbers[run.deployment_id, quarter(run.at), run.status] += 1
    for run in before:
        numbers[run.deployment_id, quarter(run.at), run.status] -= 1
    rows = [
        Tally(account=account, deployment_id=deployment_id, quarter=when, status=status, number=number)
        for (deployment_id, when, status), number in sorted(numbers.items())
        if number
    ]
    upsert(rows, ["account", "deployment_id", "quarter", "status"], add=["number"])
