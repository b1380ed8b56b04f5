"""The chips of a calendar's cells, and what a cell holds beyond them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


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
