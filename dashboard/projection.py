"""When a schedule will fire, worked out from its cron expression: what the API has not promised yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from dashboard.zones import known_zone

OFTEN = 8  # times a day: from there on a deployment is folded into a band instead of drawn one by one


@dataclass(frozen=True)
class Schedule:
    """A cron expression and the zone whose wall clock it is matched against."""

    expression: str
    zone: str

    def per_day(self) -> int:
        """How often it fires on a day on which it fires; 0 where it cannot be read."""
        return _per_day(self.expression)

    @property
    def often(self) -> bool:
        """Whether it fires so often that it is folded into a band."""
        return self.per_day() >= OFTEN

    def between(self, after: datetime, before: datetime) -> Iterator[datetime]:
        """The instants after the one and before the other, in UTC; none where it cannot be read.

        Over a clock change as cron does it: a wall-clock hour that is left out fires after it, one that
        comes twice fires once.
        """
        zone = known_zone(self.zone)
        if zone is None or not self.per_day():
            return
        try:
            for at in CronSim(self.expression, after.astimezone(zone)):
                if at >= before:
                    return
                yield at.astimezone(UTC)
        except (CronSimError, OverflowError):
            return

    def hours(self, after: datetime, before: datetime) -> Iterator[tuple[datetime, int]]:
        """The hours between two instants in which it fires, and how often in each.

        For schedules that fire often, where walking over every instant would take too long: an hour's
        firings are told at its first.
        """
        zone = known_zone(self.zone)
        if zone is None or not self.per_day():
            return
        first, last = _whole_hour(after + timedelta(hours=1), zone), _whole_hour(before, zone)
        if first >= last:
            yield from ((at, 1) for at in self.between(after, before))
            return
        yield from ((at, 1) for at in self.between(after, first))
        day = first.replace(hour=0, minute=0)
        while day < last:
            yield from ((at, number) for at, number in _hours(self, day) if first <= at < last)
            day += timedelta(days=1)
        yield from ((at, 1) for at in self.between(last - timedelta(seconds=1), before))


def _whole_hour(at: datetime, zone: ZoneInfo) -> datetime:
    """When the hour on that zone's clock began, in UTC: some zones are half an hour off."""
    return at.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)


@lru_cache(maxsize=50_000)
def _hours(schedule: Schedule, day: datetime) -> tuple[tuple[datetime, int], ...]:
    """The hours of one day (of UTC) in which a schedule fires; asked for again with every page."""
    tomorrow = day + timedelta(days=1)
    zone = known_zone(schedule.zone) or ZoneInfo("UTC")
    if day.astimezone(zone).utcoffset() != tomorrow.astimezone(zone).utcoffset():
        # Cron's rules for a change of the clocks depend on the whole expression.
        fires = schedule.between(day - timedelta(seconds=1), tomorrow + timedelta(hours=1))
        counted = Counter(_whole_hour(at, zone) for at in fires)
        return tuple(sorted((at, number) for at, number in counted.items() if day <= at < tomorrow))
    minutes = CronSim(schedule.expression, day).minutes
    hourly = f"{min(minutes)} {schedule.expression.split(maxsplit=1)[1]}"
    fires = Schedule(hourly, schedule.zone).between(day - timedelta(seconds=1), tomorrow)
    return tuple((at, len(minutes)) for at in fires)


@lru_cache(maxsize=4096)
def _per_day(expression: str) -> int:
    if len(expression.split()) != 5:
        return 0
    try:
        found = CronSim(expression, datetime(2000, 1, 1, tzinfo=UTC))
    except CronSimError:
        return 0
    return len(found.minutes) * len(found.hours)
