"""One group of failures, over all the time that is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.domain.fingerprints import mask_varying
from dashboard.models import Run
from dashboard.services.failures import common_factors
from dashboard.services.failures.list import FailureRow, groups, summarize
from dashboard.services.runs.rows import RunRow, rows
from dashboard.services.status.coverage import Rests, TimeSpan, history
from dashboard.web import urls

LATEST = 10
MOST_DEPLOYMENTS = 50  # named; the rest is counted


@dataclass(frozen=True)
class TouchedRow:
    """A deployment that failed in that way, and how often."""

    name: str
    url: str
    runs: int
    runs_url: str


@dataclass(frozen=True)
class FailurePage:
    """A group: its row, its newest message whole, whom it touched, and its latest runs.

    pattern: the message with everything masked that differs between its runs
    touched: those that failed most; `more` is how many others there are
    """

    row: FailureRow
    message: str
    pattern: str
    touched: tuple[TouchedRow, ...]
    more: int
    latest: list[RunRow]
    rests: Rests


def get_failure(fingerprint: str, now: datetime) -> FailurePage | None:
    """One group by its fingerprint; None where no run of it is kept."""
    runs = Run.objects.failed().filter(fingerprint=fingerprint)
    found = list(groups(runs))
    if not found:
        return None
    known = history(now)
    span = TimeSpan(known.kept_since, now)
    said = summarize(found, runs, span, known)
    latest = list(runs.newest_first()[:LATEST])
    newest = latest[0].record
    touched = _touched(fingerprint, said.touched[fingerprint], said.fleet)
    return FailurePage(
        row=said.row(found[0]),
        message=newest.error_message,
        pattern=mask_varying(newest.error_message),
        touched=touched[:MOST_DEPLOYMENTS],
        more=max(len(touched) - MOST_DEPLOYMENTS, 0),
        latest=rows(latest, now),
        rests=known.rests(found[0].runs, span),
    )


def _touched(
    fingerprint: str, touched: common_factors.TouchedBy, fleet: common_factors.KnownDeployments
) -> tuple[TouchedRow, ...]:
    """Those that failed most first."""
    found = [
        TouchedRow(
            name=fleet.name((account, key)),
            url=urls.deployment(key, account) if key else "",
            runs=it.runs,
            runs_url=urls.runs_failed_as(
                fingerprint, [*urls.whose(account), ("deployment_id", key)] if key else []
            ),
        )
        for (account, key), it in touched.items()
    ]
    return tuple(sorted(found, key=lambda it: (-it.runs, it.name)))
