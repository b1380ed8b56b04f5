"""How many runs were in progress at once, counted by the database: less than a minute counts for one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from django.db.models import Count

from dashboard.domain.states import Outcome
from dashboard.models import Key, Run
from dashboard.models.instants import MinuteOf
from dashboard.models.run_queries import RunQuerySet
from dashboard.services.calendar.day_hours import DayHours
from dashboard.services.calendar.firings import minute
from dashboard.services.calendar.lane_runs import LaneRun
from dashboard.services.calendar.levels import minute_levels

MOST_RUNS = 20_000  # of some hours: where there were more, they are not counted
_FEW = 50  # deployments, whose runs are looked for by an index of theirs

Span = tuple[int, int, int]  # the minutes that runs began and ended in, and how many they are


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
    begun = _begun(keys, hours, now)
    if begun.order_by()[: MOST_RUNS + 1].count() > MOST_RUNS:
        return []
    spans = [*_ended(begun), *_others(keys, before, hours, now)]
    return minute_levels(((at, max(over - at, 1), number) for at, over, number in spans), first, end)


def _begun(keys: Collection[Key], hours: DayHours, now: datetime) -> RunQuerySet:
    """The runs that began in these hours."""
    rows = Run.objects.filter(at__gte=hours.start, at__lt=min(now, hours.end))
    return rows.for_deployments(keys, indexed=len(keys) <= _FEW)


def _ended(begun: RunQuerySet) -> Iterator[Span]:
    """When those that are not in progress began and ended; one that was skipped took no time."""
    rows = begun.filter(duration_ms__gt=0).exclude(open=True, gone_at=None, status=Outcome.RUNNING)
    spans = rows.values_list(MinuteOf("at"), MinuteOf("at", "duration_ms"))
    yield from spans.annotate(number=Count("*")).order_by()


def _others(
    keys: Collection[Key], before: Iterable[LaneRun], hours: DayHours, now: datetime
) -> Iterator[Span]:
    """Those that began earlier, and those in progress that began in these hours."""
    for run in before:
        earlier = run.at < hours.start
        if run.key in keys and (earlier or (run.in_progress and run.at < min(now, hours.end))):
            yield minute(run.at), minute(run.end(now)), 1
