"""What the calendar's template is given: small frozen objects, no rule lives here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.filters import Query
from dashboard.services.lists.listing import FilteredPage
from dashboard.web.components import ChoiceLink, Control


@dataclass(frozen=True)
class CalendarEntry:
    """One chip: an event, or several of one deployment on one day."""

    state: str
    glyph: str
    at: datetime
    text: str
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
    text: str
    number: str
    weekday: str
    url: str
    runs_url: str
    today: bool
    outside: bool
    past: bool
    note: str
    counts: Counts
    entries: list[CalendarEntry]
    more: int
    hours: list[list[CalendarEntry]]
    now_row: int


@dataclass(frozen=True)
class DensityBar:
    """One hour of the band: heights from 0 to 100."""

    text: str
    done: int
    failed: int
    coming: int
    url: str


@dataclass(frozen=True)
class DensityDay:
    """One day of the band."""

    total: int
    failed: int
    missed: int
    coming: int
    url: str
    bars: list[DensityBar]


@dataclass(frozen=True)
class DensityBand:
    """The deployments that fire often, folded into a band."""

    text: str
    names: list[tuple[str, str]]
    days: list[DensityDay]


@dataclass(frozen=True)
class Collision:
    """A minute at which several deployments start."""

    at: datetime
    text: str
    count: int
    names: list[tuple[str, str]]
    more: int
    url: str


@dataclass(frozen=True)
class Notice:
    """Something worth knowing, and where it is told in full."""

    text: str
    url: str


@dataclass(frozen=True)
class CalendarPage(FilteredPage):
    """The calendar, whole."""

    filter: Query
    controls: tuple[Control, ...]
    view: str
    views: tuple[ChoiceLink, ...]
    zone: str
    zone_note: str
    zones: tuple[ChoiceLink, ...]
    heading: str
    previous_url: str
    next_url: str
    today_url: str
    summary: str
    promised_text: str
    now_text: str
    shown_past: bool
    shown_future: bool
    watch_notes: tuple[str, ...]
    facts: tuple[Notice, ...]
    days: list[Day]
    hum: DensityBand | None
    clashes: list[Collision]
    nothing: str
    ics_url: str = ""
    hours: tuple[str, ...] = tuple(f"{hour:02}:00" for hour in range(24))
    spans: tuple[ChoiceLink, ...] = ()
