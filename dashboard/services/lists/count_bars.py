"""Runs of a stretch of time, counted by outcome, as one bar of a chart: its parts, its link, its words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from dashboard.domain.states import Outcome
from dashboard.services.lists import badges
from dashboard.web import formatting
from dashboard.web.drawing import rectangle

COLUMN = 12  # units of the drawing: the width of a bar with the space beside it
_LEAST = 4  # of a bar's height
_LINE = 60  # how far below the top of the drawing finished work stands
_DEEPEST = 21  # of a block of failures
MOST_MARKS = 5  # failures that are marks of their own; more are one block
_MOST_UNHEARD = 5  # outcomes that nobody has heard of, in a sentence
_ENDED = (Outcome.COMPLETED, Outcome.FAILED, Outcome.SKIPPED)


@dataclass(frozen=True)
class CountBar:
    """One stretch of time. The heights are parts of the highest bar, from 0 to 100; failures are counted.

    completed, skipped: of those outcomes; open: what still runs or waits
    other: what is over, and how it ended is not reported, or in a word that is not documented
    most_failed: how many failures the deepest block stands for; 0 where each is a mark of its own
    """

    text: str
    url: str
    completed: int
    other: int
    skipped: int
    open: int
    failed: int
    place: int = 0
    most_failed: int = 0

    @property
    def x(self) -> int:
        """Where its column begins, in units of the drawing."""
        return self.place * COLUMN

    @property
    def rects(self) -> tuple[tuple[str, float, int, int, int], ...]:
        """Class, x, y, width and height; failures hang below the line."""
        x = self.x + 1.5
        completed = self.completed * _LINE // 100
        others = (
            (Outcome.STARTED, x, 9, self.other),
            (Outcome.SKIPPED, x + 2, 5, self.skipped),
            (Outcome.RUNNING, x, 9, self.open),
        )
        stack = [("ok", x, _LINE - completed, 9, completed)]
        for name, left, width, part in others:
            height = -(-part * _LINE // 100)
            stack.append((name, left, stack[-1][2] - height, width, height))
        failures = ((Outcome.FAILED, x, y, 9, height) for y, height in self._marks)
        return (*(rect for rect in stack if rect[4]), *failures)

    @property
    def _marks(self) -> list[tuple[int, int]]:
        """Where failures are drawn, and how high: each a mark up to five, or all as one block."""
        if self.failed and self.most_failed:
            return [(_LINE + 3, max(self.failed * _DEEPEST // self.most_failed, 2))]
        if self.failed > MOST_MARKS:
            return [(_LINE + 3, _DEEPEST)]
        return [(_LINE + 3 + 4 * n, 3) for n in range(self.failed)]


def count_bar(
    place: int, when: str, url: str, counts: Counter[str], highest: int, most_failed: int = 0
) -> CountBar:
    """The bar of some counts by outcome.

    when: the stretch in words; highest: see `highest_of`; most_failed: see `CountBar`
    """
    still = sum(counts[word] for word in Outcome.OPEN)
    other = counts.total() - still - sum(counts[word] for word in _ENDED)
    return CountBar(
        text=f"{when}: {counts_text(counts)}",
        url=url,
        completed=formatting.height(counts[Outcome.COMPLETED], highest, _LEAST),
        other=formatting.height(other, highest, _LEAST),
        skipped=formatting.height(counts[Outcome.SKIPPED], highest, _LEAST),
        open=formatting.height(still, highest, _LEAST),
        failed=counts[Outcome.FAILED],
        place=place,
        most_failed=most_failed,
    )


def drawn(bars: tuple[CountBar, ...]) -> tuple[tuple[str, str], ...]:
    """All parts of one kind as one path, which costs a browser as much as one part: class and `d`."""
    shapes: dict[str, str] = {}
    for name, x, y, width, height in (rect for bar in bars for rect in bar.rects):
        shapes[name] = shapes.get(name, "") + rectangle(x, y, width, height)
    return tuple(shapes.items())


def highest_of(bars: list[Counter[str]]) -> int:
    """The most runs of one bar that did not fail: what the full height stands for."""
    return max((counts.total() - counts[Outcome.FAILED] for counts in bars), default=0)


def counts_text(counts: Counter[str]) -> str:
    """Counts by outcome in words: `2 failed, 12 completed`."""
    unheard = sorted(word for word in set(counts) - set(Outcome.KNOWN) if counts[word])
    shown = [*Outcome.KNOWN, *unheard[:_MOST_UNHEARD]]
    parts = [f"{counts[word]:,} {badges.outcome(word).word}" for word in shown if counts[word]]
    if rest := sum(counts[word] for word in unheard[_MOST_UNHEARD:]):
        parts.append(f"{rest:,} with another outcome")
    return ", ".join(parts) or "no runs"
