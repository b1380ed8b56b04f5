"""The instants at which a cron expression fires, read in its zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from itertools import dropwhile, islice, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim

from dashboard.simulator.fleet.marks import DAY, HOUR, SECOND, micros, moment


@lru_cache(maxsize=256)
def of_day(expression: str, zone: str, day: int) -> tuple[int, ...]:
    """The slots of one UTC day (numbered from 1970), in microseconds."""
    start = day * DAY
    if not expression.endswith(" * * * *"):
        return _between(expression, zone, start, start + DAY)
    # Every hour is alike, whatever the zone, so one hour is enough to ask for.
    hour = _between(expression, zone, start, start + HOUR)
    return tuple(slot + more * HOUR for more in range(24) for slot in hour)


def _between(expression: str, zone: str, start: int, end: int) -> tuple[int, ...]:
    return tuple(takewhile(lambda at: at < end, _after(expression, zone, start - SECOND)))


def upcoming(expression: str, zone: str, now: int, count: int = 5) -> tuple[int, ...]:
    """The next slots after now, in microseconds."""
    return tuple(islice(_after(expression, zone, now), count))


def _after(expression: str, zone: str, at: int) -> Iterator[int]:
    local: datetime = moment(at).astimezone(ZoneInfo(zone))
    return dropwhile(lambda slot: slot <= at, map(micros, CronSim(expression, local)))


def per_day(expression: str, zone: str, day: int) -> float:
    """How often it fires a day, on the average of a week."""
    return sum(len(of_day(expression, zone, day + more)) for more in range(7)) / 7
