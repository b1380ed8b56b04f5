"""Cron expressions: when a schedule will fire beyond what the API promises, and a description in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import takewhile
from zoneinfo import ZoneInfo

from cron_descriptor import CasingTypeEnum, ExpressionDescriptor, FormatError, MissingFieldError, Options
from cronsim import CronSim, CronSimError

from dashboard.domain.zones import known_zone

FREQUENT_PER_DAY = 8  # firings: from there on a calendar counts them instead of drawing each
_DAY = timedelta(days=1)
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)  # where a simulation begins that only checks the expression
_OPTIONS = Options()
_OPTIONS.locale_code = "en_US"  # as the pages are, wherever the server stands
_OPTIONS.use_24hour_time_format = True
_OPTIONS.casing_type = CasingTypeEnum.Sentence
_OPTIONS.day_of_week_start_index_zero = True


@dataclass(frozen=True)
class Schedule:
    """A cron expression and the zone whose wall clock it is matched against."""

    expression: str
    zone: str

    def per_day(self) -> int:
        """The number of firings on a day on which it fires; 0 where it cannot be read."""
        cron = _parsed(self.expression)
        return len(cron.minutes) * len(cron.hours) if cron else 0

    @property
    def frequent(self) -> bool:
        """Whether it fires at least `FREQUENT_PER_DAY` times on a day on which it fires."""
        return self.per_day() >= FREQUENT_PER_DAY

    def between(self, after: datetime, before: datetime) -> Iterator[datetime]:
        """The instants after the one and before the other, in UTC; none where it cannot be read.

        Over a clock change as cron does it: a wall-clock hour that is left out fires after it, one that
        comes twice fires once.
        """
        for hour, minutes in self._hours(after, before):
            yield from (at for minute in minutes if after < (at := hour + minute) < before)

    def hours(self, after: datetime, before: datetime) -> Iterator[tuple[datetime, int]]:
        """The hours between two instants in which it fires, as the first firing and their number.

        For frequent schedules, where walking over every instant would take too long. An hour that is cut by
        one of the two instants comes as its single firings, and so does every hour around a clock change.
        """
        for hour, minutes in self._hours(after, before):
            if after < hour + minutes[0] and hour + minutes[-1] < before:
                yield hour + minutes[0], len(minutes)
            else:
                yield from ((at, 1) for minute in minutes if after < (at := hour + minute) < before)

    def _hours(self, after: datetime, before: datetime) -> Iterator[tuple[datetime, tuple[timedelta, ...]]]:
        """Every firing hour of the days that two instants lie on: its start in UTC, the firings after it."""
        zone, cron = known_zone(self.zone), _parsed(self.expression)
        if zone is None or cron is None:
            return
        minutes = tuple(timedelta(minutes=minute) for minute in sorted(cron.minutes))
        hours = [timedelta(hours=hour) for hour in sorted(cron.hours)]
        for day in _days(after.astimezone(zone).date(), before.astimezone(zone).date()):
            if not _steady(day, zone):
                yield from ((at, (timedelta(),)) for at in _simulated(self.expression, day, zone))
            elif day.month in cron.months and cron.match_day(day):
                midnight = datetime.combine(day, time(), zone).astimezone(UTC)
                yield from ((midnight + hour, minutes) for hour in hours)


@lru_cache(maxsize=4096)
def describe(expression: str) -> str:
    """A five-field cron expression in words (`At 09:00`); empty where it cannot be read."""
    if _parsed(expression) is None:  # the descriptor puts anything in words, also what can never fire
        return ""
    try:
        return str(ExpressionDescriptor(expression, _OPTIONS).get_description())
    except (FormatError, MissingFieldError, ValueError, IndexError, KeyError):
        return ""


def _days(first: date, last: date) -> Iterator[date]:
    return (first + n * _DAY for n in range((last - first).days + 1))


@lru_cache(maxsize=4096)
def _steady(day: date, zone: ZoneInfo) -> bool:
    """Whether the offset from UTC is the same on the days around: then a day is 24 hours long."""
    try:
        noons = [datetime.combine(day + by * _DAY, time(12), zone).utcoffset() for by in (-1, 0, 1)]
    except OverflowError:
        return False
    return noons[0] == noons[1] == noons[2]


def _simulated(expression: str, day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """The instants of one day, where cron's rules for a change of the clocks matter."""
    try:
        before = datetime.combine(day, time(), zone).astimezone(UTC) - timedelta(seconds=1)
        fires = CronSim(expression, before.astimezone(zone))
        yield from (at.astimezone(UTC) for at in takewhile(lambda at: at.date() == day, fires))
    except (CronSimError, OverflowError):
        return


@lru_cache(maxsize=4096)
def _parsed(expression: str) -> CronSim | None:
    """An expression of five fields; None where it cannot be read or can never fire."""
    if len(expression.split()) != 5:
        return None
    try:
        return CronSim(expression, _ANY_DAY)
    except CronSimError:
        return None
