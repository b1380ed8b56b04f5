"""The lanes of a day as their template is given them: words, links, and geometry in units of the drawing."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.services.calendar.drawings import Shape


@dataclass(frozen=True)
class Bar:
    """A run, a slot or a firing to come in its lane, as long as it lasts.

    kind: the class the look colours it by; shapes: what is drawn
    text: what it is in words, with its time; url: where it leads
    """

    kind: str
    text: str
    url: str
    path: str
    target: str
    late: str = ""


@dataclass(frozen=True)
class Lane:
    """A deployment's day.

    state: its most urgent state, which its glyph stands for; detail: what it comes to
    usual: how long it usually takes; empty where that is not known
    quiet: whether all of it is over, and went well; now: the line of now, where it lies in these hours
    bars: one for each event; none for a lane that has too many of them, which is a band
    band: what is drawn of that one, as a single link to its runs
    """

    name: str
    url: str
    state: str
    glyph: str
    detail: str
    usual: str
    quiet: bool
    bars: tuple[Bar, ...] = ()
    band: Band | None = None
    now: str = ""


@dataclass(frozen=True)
class Band:
    """The runs of a lane that has too many to draw each, by the quarter of an hour."""

    text: str
    url: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True)
class HourTick:
    """An hour on the scale; url: the same day, that hour alone; place: from the left, such as `12.5%`."""

    text: str
    url: str
    place: str


@dataclass(frozen=True)
class Forecast:
    """How many runs were in progress at once, and will be in the time to come.

    path: the area under the line, in units of the drawing; past: the same of what was
    most: what their full height stands for
    lines: what is worth a sentence, each with the hours it is about
    """

    path: str
    most: int
    lines: tuple[ForecastLine, ...]
    past: str = ""

    @property
    def brief(self) -> str:
        """All of it in a few words, where there is no room for sentences; empty where one says all."""
        if len(self.lines) < 2:
            return ""
        overlaps = sum(line.overlap for line in self.lines)
        long = "long runs overlap" if overlaps else "no long runs overlap"
        return f"Up to {self.most:,} at once, {long}" if self.most > 1 else "Never two at once"

    @property
    def note(self) -> str:
        """What is drawn, in a word or two; empty where nothing is."""
        if not self.past and not self.path:
            return ""
        kind = "forecast, " if self.path and not self.past else ""
        return f"{kind}up to {self.most:,}{', then forecast' if self.path and self.past else ''}"


@dataclass(frozen=True)
class ForecastLine:
    """A sentence of the forecast.

    url: the hours it is about, empty where it is about none; overlap: whether long runs overlap in them
    """

    text: str
    url: str = ""
    overlap: bool = False


@dataclass(frozen=True)
class MoreLanes:
    """The way to lanes that are not on this page; text: `12 more lanes (2 failed)`, page: its number."""

    text: str
    url: str
    page: int


@dataclass(frozen=True)
class LaneSet:
    """The lanes of a day, trouble first.

    lanes: those that are in sight; quiet: those that are folded, in which all went well
    before, after: the way to those on other pages
    grid: the lines of the hours
    now: where now lies, such as `40.2%`; empty where it is not among these hours
    hours: how many hours these are
    """

    ticks: tuple[HourTick, ...]
    grid: str
    hours: int
    now: str
    now_text: str
    lanes: tuple[Lane, ...]
    quiet: tuple[Lane, ...]
    before: MoreLanes | None
    after: MoreLanes | None
    forecast: Forecast

    @property
    def window(self) -> bool:
        """Whether some hours were asked for: what overlaps in them is what is looked for."""
        return self.hours < 24

    @property
    def shown(self) -> bool:
        """Whether there is a lane at all."""
        return bool(self.lanes or self.quiet)
