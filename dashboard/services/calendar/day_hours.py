"""A day from left to right: when it begins and ends, and where in it an instant lies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from dashboard.filters import Query
from dashboard.services.calendar.date_range import DateRange

WIDTH = 1440  # units of the drawing, however many hours are looked at: of a whole day, its minutes
_HOUR = timedelta(hours=1)
_QUARTER = timedelta(minutes=15)  # no zone's hours begin at a finer step


@dataclass(frozen=True)
class DayHours:
    """The hours of a day that are looked at, on the clock of a zone.

    by_clock: whether instants are placed as a clock shows them, so that several zones share one scale; else
    as they pass, so that a day on which the clocks change has 23 or 25 hours
    """

    dates: DateRange
    zone: ZoneInfo
    by_clock: bool = False

    @cached_property
    def start(self) -> datetime:
        """When it begins, in UTC."""
        return self.dates.instant(self.dates.day, self.dates.hours[0], self.zone)

    @cached_property
    def end(self) -> datetime:
        """When it ends, in UTC: not before it begins, where the clocks leave out the hours between."""
        return max(self.dates.instant(self.dates.day, self.dates.hours[1], self.zone), self.start)

    def holds(self, at: datetime) -> bool:
        """Whether an instant lies in it."""
        return self.start <= at < self.end

    def x(self, at: datetime) -> int:
        """Where an instant lies, in units of the drawing; what is outside, at the edge."""
        passed, length = self._on_clock(at) if self.by_clock else (at - self.start, self.end - self.start)
        return min(max(round(passed / max(length, _QUARTER) * WIDTH), 0), WIDTH)

    def part(self, at: datetime) -> str:
        """The same as a part of the whole width, such as `12.5%`."""
        return f"{self.x(at) * 100 / WIDTH:.4g}%"

    def hours(self) -> Iterator[tuple[datetime, str]]:
        """Each full hour in it: the instant, and what the clock shows."""
        at = self.start
        while at < self.end:
            local = at.astimezone(self.zone)
            if not local.minute:
                yield at, f"{local:%H:%M}"
            at += _QUARTER if local.minute else _HOUR if self._steady(at) else _QUARTER

    def url(self, query: Query, since: datetime, until: datetime) -> str:
        """The same day, those of its hours alone in which a span lies."""
        first, last = since.astimezone(self.zone), until.astimezone(self.zone)
        full = last.date() > self.dates.day
        to = 24 if full else last.hour + (last.minute > 0 or last.hour <= first.hour)
        return query.url(**{"from": str(first.hour), "to": str(to), "page": ""})

    def _on_clock(self, at: datetime) -> tuple[timedelta, timedelta]:
        first, last = (timedelta(hours=hour) for hour in self.dates.hours)
        local = at.astimezone(self.zone)
        midnight = datetime.combine(self.dates.day, time())
        return local.replace(tzinfo=None) - midnight - first, last - first

    def _steady(self, at: datetime) -> bool:
        """Whether the clock does not change within the next hour."""
        return at.astimezone(self.zone).utcoffset() == (at + _HOUR).astimezone(self.zone).utcoffset()


def day_hours(dates: DateRange, zone: ZoneInfo | None = None) -> DayHours:
    """The hours of a day on a clock: that of the zone, or of the days."""
    return DayHours(dates, zone or dates.zone, by_clock=dates.each_own)
