"""How many tiles fit a screen, and how large: decided by their number, since a server cannot see the screen.

The grid fills a screen of 16 by 9 without scrolling, at any resolution: everything is counted in one unit,
a hundredth of the screen's height. A name is at least 2.2 of it high and what stands below it 1.8, so that
both can be read across a room. Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

WIDTH, HEIGHT = 173.4, 86.0  # of the grid, in hundredths of the screen's height
BAND, NOTE = 7.0, 2.6  # what a warning across the screen takes of the height, and a line more of the foot
_GAP = 1.2
_MOST_COLUMNS = 8  # of tiles with more than a name: a narrower one cuts every other name

_ASPECT = 1.35  # how much wider than high a tile should be
# Heights of a tile; a hundred of 1,080 pixels are 9.26.
_LARGE, _NORMAL, _SMALLER, _WITH_STRIP, _LEAST = 19.4, 15.4, 12.7, 9.25, 7.8
_NORMAL_WIDTH = 20.5
# How much larger than normal a tile is written; the stylesheet has each.
_SCALES = (3.0, 2.4, 2.0, 1.7, 1.4, 1.2)
_NAMES = (8, 10, 12)  # columns of names alone
_NAME_ROW, _NAME_GAP = 3.1, 0.3
_NAME_TYPE, _STATE_TYPE = 2.25, 1.9  # the size of a name and of a state, as the stylesheet has them
_EDGES, _GLYPH = 2.7, 2.5  # what a tile has beside a name; beside a state, and the name of a chip, more
# Where more needs somebody than can be read across a room, all of it stays in sight: columns, rows and scale.
_LAST = ((16, 32, 0.66), (20, 50, 0.47))
MOST_PLACES = 20 * 50  # of any screen


@dataclass(frozen=True)
class GridStep:
    """A grid, and how high its tiles are, in hundredths of the screen's height."""

    columns: int
    rows: int
    height: float

    @property
    def places(self) -> int:
        """How many tiles it takes."""
        return self.columns * self.rows

    @property
    def width(self) -> float:
        """How wide a tile is."""
        return (WIDTH - (self.columns - 1) * (_NAME_GAP if self.chips else _GAP)) / self.columns

    @cached_property
    def size(self) -> str:
        """How much a tile of it says.

        `normal` with a strip and two lines, `large` with the error's own words, in larger type where there is
        room; `smaller` is as normal with less air, `compact` has one line, `flat` no strip either, `chip` the
        name alone.
        """
        if self.chips:
            return "chip"
        heights = ((_LARGE, "large"), (_NORMAL, "normal"), (_SMALLER, "smaller"), (_WITH_STRIP, "compact"))
        return next((size for least, size in heights if self.height >= least), "flat")

    @property
    def chips(self) -> bool:
        """Whether a tile is only a name beside a glyph."""
        return self.columns > _MOST_COLUMNS or self.height < _LEAST

    @property
    def strip(self) -> bool:
        """Whether a tile has room for its last runs."""
        return not self.chips and self.height >= _WITH_STRIP

    @cached_property
    def scale(self) -> float:
        """How much larger than normal its words are, or smaller."""
        if self.chips:
            return next((scale for columns, _, scale in _LAST if columns == self.columns), 1.0)
        room = min(self.height / _LARGE, self.width / _NORMAL_WIDTH)
        return next((scale for scale in _SCALES if room >= scale), 1.0)

    @cached_property
    def name_room(self) -> float:
        """How wide a name may be, in parts of its type's size."""
        return (self.width / self.scale - _EDGES - _GLYPH * self.chips) / _NAME_TYPE

    @cached_property
    def state_room(self) -> float:
        """The same of the words of a state."""
        return (self.width / self.scale - _EDGES - _GLYPH) / _STATE_TYPE

    @cached_property
    def roominess(self) -> tuple[float, int]:
        """How large its tiles look; of equal ones that with fewer places is better filled."""
        return (round(min(self.width / _ASPECT, self.height), 3), -self.places)


@dataclass(frozen=True)
class Grid:
    """What a wall shows of its deployments.

    needy: how many of those that need somebody have a tile: all, unless there are more than any screen takes
    calm: how many of the others have one at a time
    pages: in how many turns each of the others has had one
    """

    step: GridStep
    needy: int
    calm: int
    pages: int


def fit_grid(needy: int, calm: int, columns: int = 0, height: float = HEIGHT) -> Grid:
    """The largest tiles that all have room; when none do, all that are needy and as many others as fit.

    needy: how many need somebody, and are never left out for size; calm: how many others there are
    columns: how many the reader asks for, none if 0; fewer tiles are shown rather than smaller ones, but
        what is needy still has its tile
    height: what the grid has of the screen
    """
    step = _for_all(needy + calm, columns, height) or _for_needy(needy, columns, height)
    shown = min(needy, step.places)
    places = step.places - shown
    return Grid(step, shown, min(calm, places), -(-calm // places) if calm and places else 1)


def _for_all(number: int, columns: int, height: float) -> GridStep | None:
    """The grid in which so many have the largest tiles; of names alone only where that is asked for."""
    if columns > _MOST_COLUMNS:
        names = (step for step in _names(number, height) if step.columns == columns)
        return next((step for step in names if step.places >= number), None)
    tried = (columns,) if columns else range(1, _MOST_COLUMNS + 1)
    steps = (_step(across, max(-(-number // across), 1), height) for across in tried)
    return max((step for step in steps if not step.chips), key=lambda step: step.roominess, default=None)


def _for_needy(needy: int, columns: int, height: float) -> GridStep:
    """The first grid in which every needy one has a place: full of the smallest tiles, then of names."""
    detailed = (_most(across, height) for across in range(columns or _MOST_COLUMNS, _MOST_COLUMNS + 1))
    names = (step for step in _names(needy, height) if step.columns >= columns)
    return next((step for step in (*detailed, *names) if step.places >= needy), _last(height))


def _most(columns: int, height: float) -> GridStep:
    """As many tiles of so many columns as can be read."""
    return _step(columns, int((height + _GAP / 2) / (_LEAST + _GAP / 2)), height)


def _names(number: int, height: float) -> Iterator[GridStep]:
    """Grids of names alone, the largest first: as many rows as are needed, or as there is room for."""
    for columns in _NAMES:
        most = int(height / _NAME_ROW)
        yield GridStep(columns, min(max(-(-number // columns), 1), most), 0)
    yield from (GridStep(columns, rows, 0) for columns, rows, _ in _LAST)


def _last(height: float) -> GridStep:
    return list(_names(0, height))[-1]


def _step(columns: int, rows: int, height: float) -> GridStep:
    gap = _GAP if rows <= _MOST_COLUMNS - 2 else _GAP / 2
    return GridStep(columns, rows, round((height - (rows - 1) * gap) / rows, 2))
