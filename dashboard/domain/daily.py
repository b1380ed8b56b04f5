"""Which day a daily summary is due for, by the clock of a zone. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dashboard.domain.quiet import instant

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class SummaryDay:
    """The local day on which a summary was due last, and the time that it is about: from one to the next.

    That is 23 or 25 hours where the clock is changed in between.
    """

    day: date
    since: datetime
    until: datetime


def summary_day(at: time, zone: ZoneInfo, now: datetime) -> SummaryDay:
    """What was due last. at: the time of the day; where the clock shows it twice the first one counts."""
    today = now.astimezone(zone).date()
    day = today if instant(datetime.combine(today, at), zone) <= now else today - _DAY
    since, until = (instant(datetime.combine(one, at), zone) for one in (day - _DAY, day))
    return SummaryDay(day, since, until)


def time_of_day(text: str) -> time | None:
    """A time as `08:00`; None for anything else."""
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of any day
    except ValueError:
        return None
