"""The API's own counters of a deployment, where they differ from what has been read."""

from __future__ import annotations

from django.db.models import Q, Sum

from dashboard.domain.states import Outcome
from dashboard.models import Deployment, RunTotal, Tally


def differences(deployment: Deployment) -> str:
    """The counters that differ, each with what is kept here, in a clause; empty where none does.

    Runs whose time is not known are left out: they may be none that the API counts by now.
    """
    undated = deployment.runs_ahead or deployment.runs_without_time
    record, sums = deployment.record, Tally.objects if undated else RunTotal.objects
    kept = sums.for_deployments([deployment.key]).aggregate(
        runs=Sum("number"), failures=Sum("number", filter=Q(status=Outcome.FAILED))
    )
    figures = (
        (record.total_runs, kept["runs"] or 0, "run", "runs"),
        (record.total_failures, kept["failures"] or 0, "failure", "failures"),
        (record.consecutive_failures, deployment.streak, "failure in a row", "failures in a row"),
    )
    return ", ".join(
        f"{reported:,} {one if reported == 1 else many} ({here:,} here)"
        for reported, here, one, many in figures
        if reported is not None and reported != here
    )
