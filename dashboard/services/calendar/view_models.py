"""What the calendar's templates are given: small frozen objects with words, numbers, URLs and geometry."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from dashboard.filters import Query
from dashboard.services.calendar.totals import DayFigure, DayTotals
from dashboard.services.calendar.unread import UnreadNote
from dashboard.services.lists.listing import FilteredPage
from dashboard.web.components import ChoiceLink, Control, TimeRange


@dataclass(frozen=True)
class CalendarEntry:
    """One chip: an event, or several of one deployment on one day.

    state: the key the look colours it by; label: the state in a word or two
    hour: on the clock it is shown on; None for a chip of a month, which stands for a day
    minute_text: what follows the hour, `:30`
    count_text: how many events it stands for, `×3` or `1 of 3`; empty for one
    """

    state: str
    label: str
    glyph: str
    at: datetime
    name: str
    url: str
    title: str
    hour: int | None = None
    minute_text: str = ""
    count_text: str = ""
    note: str = ""

    @property
    def hour_text(self) -> str:
        """The hour in two digits; empty for a chip of a month."""
        return "" if self.hour is None else f"{self.hour:02}"


@dataclass(frozen=True)
class EntryList:
    """Entries in order of time; `now_between`: whether the line of now stands between the two parts."""

    earlier: list[CalendarEntry]
    later: list[CalendarEntry] = field(default_factory=list)
    now_between: bool = False

    @property
    def shown(self) -> bool:
        """Whether there is an entry at all."""
        return bool(self.earlier or self.later)


@dataclass(frozen=True)
class CellRest:
    """What a cell holds beyond the entries that are drawn, as a link.

    text: `+12 (2 failed)`; when: the hour or the day they lie in
    title: both with all states
    """

    text: str
    when: str
    title: str
    url: str


@dataclass(frozen=True)
class HourRow:
    """An hour of a day that holds something; `rest` is None where all of that is drawn."""

    hour: int
    entries: EntryList
    rest: CellRest | None = None


@dataclass(frozen=True)
class Rect:
    """A rectangle of a drawing, in its own units; `kind` is the class the look colours it by."""

    kind: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class DensityBar:
    """One hour of the density band: what is drawn, and the path of the area that leads to the hour's runs."""

    text: str
    url: str
    target: str
    rects: tuple[Rect, ...]


@dataclass(frozen=True)
class Shape:
    """All rectangles of one kind in a drawing, as one path."""

    kind: str
    path: str


@dataclass(frozen=True)
class DensityDay:
    """One day of the density band, counted and drawn.

    runs: how many runs there were; runs_word: its noun
    coming: how many firings are promised or projected
    figures: what is worth a word beside the runs
    text: all figures in one line
    """

    runs: int
    runs_word: str
    failed: int
    missed: int
    coming: int
    figures: tuple[DayFigure, ...]
    text: str
    url: str
    view_box: str
    axis: str
    bars: list[DensityBar]

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """What is drawn of all its hours: one path for each kind takes a tenth of as many rectangles."""
        paths: dict[str, str] = defaultdict(str)
        for rect in (rect for bar in self.bars for rect in bar.rects):
            paths[rect.kind] += f"M{rect.x} {rect.y}h{rect.width}v{rect.height}h-{rect.width}z"
        return tuple(Shape(kind, path) for kind, path in paths.items())

    @property
    def empty(self) -> bool:
        """Whether nothing ran, was missed or is to come."""
        return not (self.runs or self.missed or self.coming)

    @property
    def shows_runs(self) -> bool:
        """Whether the number of runs is shown: a nought only where nothing is to come either."""
        return bool(self.runs or not self.coming)


@dataclass(frozen=True)
class DensityBand:
    """The deployments that fire frequently, and what they come to in a sentence."""

    text: str
    names: list[tuple[str, str]]


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
class Collision:
    """A minute at which several deployments start.

    share: how many of them beside the largest collision of the page, 0 to 100
    more: how many deployments are not named
    """

    at: datetime
    text: str
    to_come: bool
    count: int
    share: int
    names: list[tuple[str, str]]
    more: int
    url: str


@dataclass(frozen=True)
class Notice:
    """A remark about a deployment, and the page where it can be seen."""

    text: str
    url: str


@dataclass(frozen=True)
class KeyItem:
    """A state of the key: how it is drawn, and what it means."""

    state: str
    text: str


@dataclass(frozen=True)
class CalendarPage(FilteredPage):
    """The calendar.

    today_url: leads to now, `#now` where it is in view; empty where the page has no place for it
    promised_text: until when promises go; beyond that all is projected
    watch_notes: when the API was not watched
    summary: what the days come to, in a month without those of its neighbours
    no_collision_text: what is shown where there is no collision
    empty_text: why nothing is in view; empty where something is
    """

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
    today_word: str
    summary: str
    promised_text: str
    now_text: str
    key: tuple[KeyItem, ...]
    watch_notes: tuple[str, ...]
    notices: tuple[Notice, ...]
    more_notices: tuple[Notice, ...]
    days: list[Day]
    density: DensityBand | None
    collisions: list[Collision]
    no_collision_text: str
    empty_text: str
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
    def copy_url(self) -> str:
        """The address for another reader: it names the zone, which is else each reader's own."""
        return self.filter.url(tz=self.filter.one("tz") or self.zone)

    @property
    def has_notes(self) -> bool:
        """Whether there is anything to note above the days."""
        return bool(self.notices or self.watch_notes or self.density or self.shown_promise)

    @property
    def shown_promise(self) -> str:
        """Until when promises go, where the days show anything."""
        return "" if self.empty_text else self.promised_text
