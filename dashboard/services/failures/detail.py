"""One group of failures, over all the time that is kept."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.domain.fingerprints import mask_varying
from dashboard.domain.tokens import mask_tokens
from dashboard.models import Run
from dashboard.services.failures import common_factors
from dashboard.services.failures.basis import Basis, TimeSpan, basis
from dashboard.services.failures.list import FailureRow, groups, summarize
from dashboard.services.runs.rows import RunRow, rows
from dashboard.services.status.snapshot import Snapshot
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
    """A group: its row, its newest message in full, the deployments it touched, and its latest runs.

    pattern: the message with everything masked that differs between its runs
    touched: those that failed most; `more` is how many others there are
    """

    row: FailureRow
    message: str
    pattern: str
    touched: tuple[TouchedRow, ...]
    more: int
    latest: list[RunRow]
    basis: Basis


def get_failure(fingerprint: str, snapshot: Snapshot) -> FailurePage | None:
    """One group by its fingerprint; None where no run of it is kept."""
    runs = Run.objects.failed().filter(fingerprint=fingerprint)
    page = list(groups(runs))
    if not page:
        return None
    [group] = page
    span = TimeSpan(snapshot.kept_since, snapshot.now)
    summary = summarize(page, runs, span, snapshot)
    latest = list(runs.newest_first()[:LATEST])
    newest = latest[0].record
    touched = _touched(fingerprint, summary.touched[fingerprint], summary.deployments)
    return FailurePage(
        row=summary.row(group),
        message=mask_tokens(newest.error_message),
        pattern=mask_varying(mask_tokens(newest.error_message)),
        touched=touched[:MOST_DEPLOYMENTS],
        more=max(len(touched) - MOST_DEPLOYMENTS, 0),
        latest=rows(latest, snapshot),
        basis=basis(group.runs, span, snapshot.feeds, snapshot.now),
    )


def _touched(
    fingerprint: str, touched: common_factors.TouchedBy, deployments: common_factors.KnownDeployments
) -> tuple[TouchedRow, ...]:
    """Those that failed most first."""
    shown = [
        TouchedRow(
            name=deployments.name((account, key)),
            url=urls.deployment(key, account) if key else "",
            runs=deployment.runs,
            runs_url=urls.runs_failed_as(
                fingerprint, [*urls.whose(account), ("deployment_id", key)] if key else []
            ),
        )
        for (account, key), deployment in touched.items()
    ]
    return tuple(sorted(shown, key=lambda row: (-row.runs, row.name)))
