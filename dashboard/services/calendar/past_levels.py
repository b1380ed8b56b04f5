"""How many runs were in progress at once, counted from the runs: less than a minute counts for one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from dashboard.models import Key, Run
from dashboard.services.calendar.day_hours import DayHours
from dashboard.services.calendar.firings import minute
from dashboard.services.calendar.lane_runs import LaneRun
from dashboard.services.calendar.levels import minute_levels

MOST_RUNS = 20_000  # of some hours: where there were more, they are not counted
_FEW = 50  # deployments, whose runs are looked for by an index of theirs


def past_levels(
    keys: Collection[Key], before: Iterable[LaneRun], hours: DayHours, now: datetime
) -> list[int]:
    """How many were in progress in each minute from the beginning of some hours until now, or their end.

    keys: the deployments that are meant; before: the runs that began earlier, and all in progress
    Nothing where these hours are yet to come, or there were too many runs to count.
    """
    first, end = minute(hours.start), minute(min(now, hours.end))
    if end <= first:
        return []
    spans = list(_begun(keys, hours, now))
    if len(spans) > MOST_RUNS:
        return []
    spans += [(run.at, run.end(now)) for run in before if run.key in keys and run.at < hours.start]
    return minute_levels(
        ((minute(at), max(minute(over) - minute(at), 1), 1) for at, over in spans), first, end
    )


def _begun(keys: Collection[Key], hours: DayHours, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """When the runs that began in these hours began and ended; those that were skipped took no time."""
    few = len(keys) <= _FEW
    runs = Run.objects.for_deployments(keys) if few else Run.objects.dated()
    rows = runs.filter(at__gte=hours.start, at__lt=min(now, hours.end))
    columns = ("account", "deployment_id", "at", "status", "duration_ms", "run_id", "open", "gone_at")
    for account, deployment_id, at, status, length, run_id, is_open, gone_at in rows.order_by().values_list(
        *columns
    )[: MOST_RUNS + 1]:
        run = LaneRun((account, deployment_id), at, status, length, run_id, is_open and gone_at is None)
        if run.end(now) > at and (few or run.key in keys):
            yield at, run.end(now)
