"""What templates are given: small frozen objects, one per component of the look.

Services and filters build them, macros in `templates/components/` draw them. They hold words,
numbers, instants and URLs, never markup, and no rule of the domain lives here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.domain.metadata import METADATA


@dataclass(frozen=True)
class Badge:
    """A state as glyph, word and colour.

    state: the key the look colours by (`failed`, `failing`, `completed`, `ok`, `running`, `pending`,
        `skipped`, `started`, `silent`, `blocked`, `stuck`, `slow`, `paused`, `paused-error`, `archived`,
        `never`, `unknown`, `unread`)
    word: what a reader sees; for a state nobody has heard of, the API's own word
    glyph: name of one of the shapes in templates/components/glyphs.svg
    """

    state: str
    word: str
    glyph: str


@dataclass(frozen=True)
class Count:
    """A number of things, and whether it is exact: `at_least` when counting stopped there."""

    number: int
    at_least: bool = False

    @property
    def text(self) -> str:
        """In words: `1,234`, or `1,000+`."""
        return f"{self.number:,}{'+' if self.at_least else ''}"


@dataclass(frozen=True)
class ChoiceLink:
    """A choice that is a link: the page sizes, the time spans, the pages in the bar.

    current: whether it is the choice in force
    """

    word: str
    url: str
    current: bool = False


@dataclass(frozen=True)
class Pill:
    """A state with its count, as a link that switches it on or off.

    badge: None for a choice that is no state; current: whether it is switched on
    url: empty for what cannot be switched on by itself: all that have no pill
    """

    badge: Badge | None
    word: str
    count: Count
    url: str
    current: bool


_CALLED = {
    "q": "matching",
    "deployment_q": "deployment matching",
    "deployment_environment_id": "environment",  # a run has no other
    "trigger_type": "trigger",
    "min_duration": "at least",
}


def called(parameter: str) -> str:
    """What a parameter is called on a page: what it names a thing by is left out."""
    _, of_metadata, key = parameter.partition(METADATA)
    return key if of_metadata else _CALLED.get(parameter) or parameter.removesuffix("_id").replace("_", " ")


@dataclass(frozen=True)
class Chip:
    """A filter in force, and the same page without it."""

    name: str
    text: str
    remove_url: str

    @property
    def label(self) -> str:
        """What the parameter is called."""
        return called(self.name)


@dataclass(frozen=True)
class Ignored:
    """A value of the query that could not be used, and why, in a sentence without a full stop.

    instead: what may have been meant
    """

    name: str
    value: str
    why: str
    instead: tuple[ChoiceLink, ...] = ()


@dataclass(frozen=True)
class Option:
    """One choice of a select."""

    value: str
    text: str
    selected: bool = False


@dataclass(frozen=True)
class Choice:
    """Something that can be chosen by its id, what it is called, and what tells it from others."""

    value: str
    text: str
    note: str = ""


@dataclass(frozen=True)
class Control:
    """One control of a filter form.

    kind: `search`, `select`, `text`, `check`, or `choices`: any number of what is found by typing
    parameter: what it sets, where that is another parameter than the one it is sent as
    values: what is in force now (several where the parameter is repeated); of `choices` what stays typed
    options: what a select offers; of `choices` what is chosen: the rest is at `choices_url`
    more: whether it is kept behind the button for more filters
    """

    kind: str
    name: str
    label: str
    values: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    placeholder: str = ""
    more: bool = False
    parameter: str = ""
    choices_url: str = ""

    @property
    def active(self) -> bool:
        """Whether it narrows the list."""
        return bool(self.values or (self.choices_url and self.options))


@dataclass(frozen=True)
class TimeRange:
    """From when on and until when: usual spans as links, and two native fields for a date and a time.

    since, until: what the fields show; empty where nothing is in force, or something relative
    hidden: what is in force, as the form sends it before its fields
    zone: whose clock the fields go by
    """

    presets: tuple[ChoiceLink, ...]
    since: str
    until: str
    hidden: tuple[tuple[str, str], ...]
    zone: str

    @property
    def active(self) -> bool:
        """Whether a field shows anything."""
        return bool(self.since or self.until)


@dataclass(frozen=True)
class Sort:
    """A column head that sorts: where a click leads and how the column is sorted now.

    direction: `ascending`, `descending`, or empty when another column decides the order
    """

    word: str
    url: str
    direction: str = ""


@dataclass(frozen=True)
class Pager:
    """The way to the neighbouring pages, and to other page sizes.

    shown: how many rows this page has; newer_url, older_url: empty where there is no such page
    folded: how many of these are not shown by themselves, as a later try repeats them
    """

    shown: int
    newer_url: str = ""
    older_url: str = ""
    sizes: tuple[ChoiceLink, ...] = ()
    folded: int = 0

    @property
    def has_neighbours(self) -> bool:
        """Whether there is a page before or after this one."""
        return bool(self.newer_url or self.older_url)


BAR_WIDTH = 56  # units of the drawing


@dataclass(frozen=True)
class DurationBar:
    """How long something lasts: a figure, and a bar on which the usual is a tick.

    text: the figure; empty where nothing is known
    against: what it is held against, in words
    filled, tick: how far along the bar, from 0 to 1; None where nothing is usual, and no bar is drawn
    excess: what it is called where it is too long, `slow` or `over the limit 10 min`
    live: it is still growing
    """

    text: str
    against: str = ""
    filled: float | None = None
    tick: float = 0
    excess: str = ""
    live: bool = False

    @property
    def filled_width(self) -> float:
        """How wide the filled part is, in units of the drawing."""
        return round(BAR_WIDTH * (self.filled or 0), 1)

    @property
    def tick_x(self) -> float:
        """Where the tick is, in units of the drawing."""
        return round(BAR_WIDTH * self.tick, 1)


@dataclass(frozen=True)
class Sparkline:
    """How often something happened over a span, as small bars, oldest first, and in one sentence."""

    bars: tuple[int, ...]
    text: str

    @property
    def width(self) -> int:
        """The width of the drawing: four units for a bar, one between two."""
        return len(self.bars) * 5 - 1

    @property
    def rects(self) -> tuple[tuple[int, int, int], ...]:
        """Where each bar that is not empty stands: its left edge, its top, its height; 19 is the ground."""
        most = max(*self.bars, 1)
        heights = [
            (place * 5, -(-number * 17 // most) + 1) for place, number in enumerate(self.bars) if number
        ]
        return tuple((x, 19 - height, height) for x, height in heights)


@dataclass(frozen=True)
class Fact:
    """One fact. A value that is not known is empty, and the page leaves the fact out.

    url: where the value leads, empty for nowhere; id: what a button beside it copies
    """

    label: str
    value: str | datetime | None
    url: str = ""
    id: str = ""
