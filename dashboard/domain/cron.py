"""Cron expressions: when a schedule will fire beyond what the API promises, and a description in words."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

from cron_descriptor import CasingTypeEnum, ExpressionDescriptor, FormatError, MissingFieldError, Options
from cronsim import CronSim, CronSimError

from dashboard.domain.zones import known_zone

FREQUENT_PER_DAY = 8  # firings: from there on a calendar counts them instead of drawing each
_DAY = timedelta(days=1)
_EVERY_DAY = set(range(1, 32))  # of a month
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)  # where a simulation begins that only checks the expression
_MIDNIGHT = "At 00:00, "  # what the descriptor begins with where only days are asked for
SpecItem = int | tuple[int, int]  # a value of a field, or a weekday with its place in the month
_OPTIONS = Options()
_OPTIONS.locale_code = "en_US"  # as the pages are, wherever the server stands
_OPTIONS.use_24hour_time_format = True
_OPTIONS.casing_type = CasingTypeEnum.Sentence
_OPTIONS.day_of_week_start_index_zero = True


@dataclass(frozen=True)
class WeeklyPattern:
    """The times of day and the weekdays, Monday being 0, of a schedule that fires alike in every week."""

    times: tuple[time, ...]
    weekdays: frozenset[int]


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

    @property
    def weekly(self) -> WeeklyPattern | None:
        """What it comes to where no day of the month and no month matters; else None."""
        cron = _parsed(self.expression)
        if cron is None or cron.days != _EVERY_DAY or len(cron.months) < 12:
            return None
        numbers = {weekday for weekday in cron.weekdays if isinstance(weekday, int)}
        if len(numbers) < len(cron.weekdays):  # such as the third Friday
            return None
        weekdays = {(number - 1) % 7 for number in numbers} if cron.day_and else range(7)
        times = tuple(time(hour, minute) for hour in sorted(cron.hours) for minute in sorted(cron.minutes))
        return WeeklyPattern(times, frozenset(weekdays))

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

    def next_after(self, after: datetime) -> datetime | None:
        """The first firing after an instant, however far away; None where none comes in forty years."""
        zone, cron = known_zone(self.zone), _parsed(self.expression)
        if zone is None or cron is None:
            return None
        for day in _matching_days(cron, after.astimezone(zone).date()):
            midnight = datetime.combine(day, time(), zone).astimezone(UTC)
            for at in self.between(max(after, midnight - timedelta(microseconds=1)), midnight + 2 * _DAY):
                return at
        return None

    def nth_after(self, after: datetime, number: int) -> datetime | None:
        """The firing that is so many after an instant, 1 being the next; None as of `next_after`."""
        at: datetime | None = after
        for _ in range(number):
            at = self.next_after(at) if at else None
        return at

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
    """A five-field cron expression in words (`At 09:00`); empty where it cannot be read.

    The words follow what `Schedule` fires at: a step that starts anew with each hour, day or month is
    written as the list of its values, and a day of the month and one of the week are joined as cron does.
    """
    cron = _parsed(expression)
    if cron is None:  # the descriptor puts anything in words, also what can never fire
        return ""
    minute, hour, day, month, weekday = _plain_fields(cron)
    if "*" in (day, weekday):
        return _words(f"{minute} {hour} {day} {month} {weekday}")
    on_day, on_weekday, in_month = (
        _words(f"0 0 {days}").removeprefix(_MIDNIGHT)
        for days in (f"{day} * *", f"* * {weekday}", f"* {month} *")
    )
    either = "and only" if cron.day_and else "or"
    clauses = (f"{on_day}, {either} {on_weekday.removeprefix('only ')}", in_month if month != "*" else "")
    return ", ".join((_words(f"{minute} {hour} * * *"), *filter(None, clauses)))


@lru_cache(maxsize=4096)
def never_fires(expression: str) -> bool:
    """Whether it can be read, and no day of forty years matches it, such as the 30th of February."""
    fields = expression.split()
    if cron := _parsed(expression):
        return next(_matching_days(cron, _ANY_DAY.date()), None) is None
    if len(fields) != 5:
        return False
    *before, month, weekday = fields
    day_in_any_month = _parsed(" ".join((*before, "*", weekday)))
    return day_in_any_month is not None and _parsed(f"0 0 1 {month} *") is not None


def _words(expression: str) -> str:
    try:
        return str(ExpressionDescriptor(expression, _OPTIONS).get_description())
    except (FormatError, MissingFieldError, ValueError, IndexError, KeyError):
        return ""


def _plain_fields(cron: CronSim) -> tuple[str, str, str, str, str]:
    """The five fields, with every step that the words would get wrong as a list of values."""
    minute, hour, day, month, weekday = cron.parts[1:]
    days_of_week = {at % 7 if isinstance(at, int) else at for at in cron.weekdays}
    day, weekday = _plain(day, cron.days, 31, even=False), _plain(weekday, days_of_week, 7)
    if not cron.day_and and "*" in (day, weekday):  # either of them is enough, and one always matches
        day = weekday = "*"
    return (
        _plain(minute, cron.minutes, 60),
        _plain(hour, cron.hours, 24),
        day,
        _plain(month, cron.months, 12),
        weekday,
    )


def _plain(field: str, values: Collection[SpecItem], cycle: int, *, even: bool = True) -> str:
    """A field as it is, as `*` where it holds all values, or as a list where its steps are uneven.

    even: whether a step that divides the cycle goes on without a break
    """
    numbers = sorted(value for value in values if isinstance(value, int))
    if len(numbers) < len(values) or (len(numbers) < cycle and "/" not in field):
        return field
    if len(numbers) == cycle:
        return "*"
    steps = {later - earlier for earlier, later in pairwise([*numbers, numbers[0] + cycle])}
    if even and len(numbers) > 1 and len(steps) == 1:
        return field
    return ",".join(map(str, numbers))


def _matching_days(cron: CronSim, first: date) -> Iterator[date]:
    """The days that it fires on, of forty years from the first on: weekdays and leap days recur in 28."""
    for year in range(first.year, min(first.year + 40, 9999)):
        for month in sorted(cron.months):
            days = (date(year, month, number + 1) for number in range(monthrange(year, month)[1]))
            yield from (day for day in days if day >= first and cron.match_day(day))


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
