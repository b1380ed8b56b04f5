"""How fast history is read and how long the rest takes: measured over the last pages, for whoever waits."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Min
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
        share, left = _unread(gaps, _oldest_deployment(account))
        Feed.objects.filter(account=account).update(
            fill_share=share,
            fill_speed=runs_a_second,
            fill_left_s=left / history_a_second if left and history_a_second else None,
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


def _unread(gaps: Sequence[Gap], oldest: datetime | None) -> tuple[float | None, float | None]:
    """Which share of history has been read, and how many seconds of it are left.

    gaps: newest first; oldest: when the first deployment was created
    No run began before its deployment was created: an account may be far younger than what would be kept.
    Below that, as where runs of deployments are left that are listed no more, nobody can say how many.
    """
    if oldest is None:
        return None, None
    begin = max(oldest, gaps[-1].until_at)
    left = sum(max((gap.from_at - max(gap.until_at, begin)).total_seconds(), 0.0) for gap in gaps)
    whole = (timezone.now() - begin).total_seconds()
    return (max(1 - left / whole, 0.0), left) if left > 0 and whole > 0 else (None, None)


def _oldest_deployment(account: str) -> datetime | None:
    """When the first deployment was created; None until all of them have been listed, newest first."""
    if not Feed.objects.filter(account=account, deployments_read_at__isnull=False).exists():
        return None
    oldest: datetime | None = Deployment.objects.filter(account=account).aggregate(at=Min("created_at"))["at"]
    return oldest
