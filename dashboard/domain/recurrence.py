"""Instants that come back at one time of day, as a rule with exceptions: what calendar programs repeat.

Pure. A rule is a daily or a weekly one at one time of day: Outlook reads no rule with several times, and
monthly ones gain nothing within weeks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dashboard.domain.cron import Schedule
from dashboard.domain.zones import known_zone

_FEWEST = 2  # instants that are worth a rule


@dataclass(frozen=True)
class Repetition:
    """Instants at one time of day, from the first to the last, on some weekdays.

    instants: by their wall-clock time, in order
    weekdays: Monday being 0
    left_out: the wall-clock times that the rule has and the instants have not
    """

    instants: dict[datetime, datetime]
    weekdays: frozenset[int]
    left_out: tuple[datetime, ...]

    @property
    def first(self) -> datetime:
        """The first wall-clock time, in the zone of the schedule."""
        return next(iter(self.instants))

    @property
    def last(self) -> datetime:
        """The last instant."""
        return next(reversed(self.instants.values()))


def repetitions(instants: Collection[datetime], schedule: Schedule) -> list[Repetition]:
    """Those of the instants that repeat as the schedule does, one repetition for each time of day.

    Wall-clock times that a change of the clocks leaves out or brings twice are in none: programs differ
    in what they make of them.
    """
    pattern, zone = schedule.weekly, known_zone(schedule.zone)
    if pattern is None or zone is None:
        return []
    by_time: dict[time, dict[date, datetime]] = defaultdict(dict)
    for at in sorted(instants):
        local = at.astimezone(zone)
        if local.weekday() in pattern.weekdays and _comes_once(local):
            by_time[local.time()][local.date()] = at
    return list(_worthwhile(pattern.times, by_time, pattern.weekdays, zone))


def _worthwhile(
    times: Collection[time],
    by_time: dict[time, dict[date, datetime]],
    weekdays: frozenset[int],
    zone: ZoneInfo,
) -> Iterator[Repetition]:
    """The repetitions that have enough instants, and more of them than exceptions."""
    for at in times:
        dates = by_time.get(at, {})
        if len(dates) >= _FEWEST:
            left_out = _missing(dates, at, weekdays, zone)
            if len(left_out) < len(dates):
                instants = {datetime.combine(day, at, zone): instant for day, instant in dates.items()}
                yield Repetition(instants, weekdays, left_out)


def _missing(
    dates: Collection[date], at: time, weekdays: frozenset[int], zone: ZoneInfo
) -> tuple[datetime, ...]:
    """The times that a rule has between the first and the last of those days, on days that are not given."""
    first, last = min(dates), max(dates)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(
        datetime.combine(day, at, zone) for day in days if day.weekday() in weekdays and day not in dates
    )


def _comes_once(local: datetime) -> bool:
    """Whether a clock shows that time exactly once on its day."""
    return local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset()
