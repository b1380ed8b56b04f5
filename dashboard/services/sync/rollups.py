"""What a deployment's runs add up to, worked out anew for the deployments whose runs changed.

The database does the work, a batch of deployments at a time, each figure a look at an index.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from statistics import median

from django.db.models import Count, Min, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from dashboard.models import Deployment, Outcome, Run

# A run is stuck when it outlives its own limit by this much: the API needs a moment to stop it.
STUCK_GRACE = timedelta(seconds=60)
# The limit of a run where the deployment tells none: the API's documented default.
DEFAULT_TIMEOUT = timedelta(minutes=5)
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_USUAL = 20  # completed runs whose median duration is a deployment's usual one
_BATCH = 200


def refresh(account: str, deployment_ids: Collection[str]) -> None:
    """Bring the run figures of those deployments up to date."""
    ids = sorted(deployment_ids)
    for start in range(0, len(ids), _BATCH):
        _refresh(Deployment.objects.filter(account=account, deployment_id__in=ids[start : start + _BATCH]))


def _refresh(deployments: QuerySet[Deployment]) -> None:
    runs = Run.objects.filter(account=OuterRef("account"), deployment_id=OuterRef("deployment_id"))
    newest, failed = runs.order_by("-at"), runs.filter(status=Outcome.FAILED)
    last_failure = failed.order_by("-at")
    deployments.update(
        last_run_at=_first(newest, "at"),
        last_run_status=_text(newest, "status"),
        last_success_at=_first(newest.filter(status=Outcome.COMPLETED), "at"),
        streak_cleared_at=_first(newest.filter(status__in=Outcome.GOOD), "at"),
        last_failure_at=_first(last_failure, "at"),
        last_failure_id=_text(last_failure, "run_id"),
        last_error_type=_text(last_failure, "error_type"),
        last_error_message=_text(last_failure, "error_message"),
        open_since=_first(runs.filter(open=True, gone_at__isnull=True).order_by("at"), "at"),
        runs_seen=_count(runs),
        failures_seen=_count(failed),
    )
    since_cleared = failed.filter(at__gt=Coalesce(OuterRef("streak_cleared_at"), Value(_EVER)))
    deployments.update(
        streak=_count(since_cleared),
        failing_since=Subquery(
            since_cleared.order_by().values("deployment_id").annotate(v=Min("at")).values("v")
        ),
        stuck_at=None,
    )
    for deployment in deployments.only("account", "deployment_id"):
        Deployment.objects.filter(pk=deployment.pk).update(usual_ms=_usual_ms(deployment))
    running = deployments.filter(open_since__isnull=False)
    for pk, open_since, timeout_ms in running.values_list("pk", "open_since", "timeout_ms"):
        Deployment.objects.filter(pk=pk).update(stuck_at=_stuck_at(open_since or _EVER, timeout_ms))


def _usual_ms(deployment: Deployment) -> int | None:
    completed = Run.objects.filter(
        account=deployment.account,
        deployment_id=deployment.deployment_id,
        status=Outcome.COMPLETED,
        duration_ms__isnull=False,
    )
    latest = [run.duration_ms or 0 for run in completed.order_by("-at").only("duration_ms")[:_USUAL]]
    return round(median(latest)) if latest else None


def _stuck_at(open_since: datetime, timeout_ms: int | None) -> datetime | None:
    limit = DEFAULT_TIMEOUT if timeout_ms is None else timedelta(milliseconds=timeout_ms)
    try:
        return open_since + limit + STUCK_GRACE
    except OverflowError:
        return None


def _first(runs: QuerySet[Run], column: str) -> Subquery:
    return Subquery(runs.values(column)[:1])


def _text(runs: QuerySet[Run], column: str) -> Coalesce:
    return Coalesce(_first(runs, column), Value(""))


def _count(runs: QuerySet[Run]) -> Coalesce:
    counted = runs.order_by().values("deployment_id").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), Value(0))
