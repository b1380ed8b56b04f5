"""When a deployment stands still though it should not: nothing runs any more, or every run is skipped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache, reduce
from operator import or_
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, F, Max, Min, Q
from django.db.models.lookups import Exact
from django.utils import timezone

from dashboard.domain.cron import Schedule
from dashboard.domain.states import Outcome
from dashboard.domain.thresholds import PATIENCE, SILENT_AFTER, UNKNOWN_GAP
from dashboard.models import Deployment, Key, Run
from dashboard.models.latest_per_deployment import latest
from dashboard.models.unindexed import Unindexed


class Silence(NamedTuple):
    """Since when nothing runs, and from when on that is silence; None where it cannot be or is not known."""

    since: datetime | None
    at: datetime | None


class Skipped(NamedTuple):
    """Runs skipped in a row while none was in progress: since when, and how many."""

    since: datetime | None = None
    number: int = 0


def silence(row: Deployment, undated_at: datetime | None = None) -> Silence:
    """When a deployment counts as silent if nothing more of it runs.

    undated_at: when the newest of its runs without a known time was first read; it may have begun then
    Only firings since it was last changed count, as it may have been paused until then. Of one without a run
    in what is kept, only what is kept is known. While a run is in progress there is no silence.
    """
    kept_since = timezone.now() - timedelta(days=settings.RUN_RETENTION_DAYS)
    begun = [at for at in (row.created_at, row.updated_at) if at]
    ran = [at for at in (row.last_run_at, undated_at) if at]
    since = max(ran) if ran else max(*begun, kept_since) if begun else None
    if since is None or row.open_since:
        return Silence(since, None)
    return Silence(since, _silent_at(row, max(since, *begun) if begun else since))


def undated_read_at(rows: Sequence[Deployment]) -> dict[Key, datetime]:
    """When the newest of their runs whose time is not known was first read, of those that have any."""
    keys = [row.key for row in rows if row.runs_ahead or row.runs_without_time]
    runs = Run.objects.undated().for_deployments(keys).order_by()
    read = runs.values_list("account", "deployment_id").annotate(newest=Max("first_read_at"))
    return {(account, deployment_id): at for account, deployment_id, at in read}


def skipped_in_a_row(rows: Sequence[Deployment]) -> dict[Key, Skipped]:
    """Of those whose newest run was skipped: how many were since the last other run was over."""
    standing = [row for row in rows if row.last_run_status == Outcome.SKIPPED and not row.open_since]
    ran = Run.objects.dated().exclude(status=Outcome.SKIPPED)
    others = latest(ran, standing, 1)
    newer = [
        Run.objects.is_of(row.key) & (Q(at__gt=_over_at(others[row.key][0])) if row.key in others else Q())
        for row in standing
    ]
    skipped = Exact(Unindexed(F("status")), Outcome.SKIPPED)  # the index of the deployment is the one to use
    runs = Run.objects.dated().filter(reduce(or_, newer, Q(pk__in=[])), skipped)
    counted = runs.order_by().values("account", "deployment_id").annotate(since=Min("at"), n=Count("pk"))
    rows_by_key = counted.values_list("account", "deployment_id", "since", "n")
    return {(account, deployment_id): Skipped(since, n) for account, deployment_id, since, n in rows_by_key}


def _silent_at(row: Deployment, since: datetime) -> datetime | None:
    """The firing that is too many without a run, and the usual patience.

    Where only promises show how often it fires, and none is left, a step is a day at least: the shortest
    distance of two promises is all that is known.
    """
    try:
        at = _firing_too_many(row.expression, row.timezone, since)
        if at is None and row.cadence_s and row.next_run_at is None:
            at = since + SILENT_AFTER * max(timedelta(seconds=row.cadence_s), UNKNOWN_GAP)
        return at + PATIENCE if at else None
    except OverflowError:  # no calendar goes so far
        return None


@lru_cache(maxsize=4096)  # of a deployment without a new run it is the same in every cycle
def _firing_too_many(expression: str, zone: str, since: datetime) -> datetime | None:
    return Schedule(expression, zone).nth_after(since, SILENT_AFTER)


def _over_at(run: Run) -> datetime:
    """When a run was over, as far as is known."""
    return run.record.completed_at or run.at + timedelta(milliseconds=run.duration_ms or 0)
