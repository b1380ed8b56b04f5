"""When a quiet window is in force, by the clock and the calendar of a zone, over changes of that clock too.

Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EVERY_DAY = frozenset(range(7))
_DAY = timedelta(days=1)
_AHEAD = 15  # days that are looked through for the next time: a day of the week may fall out once


@dataclass(frozen=True)
class QuietPlan:
    """When a window is in force: once, from an instant to another one, or again and again.

    days: the days of the week on which it begins, Monday is 0; from_time, to_time: by the clock of the zone;
    where the end is not later than the beginning, it is on the next day
    """

    zone: ZoneInfo
    days: frozenset[int] = frozenset()
    from_time: time = field(default_factory=time)
    to_time: time = field(default_factory=time)
    once: tuple[datetime, datetime] | None = None


def in_force_until(plan: QuietPlan, now: datetime) -> datetime | None:
    """When the window ends that is in force at that instant; None where none is."""
    ends = [end for begin, end in _spans(plan, now) if begin <= now < end]
    return max(ends, default=None)


def next_begin(plan: QuietPlan, now: datetime) -> datetime | None:
    """When it begins next after that instant; None where it does not come any more."""
    return min((begin for begin, end in _spans(plan, now) if now < begin < end), default=None)


def instant(local: datetime, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """The instant at which the clock of a zone shows a time; of two of them the first, or the last.

    A time that the clock leaves out comes as long after midnight as on other days: 02:30 is 03:30 then.
    """
    shown = local.replace(tzinfo=zone, fold=int(last))
    at = shown.astimezone(UTC)
    there = at.astimezone(zone).replace(tzinfo=None, fold=0) == local.replace(fold=0)
    return at if there else shown.replace(fold=0).astimezone(UTC)


def instant_of(text: str, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """The same of a text such as `2026-11-03T22:00`; raises ValueError or OverflowError for what is none."""
    return instant(datetime.fromisoformat(text.strip()).replace(tzinfo=None), zone, last=last)


def _spans(plan: QuietPlan, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Its times around an instant."""
    if plan.once:
        yield plan.once
        return
    yesterday = now.astimezone(plan.zone).date() - _DAY
    for number in range(_AHEAD):
        day = yesterday + number * _DAY
        if day.weekday() in plan.days:
            yield _span(plan, day)


def _span(plan: QuietPlan, day: date) -> tuple[datetime, datetime]:
    """That of one day: where the clock is set back, from the first time that shows the one to the last."""
    last = day if plan.to_time > plan.from_time else day + _DAY
    begin, end = datetime.combine(day, plan.from_time), datetime.combine(last, plan.to_time)
    return instant(begin, plan.zone), instant(end, plan.zone, last=True)
