"""The calendar as its templates are given it: frozen objects with words, numbers and URLs."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.filters import Query
from dashboard.services.calendar.drawings import DensityBand, DensityDay
from dashboard.services.calendar.entries import CellRest, EntryList, HourRow
from dashboard.services.calendar.lane_models import LaneSet
from dashboard.services.calendar.totals import DayTotals
from dashboard.services.calendar.unread import UnreadNote
from dashboard.services.lists.listing import FilteredPage
from dashboard.web.components import ChoiceLink, Control, TimeRange


@dataclass(frozen=True)
class Day:
    """One day of the grid.

    number: of the month, with the month's name where the day lies outside the one that is shown
    note: what a change of the clocks does to it, else empty
    rest: what it holds beyond the entries that are drawn, for a month and an agenda
    hours: its hours that hold something, for a week and a day
    unread: what of it has not been read, else nothing
    """

    date: str
    text: str
    number: str
    weekday: str
    url: str
    runs_url: str
    today: bool
    outside: bool
    note: str
    totals: DayTotals
    entries: EntryList
    rest: CellRest | None
    hours: list[HourRow]
    density: DensityDay | None
    unread: UnreadNote | None = None

    @property
    def listed(self) -> bool:
        """Whether an agenda has a section for it."""
        return bool(self.entries.shown or self.today or self.note or self.unread or self.busy)

    @property
    def busy(self) -> bool:
        """Whether any frequent deployment ran or will run on it."""
        return self.density is not None and bool(self.density.runs or self.density.coming)


@dataclass(frozen=True)
class Notice:
    """A remark about a deployment, and the page where it can be seen."""

    text: str
    url: str


@dataclass(frozen=True)
class FailedToday:
    """The deployments of which a run failed today, those that failed most by name.

    others: how many are not named, empty where all are; url: all of today's failures
    """

    names: tuple[ChoiceLink, ...]
    others: str
    url: str


@dataclass(frozen=True)
class KeyItem:
    """A state of the key: how it is drawn, and what it means. path: its drawing in a lane, 24 units wide."""

    state: str
    text: str
    path: str = ""


@dataclass(frozen=True)
class CalendarPage(FilteredPage):
    """The calendar.

    date: the day that these days are chosen by
    today_url: leads to now, `#now` where it is in view; empty where the page has no place for it
    promised_text: until when promises go; beyond that all is projected
    watch_notes: when the API was not watched
    summary: what the days come to, in a month without those of its neighbours
    tonight: the hours of the night that comes; parts: those of the day that is shown
    lanes: the day, which is drawn as lanes; None in other views
    empty_text: why nothing is in view; empty where something is
    only_frequent: whether a week holds nothing beside its band, so that no hour is drawn
    """

    filter: Query
    controls: tuple[Control, ...]
    view: str
    views: tuple[ChoiceLink, ...]
    zone: str
    zone_note: str
    zones: tuple[ChoiceLink, ...]
    heading: str
    date: str
    previous_url: str
    next_url: str
    today_url: str
    today_word: str
    tonight: ChoiceLink
    parts: tuple[ChoiceLink, ...]
    summary: str
    promised_text: str
    now_text: str
    key: tuple[KeyItem, ...]
    watch_notes: tuple[str, ...]
    notices: tuple[Notice, ...]
    more_notices: tuple[Notice, ...]
    days: list[Day]
    density: DensityBand | None
    lanes: LaneSet | None
    failed_today: FailedToday | None
    empty_text: str
    only_frequent: bool
    ics_url: str
    hours: tuple[str, ...] = tuple(f"{hour:02}:00" for hour in range(24))
    span: TimeRange | None = None

    @property
    def agenda_days(self) -> list[Day]:
        """The days that are listed one below the other: of a month, which is a grid, one week of it.

        That is the week of today, or the first one of a month that is not this one.
        """
        if self.view != "month":
            return self.days
        place = next((n for n, day in enumerate(self.days) if day.today), None)
        first = next(n for n, day in enumerate(self.days) if not day.outside)
        start = (first if place is None else place) // 7 * 7
        return self.days[start : start + 7]

    @property
    def share_url(self) -> str:
        """The address for another reader: it names the zone, which is else each reader's own."""
        return self.filter.url(tz=self.filter.one("tz") or self.zone)

    @property
    def fixed_url(self) -> str:
        """The same, of just these days; empty where they are named already."""
        if self.filter.one("date"):
            return ""
        return self.filter.url(tz=self.filter.one("tz") or self.zone, date=self.date)

    @property
    def note_count(self) -> int:
        """How many lines there are above the days, beside what failed today."""
        single = (self.more_notices, self.density, self.shown_promise)
        return len(self.notices) + len(self.watch_notes) + sum(map(bool, single))

    @property
    def shown_promise(self) -> str:
        """Until when promises go, where the days show anything."""
        return "" if self.empty_text else self.promised_text
