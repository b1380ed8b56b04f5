"""A calendar's file in the making: entries are taken while there is room, and what is not is named in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from dashboard import __version__
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.exports import ics_text
from dashboard.services.exports.ics_entries import Entries

# Google Calendar takes files of up to 1 MB (support.google.com/calendar/answer/45654), Outlook and Apple
# Calendar larger ones.
MOST_BYTES = 1_000_000
_RESERVED = 10_000  # for the beginning, with the name of the calendar, and for what is left out
_SMALLEST = 300  # no entry is shorter


class CalendarFile:
    """What is in the file so far. `dates`: the days it is about, which zones are defined for."""

    def __init__(self, dates: DateRange) -> None:
        """Begin with nothing in it."""
        self._days = dates.first - timedelta(days=2), dates.last + timedelta(days=2)
        self._zones: dict[str, bytes] = {}
        self._entries: list[bytes] = []
        self._room = MOST_BYTES - _RESERVED

    @property
    def full(self) -> bool:
        """Whether no entry has room any more."""
        return self._room < _SMALLEST

    def take(self, entries: Entries) -> bool:
        """Whether there is room for all of those entries; if so they are in the file now."""
        zone = {} if entries.zone in {"", *self._zones} else {entries.zone: self._definition(entries.zone)}
        size = len(entries.text) + sum(map(len, zone.values()))
        if size > self._room:
            return False
        self._room -= size
        self._zones |= zone
        self._entries.append(entries.text)
        return True

    def body(self, name: str, left_out: str, made_at: datetime) -> bytes:
        """The whole text. left_out: a sentence of what is missing, empty where nothing is."""
        beginning = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            f"PRODID:-//qoder-deployments-dashboard//{__version__}//EN",
            f"X-WR-CALNAME:{ics_text.text(name)}",
        ]
        if left_out:
            beginning.append(f"X-WR-CALDESC:{ics_text.text(left_out)}")
        return b"".join(
            (
                ics_text.lines(beginning),
                *self._zones.values(),
                ics_text.lines(_notice(left_out, made_at)) if left_out else b"",
                *self._entries,
                ics_text.lines(["END:VCALENDAR"]),
            )
        )

    def _definition(self, zone: str) -> bytes:
        return ics_text.zone_definition(zone, *self._days)


def _notice(left_out: str, made_at: datetime) -> Iterable[str]:
    """An entry of today that names what is missing: few programs show the description of a calendar."""
    return (
        "BEGIN:VEVENT",
        "UID:left-out@qoder-dashboard",
        f"DTSTAMP:{ics_text.utc(made_at)}",
        f"DTSTART;VALUE=DATE:{made_at.astimezone(UTC):%Y%m%d}",
        "SUMMARY:This calendar is not complete",
        f"DESCRIPTION:{ics_text.text(left_out)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    )
