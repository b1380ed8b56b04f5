"""What a change of a deployment's health came from, and what shows it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from dashboard.domain.states import DeploymentStatus, Health, HealthCause
from dashboard.models import Deployment


class Evidence(NamedTuple):
    """A word of `HealthCause`, the instant that decides, and the run that shows it, where one does."""

    cause: str
    moment: datetime | None = None
    run_id: str = ""


_BY_RECORD = (Health.ARCHIVED, Health.PAUSED, Health.PAUSED_BY_ERROR)


def evidence(row: Deployment, before: str, after: str) -> Evidence:
    """Why the health of a deployment is another one now; where a run is not named, the newest is meant.

    before: empty where it is judged for the first time
    """
    if not before:
        return Evidence(HealthCause.FIRST)
    if {before, after} & {*_BY_RECORD}:
        return Evidence(HealthCause.RECORD, row.archived_at or row.gone_at or row.updated_at)
    if known := _known(row).get(after):
        return known
    if Health.UNREAD in (before, after):
        return Evidence(HealthCause.READING)
    if after == Health.UNKNOWN:
        return _not_known(row)
    if after == Health.SLOW and row.running_since:
        return Evidence(HealthCause.CLOCK, row.slow_at)
    return Evidence(HealthCause.RUN if row.last_run_at else HealthCause.RECORD)


def _known(row: Deployment) -> dict[str, Evidence]:
    """The evidence of what is always shown by the same."""
    return {
        Health.FAILING: Evidence(HealthCause.RUN, row.last_failure_at, row.last_failure_id),
        Health.MISSED: Evidence(HealthCause.SLOT, row.missed_at),
        Health.SILENT: Evidence(HealthCause.CLOCK, row.silent_at),
        Health.STUCK: Evidence(HealthCause.CLOCK, row.stuck_at),
        Health.LATE: Evidence(HealthCause.CLOCK, row.due_at),
    }


def _not_known(row: Deployment) -> Evidence:
    """Why it is not known how a deployment stands: its status, a slot that nobody watched, or its runs."""
    if row.status != DeploymentStatus.ACTIVE:
        return Evidence(HealthCause.RECORD, row.updated_at)
    return Evidence(HealthCause.SLOT, row.unseen_at) if row.unseen_at else Evidence(HealthCause.RUN)
