"""How many tiles fit a screen, and how large: decided by their number, since a server cannot see the screen.

Every step is a grid that fills a screen of 16 by 9 without scrolling, at any resolution: the stylesheet
sizes it by one unit, a hundredth of the screen's height. Pure functions.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GridStep:
    """A grid, and how much a tile of it says.

    size: `normal` with a strip, `smaller` without, `compact` in small type, `chip` the name alone
    """

    columns: int
    rows: int
    size: str

    @property
    def places(self) -> int:
        """How many tiles it takes."""
        return self.columns * self.rows

    @property
    def chips(self) -> bool:
        """Whether a tile is only a name beside a glyph."""
        return self.size == "chip"


STEPS = (
    *(GridStep(1, 1, "normal"), GridStep(2, 2, "normal"), GridStep(3, 3, "normal"), GridStep(4, 3, "normal")),
    *(
        GridStep(5, 4, "normal"),
        GridStep(6, 4, "normal"),
        GridStep(6, 7, "smaller"),
        GridStep(8, 8, "compact"),
    ),
    *(GridStep(10, 16, "chip"), GridStep(12, 22, "chip"), GridStep(16, 32, "chip"), GridStep(20, 50, "chip")),
)
# Tiles become chips only for what needs somebody; what is well is counted instead.
_SMALLEST_FOR_ALL = next(step for step in STEPS if step.size == "compact")


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


def fit_grid(needy: int, calm: int, columns: int = 0) -> Grid:
    """The largest tiles that all have room; when none do, all that are needy and as many others as fit.

    needy: how many need somebody, and are never left out for size; calm: how many others there are
    columns: how many the reader asks for, none if 0; fewer tiles are shown rather than smaller ones, but
        what is needy still has its tile
    """
    wide = [step for step in STEPS if step.columns >= columns] if columns else list(STEPS)
    last = wide[0] if columns else _SMALLEST_FOR_ALL
    roomy = [step for step in wide if step.columns <= last.columns and step.places >= needy + calm]
    enough = [step for step in wide if step.columns >= last.columns and step.places >= needy]
    step = (roomy or enough or [STEPS[-1]])[0]
    shown = min(needy, step.places)
    places = step.places - shown
    return Grid(step, shown, min(calm, places), -(-calm // places) if calm and places else 1)
