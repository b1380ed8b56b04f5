"""When a schedule fires, by trying every minute of every day: slow, and right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True)
class Plan:
    """A schedule as its values, and the same as the API writes it.

    weekdays: 0 is Monday
    """

    expression: str
    zone: str
    minutes: frozenset[int] = frozenset((0,))
    hours: frozenset[int] = frozenset(range(24))
    weekdays: frozenset[int] = EVERY_DAY
    kind: str = "cron"

    @property
    def per_day(self) -> int:
        """How often it fires on a day on which it fires."""
        return len(self.minutes) * len(self.hours)

    def between(self, after: datetime, before: datetime) -> Iterator[datetime]:
        """Its firings after the one instant and before the other, in order."""
        zone = ZoneInfo(self.zone)
        day = after.astimezone(zone).date()
        while day <= before.astimezone(zone).date():
            yield from (at for at in self._of_day(day, zone) if after < at < before)
            day += DAY

    def next(self, after: datetime, number: int) -> list[datetime]:
        """Its next firings."""
        result: list[datetime] = []
        start = after
        while len(result) < number:
            result += self.between(start, start + 8 * DAY)
            start = result[-1] if result else start + 8 * DAY
        return result[:number]

    def _of_day(self, day: date, zone: ZoneInfo) -> Iterator[datetime]:
        if day.weekday() in self.weekdays:
            times = [time(hour, minute) for hour in sorted(self.hours) for minute in sorted(self.minutes)]
            yield from (_on_a_changed_day if _changes(day, zone) else _on_a_day)(self, times, day, zone)


def _changes(day: date, zone: ZoneInfo) -> bool:
    """Whether the clocks of a zone are changed on a day."""
    start, end = (datetime.combine(at, time(), zone) for at in (day, day + DAY))
    return start.utcoffset() != end.utcoffset()


def _on_a_day(_: Plan, times: Iterable[time], day: date, zone: ZoneInfo) -> Iterator[datetime]:
    yield from (datetime.combine(day, at, zone).astimezone(UTC) for at in times)


def _on_a_changed_day(plan: Plan, times: Iterable[time], day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """As cron does it: what fires in every hour goes by the time that passes, the rest once for each time.

    A time that is left out comes as soon as the clocks have been changed.
    """
    start, end = (datetime.combine(at, time(), zone).astimezone(UTC) for at in (day, day + DAY))
    minutes = [start + n * MINUTE for n in range(int((end - start) / MINUTE))]
    if len(plan.hours) == 24:
        shown = set(times)
        yield from (at for at in minutes if at.astimezone(zone).time() in shown)
        return
    firings: set[datetime] = set()
    for at in times:
        reached = [minute for minute in minutes if minute.astimezone(zone).time() >= at]
        firings.update(reached[:1])
    yield from sorted(firings)


def read_plan(expression: str, zone: str) -> Plan | None:
    """The schedule of an expression as these worlds write it; None where there is none."""
    fields = expression.split()
    if len(fields) != 5:
        return None
    minute, hour, *_, weekday = fields
    if minute.startswith("*/"):
        return every(int(minute[2:]), zone)
    if hour == "*":
        return hourly(int(minute), zone)
    maker = daily if weekday == "*" else on_weekdays
    return maker(int(hour), int(minute), zone)


def every(minutes: int, zone: str = "UTC") -> Plan:
    """Every so many minutes, a divisor of sixty."""
    return Plan(f"*/{minutes} * * * *", zone, frozenset(range(0, 60, minutes)))


def hourly(minute: int, zone: str = "UTC") -> Plan:
    """Once an hour."""
    return Plan(f"{minute} * * * *", zone, frozenset((minute,)))


def daily(hour: int, minute: int, zone: str = "UTC") -> Plan:
    """Once a day."""
    return Plan(f"{minute} {hour} * * *", zone, frozenset((minute,)), frozenset((hour,)))


def on_weekdays(hour: int, minute: int, zone: str = "UTC") -> Plan:
    """Once on each day from Monday to Friday."""
    week = frozenset(range(5))
    return Plan(f"{minute} {hour} * * 1-5", zone, frozenset((minute,)), frozenset((hour,)), week)
