"""How fast history is read and how long the rest takes: measured over the last pages, for whoever waits."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Count, Min, Q, Sum
from django.utils import timezone

from dashboard.models import Deployment, Feed, Gap

LATEST = 30.0  # seconds that count: the history of other months may be more or less dense
FEWEST = 2.0  # seconds after which there is a pace to speak of


class _Step(NamedTuple):
    at: float
    runs: int
    history: float  # seconds


class FillProgress:
    """The progress of one account, kept from cycle to cycle: what else a cycle does takes its time too."""

    def __init__(self) -> None:
        """Nothing is measured yet."""
        self._steps: deque[_Step] = deque()

    def note(self, account: str, runs: int, history: timedelta) -> None:
        """Write down how far history has been read, in the transaction that brought it so far.

        runs: how many were new in what was read; history: how much time that was
        """
        gaps = list(Gap.objects.filter(account=account))
        if not gaps:
            self._steps.clear()
            Feed.objects.filter(account=account).update(fill_share=None, fill_speed=None, fill_left_s=None)
            return
        runs_a_second, history_a_second = self._pace(_Step(time.monotonic(), runs, history.total_seconds()))
        measures = list(_measures(account, gaps, runs_a_second, history_a_second))
        Feed.objects.filter(account=account).update(
            fill_share=max((measure.share for measure in measures), default=None),
            fill_speed=runs_a_second,
            fill_left_s=min((measure.seconds for measure in measures if measure.seconds), default=None),
        )

    def _pace(self, step: _Step) -> tuple[float | None, float | None]:
        """How many runs, and how many seconds of history, a second brings; None where that is too new."""
        self._steps.append(step)
        while self._steps[0].at < step.at - LATEST:
            self._steps.popleft()
        first, *rest = self._steps  # when the first was begun is not known
        if (elapsed := step.at - first.at) < FEWEST:
            return None, None
        return sum(one.runs for one in rest) / elapsed, sum(one.history for one in rest) / elapsed


class _Measure(NamedTuple):
    """By one measure, which share has been read, and how long the rest takes where a pace is known."""

    share: float
    seconds: float | None


def _measures(
    account: str, gaps: Sequence[Gap], runs_a_second: float | None, history_a_second: float | None
) -> Iterator[_Measure]:
    """By whatever can be measured; nothing until all deployments are listed, which is newest first."""
    feed = Feed.objects.get(account=account)
    if feed.deployments_read_at is None:
        return
    deployments = Deployment.objects.filter(account=account)
    uncounted = Count("pk", filter=Q(total_runs=None))
    listed = deployments.aggregate(begin=Min("created_at"), counted=Sum("total_runs"), uncounted=uncounted)
    counted = 0 if listed["uncounted"] else listed["counted"] or 0
    if 0 < counted <= feed.runs_kept:  # more than the API counts: nobody can say how many more
        yield _Measure(1.0, None)
        return
    if counted:  # some of them may be past keeping
        yield _measure(feed.runs_kept, counted, runs_a_second)
    if listed["begin"] is None:
        return
    # No run began before its deployment was created: an account may be far younger than what would be kept.
    # Below that are runs of deployments that are listed no more.
    begin = max(listed["begin"], gaps[-1].until_at)
    left = sum(max((gap.from_at - max(gap.until_at, begin)).total_seconds(), 0.0) for gap in gaps)
    whole = (timezone.now() - begin).total_seconds()
    if 0 < left <= whole:
        yield _measure(whole - left, whole, history_a_second)


def _measure(read: float, whole: float, a_second: float | None) -> _Measure:
    return _Measure(read / whole, (whole - read) / a_second if a_second else None)
