"""The days that a view shows, and where in them an instant lies."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from dashboard.domain.zones import known_zone
from dashboard.filters import Query
from dashboard.filters.fields import EACH_JOBS_OWN
from dashboard.models import Deployment

_DAYS = {"day": 1, "week": 7, "agenda": 7}
_FARTHEST = timedelta(hours=14)  # no zone is farther from UTC


@dataclass(frozen=True)
class DateRange:
    """Consecutive days on the clock of a zone.

    zone: the zone of the days; each_own: whether instants are placed on each deployment's own clock
    hours: from which hour of a day until which one it is looked at
    """

    view: str
    day: date
    first: date
    last: date
    zone: ZoneInfo
    each_own: bool
    hours: tuple[int, int] = (0, 24)

    @cached_property
    def days(self) -> list[date]:
        """The days, in order."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @cached_property
    def start(self) -> datetime:
        """An instant at or before everything in it."""
        return self.midnight(self.first) - (_FARTHEST * 2 if self.each_own else timedelta())

    @cached_property
    def just_before(self) -> datetime:
        """The last instant before `start`: what comes after it and before `end` lies in the range."""
        return self.start - timedelta(microseconds=1)

    @cached_property
    def end(self) -> datetime:
        """An instant after everything in it."""
        return self.midnight(self.last + timedelta(days=1)) + (
            _FARTHEST * 2 if self.each_own else timedelta()
        )

    def midnight(self, day: date, zone: ZoneInfo | None = None) -> datetime:
        """When a day begins, in UTC."""
        return datetime.combine(day, time.min, zone or self.zone).astimezone(UTC)

    def instant(self, day: date, hour: int, zone: ZoneInfo | None = None) -> datetime:
        """When an hour of a day begins, in UTC; of one that comes twice, the first time. 24 ends the day."""
        if hour == 24:
            return self.midnight(day + timedelta(days=1), zone)
        return datetime.combine(day, time(hour), zone or self.zone).astimezone(UTC)

    def zone_of(self, deployment: Deployment) -> ZoneInfo:
        """The clock a deployment is shown on; the days' own where its zone is none."""
        return (known_zone(deployment.timezone) if self.each_own else None) or self.zone

    def clock_of(self, deployments: Iterable[Deployment]) -> ZoneInfo:
        """The one clock that all of those are shown on; the days' own where there are several."""
        zones = {self.zone_of(deployment) for deployment in deployments}
        return zones.pop() if len(zones) == 1 else self.zone

    def stepped(self, by: int) -> date:
        """The day that the view before or after this one is opened at."""
        if self.view != "month":
            return self.day + by * timedelta(days=_DAYS[self.view])
        month = self.day.month - 1 + by
        year, month = self.day.year + month // 12, month % 12 + 1
        return date(year, month, min(self.day.day, monthrange(year, month)[1]))


def date_range(query: Query, now: datetime) -> DateRange:
    """The days that a query asks for, around today where it names no day.

    now: in the reader's own zone, which is the calendar's where the query names none
    """
    named = query.one("tz")
    each_own = named == EACH_JOBS_OWN
    own = now.tzinfo if isinstance(now.tzinfo, ZoneInfo) else ZoneInfo("UTC")
    zone = (None if each_own else known_zone(named)) or own
    today = now.astimezone(zone).date()
    day = date.fromisoformat(query.one("date")) if query.one("date") else today
    view = query.one("view")
    first, last = _bounds(view, day)
    hours = int(query.one("from")), int(query.one("to"))
    return DateRange(view, day, first, last, zone, each_own, hours)


def _bounds(view: str, day: date) -> tuple[date, date]:
    if view == "month":
        first = day.replace(day=1)
        last = day.replace(day=monthrange(day.year, day.month)[1])
        return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())
    first = day - timedelta(days=day.weekday()) if view == "week" else day
    return first, first + timedelta(days=_DAYS[view] - 1)
