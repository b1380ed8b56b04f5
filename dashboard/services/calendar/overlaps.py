"""Runs that take long, and overlap: what somebody who plans a night looks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from dashboard.domain.text import shortened
from dashboard.filters import Query
from dashboard.models import Deployment, Key
from dashboard.services.calendar.day_hours import DayHours
from dashboard.services.calendar.lane_models import ForecastLine
from dashboard.web import formatting

LONG = timedelta(minutes=10)  # what usually takes as long is worth keeping apart
MOST = 3  # overlaps in sentences: those of the most runs
_NAMED = 3  # deployments of one
_LONGEST_NAME = 60  # characters


class Work(NamedTuple):
    """A run of a deployment, in progress or to come, and when it is over if it takes as long as usual."""

    deployment: Deployment
    at: datetime
    end: datetime


class Overlap(NamedTuple):
    """A stretch in which runs of several deployments are in progress at once, and which."""

    since: datetime
    until: datetime
    deployments: tuple[Deployment, ...]


def overlap_lines(
    work: Iterable[Work], since: datetime, hours: DayHours, query: Query
) -> Iterator[ForecastLine]:
    """A sentence for each of the largest overlaps of long runs, in order of time; or that there is none."""
    long = [row for row in work if row.end - row.at >= LONG and row.end > since]
    every = list(overlaps(long, since, hours.end))
    largest = sorted(every, key=lambda overlap: (-len(overlap.deployments), overlap.since))[:MOST]
    for overlap in sorted(largest, key=lambda overlap: overlap.since):
        url = hours.url(query, overlap.since, overlap.until)
        yield ForecastLine(_sentence(overlap, hours), url, overlap=True)
    if not every:
        yield ForecastLine(f"No two runs that usually take {formatting.duration(LONG)} or longer overlap")


def overlaps(work: Iterable[Work], since: datetime, until: datetime) -> Iterator[Overlap]:
    """The stretches between two instants in which at least two deployments are in progress, in order."""
    active: Counter[Key] = Counter()
    rows: dict[Key, Deployment] = {}
    begun, together = since, set[Key]()
    for at, change, row in _changes(work, until):
        rows[row.key] = row
        active[row.key] += change
        if not active[row.key]:
            del active[row.key]
        if len(active) > 1:
            begun = begun if together else max(at, since)
            together.update((row.key,) if together else active)
        elif together:
            yield Overlap(begun, min(at, until), tuple(rows[key] for key in sorted(together)))
            together = set()


def _changes(work: Iterable[Work], until: datetime) -> Iterator[tuple[datetime, int, Deployment]]:
    """When runs begin and are over, in order: one that is over as another begins does not overlap it."""
    changes = [
        change
        for row in work
        if row.at < until
        for change in ((row.at, 1, row.deployment), (row.end, -1, row.deployment))
    ]
    yield from sorted(changes, key=lambda change: change[:2])


def _sentence(overlap: Overlap, hours: DayHours) -> str:
    rows = sorted(overlap.deployments, key=lambda row: (-(row.usual_ms or 0), str(row)))
    names = ", ".join(_named(row) for row in rows[:_NAMED])
    more = f", +{len(rows) - _NAMED:,}" if len(rows) > _NAMED else ""
    since, until = (f"{at.astimezone(hours.zone):%H:%M}" for at in (overlap.since, overlap.until))
    return f"{len(rows):,} long runs overlap, {since} to {until}: {names}{more}"


def _named(row: Deployment) -> str:
    usual = f" ({formatting.duration_ms(row.usual_ms)})" if row.usual_ms else ""
    return f"{shortened(str(row), _LONGEST_NAME)}{usual}"
