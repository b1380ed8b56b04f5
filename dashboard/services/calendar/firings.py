"""When schedules fire, in minutes since 1970: worked out once for each schedule and day, whoever asks."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from dashboard.domain.cron import Schedule

_DAY = 24 * 60  # minutes
_BIT = timedelta(microseconds=1)


def minute(at: datetime) -> int:
    """The minute that an instant lies in."""
    return int(at.timestamp() // 60)


def instant(number: int) -> datetime:
    """When a minute begins."""
    return datetime.fromtimestamp(number * 60, UTC)


def firings(schedule: Schedule, after: datetime, before: datetime) -> list[int]:
    """The minutes at which a schedule fires, after the one instant and before the other, in order."""
    return [base + place for base, inside in _days(schedule, after, before) for place in inside]


def first_and_number(schedule: Schedule, after: datetime, before: datetime) -> tuple[int, int]:
    """The first of them, and how many they are; 0 for both where there is none."""
    days = [(base, inside) for base, inside in _days(schedule, after, before) if inside]
    return (days[0][0] + days[0][1][0] if days else 0), sum(len(inside) for _, inside in days)


def _days(schedule: Schedule, after: datetime, before: datetime) -> Iterator[tuple[int, array[int]]]:
    """The days that two instants lie on: their first minutes, and the firings between the two after those."""
    first, end = minute(after) + 1, minute(before - _BIT) + 1  # from the one until before the other
    for day in range(first // _DAY, -(-end // _DAY)):
        of_day, base = _of_day(schedule, day), day * _DAY
        yield base, of_day[bisect_left(of_day, first - base) : bisect_left(of_day, end - base)]


@lru_cache(maxsize=2_048)  # two thousand days of schedules, of at most 3 kB each
def _of_day(schedule: Schedule, day: int) -> array[int]:
    """The minutes of a day in UTC at which a schedule fires; day: since 1970."""
    start = instant(day * _DAY)
    fires = schedule.between(start - _BIT, start + timedelta(days=1))
    return array("H", (int((at - start).total_seconds()) // 60 for at in fires))
