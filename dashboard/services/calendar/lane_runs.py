"""Single runs of a day's lanes: those that are drawn, and those that began before the day and go on in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import Any, NamedTuple

from django.db.models import F, Q
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from dashboard.domain.states import Outcome
from dashboard.models import Key, Run
from dashboard.models.instants import instant
from dashboard.models.unindexed import Unindexed

_COLUMNS = ("account", "deployment_id", "at", "status", "duration_ms", "run_id", "open", "gone_at")
# A run that began so long before an instant and still goes on then lasts at least as long as the step before.
# Each step is found by the index that has the fewest such rows: by time near the instant, by duration beyond.
_STEPS = (
    timedelta(),
    timedelta(minutes=1),
    timedelta(minutes=15),
    timedelta(hours=3),
    timedelta(days=1),
    timedelta(days=30),
)
_RARE = timedelta(hours=3)  # runs that last so long are few, whenever they began


class LaneRun(NamedTuple):
    """A run as a lane shows it."""

    key: Key
    at: datetime
    status: str
    duration_ms: int | None
    run_id: str
    live: bool

    @property
    def in_progress(self) -> bool:
        """Whether it has begun, and goes on."""
        return self.live and self.status == Outcome.RUNNING

    def end(self, now: datetime) -> datetime:
        """When it ended; now while it goes on; when it began where it is not known how long it lasted."""
        if self.in_progress:
            return max(now, self.at)
        return self.at + timedelta(milliseconds=self.duration_ms or 0)


def runs_of(keys: Collection[Key], since: datetime, until: datetime) -> Iterator[LaneRun]:
    """The runs of those deployments that began within a span, in order."""
    rows = Run.objects.for_deployments(keys).filter(at__gte=since, at__lt=until)
    return _read(rows.order_by("at", "pk").values_list(*_COLUMNS))


def runs_before(starts: Collection[datetime]) -> list[LaneRun]:
    """The runs that began before any of these instants, and lasted beyond it; and all that are unfinished."""
    steps = (_step(start, *step) for start in starts for step in pairwise(_STEPS))
    # Two questions: each has its index, both together have none.
    ended = Run.objects.filter(reduce(or_, steps, Q(pk__in=[])))
    unfinished = Run.objects.dated().filter(open=True, gone_at=None)
    runs = (run for rows in (ended, unfinished) for run in _read(rows.values_list(*_COLUMNS)))
    return list({(run.key[0], run.run_id): run for run in runs}.values())


def _step(start: datetime, shorter: timedelta, longer: timedelta) -> Q:
    at = Unindexed(F("at")) if shorter >= _RARE else F("at")
    lasted = Q(duration_ms__gt=shorter / timedelta(milliseconds=1))
    return lasted & Q(LessThan(at, instant(start - shorter)), GreaterThanOrEqual(at, instant(start - longer)))


def _read(rows: Iterable[tuple[Any, ...]]) -> Iterator[LaneRun]:
    for account, deployment_id, at, status, duration_ms, run_id, is_open, gone_at in rows:
        live = is_open and gone_at is None
        yield LaneRun((account, deployment_id), at, status, duration_ms, run_id, live)
