"""What the calendar's template is given: small frozen objects, no rule lives here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.filters import Query
from dashboard.services.lists.listing import Asked
from dashboard.web.components import Control, Link


@dataclass(frozen=True)
class Entry:
    """One chip: an event, or several of one deployment on one day."""

    state: str
    glyph: str
    at: datetime
    said: str
    name: str
    url: str
    title: str
    count: int = 1
    failed: int = 0
    note: str = ""


@dataclass(frozen=True)
class Counts:
    """What a day comes to."""

    failed: int = 0
    missed: int = 0
    late: int = 0
    completed: int = 0
    other: int = 0
    promised: int = 0
    projected: int = 0


@dataclass(frozen=True)
class Day:
    """One day of the grid; `hours` has a list of entries for each hour on the clock."""

    date: str
    said: str
    number: str
    weekday: str
    url: str
    runs_url: str
    today: bool
    outside: bool
    past: bool
    note: str
    counts: Counts
    entries: list[Entry]
    more: int
    hours: list[list[Entry]]
    now_row: int


@dataclass(frozen=True)
class Bar:
    """One hour of the band: heights from 0 to 100."""

    said: str
    done: int
    failed: int
    coming: int
    url: str


@dataclass(frozen=True)
class HumDay:
    """One day of the band."""

    total: int
    failed: int
    missed: int
    coming: int
    url: str
    bars: list[Bar]


@dataclass(frozen=True)
class Hum:
    """The deployments that fire often, folded into a band."""

    said: str
    names: list[tuple[str, str]]
    days: list[HumDay]


@dataclass(frozen=True)
class Clash:
    """A minute at which several deployments start."""

    at: datetime
    said: str
    count: int
    names: list[tuple[str, str]]
    more: int
    url: str


@dataclass(frozen=True)
class Fact:
    """Something worth knowing, and where it is told in full."""

    text: str
    url: str


@dataclass(frozen=True)
class CalendarPage(Asked):
    """The calendar, whole."""

    filter: Query
    controls: tuple[Control, ...]
    view: str
    views: tuple[Link, ...]
    zone: str
    zone_note: str
    zones: tuple[Link, ...]
    heading: str
    previous_url: str
    next_url: str
    today_url: str
    summary: str
    promised_said: str
    now_said: str
    shown_past: bool
    shown_future: bool
    watch_notes: tuple[str, ...]
    facts: tuple[Fact, ...]
    days: list[Day]
    hum: Hum | None
    clashes: list[Clash]
    nothing: str
    ics_url: str = ""
    hours: tuple[str, ...] = tuple(f"{hour:02}:00" for hour in range(24))
    spans: tuple[Link, ...] = ()
