"""The density band as its template draws it: numbers, words, and geometry in units of the drawing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from dashboard.services.calendar.totals import DayFigure
from dashboard.web.drawing import rectangle

_OUTLINED = "coming"  # the kind that is not filled


@dataclass(frozen=True)
class Rect:
    """A rectangle of a drawing, in its own units; `kind` is the class the look colours it by."""

    kind: str
    x: int
    y: int
    width: int
    height: int

    @property
    def outline(self) -> str:
        """The path around it."""
        return rectangle(self.x, self.y, self.width, self.height)

    @property
    def stroke(self) -> str:
        """A line down its middle, half as long a path: the stylesheet has its width."""
        return f"M{self.x + self.width // 2} {self.y}v{self.height}"


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

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """What is drawn of all its hours: one path for each kind takes a tenth of as many rectangles."""
        paths: dict[str, str] = defaultdict(str)
        for rect in (rect for bar in self.bars for rect in bar.rects):
            paths[rect.kind] += rect.outline if rect.kind == _OUTLINED else rect.stroke
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
    """The deployments that fire frequently, and what they come to in a sentence.

    names: the first of them by name, with their pages; more: how many are not named; url: the list of all
    """

    text: str
    names: list[tuple[str, str]]
    more: int
    url: str
