"""Dates and instants as pages print them, so that what is copied from a page can be pasted into a field."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

_CLOCK = re.compile(r"(?P<time>\d\d:\d\d(?::\d\d)?)(?: (?P<zone>[\w+-]+))?")  # `21:47`, of today
# `Tue 16 Jun 09:22`, `Tue 16 Jun 2026, 09:22:03 CEST`, `3 Nov 14:00`, `Tuesday 16 June 2026`
_PRINTED = re.compile(
    r"(?:(?P<weekday>[A-Z][a-z]+) )?(?P<day>\d{1,2}) (?P<month>[A-Z][a-z]+)(?: (?P<year>\d{4}))?"
    r"(?:,? (?P<time>\d\d:\d\d(?::\d\d)?)(?: (?P<zone>[\w+-]+))?)?"
)


def as_iso(text: str, now: datetime) -> str:
    """The same date or instant in ISO 8601, an instant with its offset; empty where no page prints it so.

    now: in the reader's zone. Without a year it is the latest such day that has begun, else the next one;
    without a day it is the latest such time that has come.
    """
    if clock := _CLOCK.fullmatch(text):
        return _of_today(clock["time"], clock["zone"], now)
    printed = _PRINTED.fullmatch(text)
    days = list(_days(printed, now)) if printed else []
    if not printed or not days:
        return ""
    begun = [day for day in days if day <= now.date()]
    day = max(begun) if begun else min(days)
    return _instant(day, printed["time"], printed["zone"], now) if printed["time"] else day.isoformat()


def _of_today(clock: str, zone: str | None, now: datetime) -> str:
    """That time of today, or of yesterday where it has not come yet."""
    of_days = (_instant(now.date() - timedelta(days=days), clock, zone, now) for days in (0, 1))
    return next((at for at in of_days if at and datetime.fromisoformat(at) <= now), "")


def _days(printed: re.Match[str], now: datetime) -> Iterator[date]:
    """The days that may be meant."""
    month = _place(printed["month"], calendar.month_name, calendar.month_abbr)
    weekday = _place(printed["weekday"], calendar.day_name, calendar.day_abbr)
    years = [int(printed["year"])] if printed["year"] else range(now.year - 1, now.year + 2)
    for year in years:
        try:
            day = date(year, month, int(printed["day"]))
        except ValueError:
            continue
        if printed["weekday"] is None or day.weekday() == weekday:
            yield day


def _place(name: str | None, *names: Iterable[str]) -> int:
    """The place of a month or a day of the week among their names, in full or abbreviated; -1 for none."""
    return next((place for known in names for place, word in enumerate(known) if word == name), -1)


def _instant(day: date, clock: str, zone: str | None, now: datetime) -> str:
    """That time of a day in the reader's zone, or in UTC; empty where a zone is named that is neither."""
    local = datetime.combine(day, time.fromisoformat(clock), now.tzinfo)
    choices = [local, local.replace(fold=1), local.replace(tzinfo=UTC)]
    return next((at.isoformat() for at in choices if zone in (None, at.tzname())), "")
