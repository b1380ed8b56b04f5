"""The text of iCalendar (RFC 5545): content lines, instants and time zones.

Lines are written here rather than by the library's components, which take ten times as long for each
entry; escaping, folding and time zones are the library's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, vText
from icalendar.parser import Contentline

from dashboard.domain.text import without_controls

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LONGEST = 75  # bytes of a content line
_UTC = "UTC"  # the one zone that needs no definition


def text(value: str) -> str:
    """A text as a value; control characters but line ends and tabs are dropped."""
    return vText(without_controls(value, "\t\n")).to_ical().decode()


def lines(content: Iterable[str]) -> bytes:
    """Content lines, each folded where it is long."""
    return b"".join(_folded(line) + b"\r\n" for line in content)


def utc(at: datetime) -> str:
    """An instant in UTC."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def local(name: str, times: Iterable[datetime]) -> str:
    """A property with wall-clock times of one zone, as a content line."""
    times = list(times)
    if zone_name(times[0]) == _UTC:
        return f"{name}:{','.join(map(utc, times))}"
    return f"{name};TZID={zone_name(times[0])}:{','.join(f'{at:%Y%m%dT%H%M%S}' for at in times)}"


def zone_name(at: datetime) -> str:
    """The zone of a wall-clock time."""
    return str(at.tzinfo)


def weekly(weekdays: frozenset[int], last: datetime) -> str:
    """The rule of an entry that repeats on those weekdays up to an instant."""
    days = ",".join(_DAYS[day] for day in sorted(weekdays))
    return f"RRULE:{'FREQ=DAILY' if len(weekdays) == 7 else f'FREQ=WEEKLY;BYDAY={days}'};UNTIL={utc(last)}"


def length(duration: timedelta) -> str:
    """A duration, to the second."""
    return f"PT{round(duration.total_seconds())}S"


def zone_definition(name: str, first: date, last: date) -> bytes:
    """The definition of a zone for the days of a file; nothing for UTC."""
    return b"" if name == _UTC else _zone_definition(name, first, last)


@lru_cache(maxsize=256)
def _zone_definition(name: str, first: date, last: date) -> bytes:
    zone = Timezone.from_tzinfo(ZoneInfo(name), name, first_date=first, last_date=last)
    return bytes(zone.to_ical())


def _folded(line: str) -> bytes:
    written = line.encode()
    if len(written) <= _LONGEST:
        return written
    return bytes(Contentline(line).to_ical())  # type: ignore[no-untyped-call] # it carries no types
