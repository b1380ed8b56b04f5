"""A span of time cut into stretches of one state each, few enough to be drawn and pointed at."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar

NOT_KNOWN = ""  # the state of what nobody knows


@dataclass(frozen=True)
class StateStretch:
    """A time in which a state stood. changes: how many shorter stretches were added to it."""

    state: str
    since: datetime
    until: datetime
    changes: int = 0

    @property
    def length(self) -> timedelta:
        """How long it was."""
        return self.until - self.since


@dataclass(frozen=True)
class Span:
    """A time from when on and until when."""

    since: datetime
    until: datetime


Row = TypeVar("Row", StateStretch, Span)


def cut(stands: Iterable[StateStretch], known: Sequence[Span], whole: Span) -> list[StateStretch]:
    """All of a span in stretches, oldest first, no two of one state side by side.

    stands: what stood when; neither they nor the `known` spans overlap
    What is in none of either is not known.
    """
    stands = sorted((row for row in stands if row.since < row.until), key=lambda row: row.since)
    known = sorted(known, key=lambda span: span.since)
    inside = {at for at in (*_edges(stands), *_edges(known)) if whole.since < at < whole.until}
    if whole.until <= whole.since:
        return []
    pieces: list[StateStretch] = []
    begins, watch_begins = [row.since for row in stands], [span.since for span in known]
    for since, until in pairwise(sorted({whole.since, *inside, whole.until})):
        row, watched = _at(stands, begins, since), _at(known, watch_begins, since)
        state = row.state if row and watched else NOT_KNOWN
        if pieces and pieces[-1].state == state:
            since = pieces.pop().since
        pieces.append(StateStretch(state, since, until))
    return pieces


def gather(
    pieces: Sequence[StateStretch], shortest: timedelta, worse: Callable[[str], int]
) -> list[StateStretch]:
    """The same with stretches that are too short to be seen drawn as one, where they lie side by side.

    worse: the place of a state among all, the worst first; the worst of them is what is drawn
    """
    drawn: list[StateStretch] = []
    for piece in pieces:
        if drawn and piece.length < shortest and drawn[-1].until - drawn[-1].since < shortest:
            last = drawn.pop()
            state = min(last.state, piece.state, key=worse)
            piece = StateStretch(state, last.since, piece.until, last.changes + 1)
        drawn.append(piece)
    return drawn


def _edges(rows: Iterable[StateStretch] | Iterable[Span]) -> Iterator[datetime]:
    for row in rows:
        yield row.since
        yield row.until


def _at(rows: Sequence[Row], begins: Sequence[datetime], moment: datetime) -> Row | None:
    """The one of these, in order, that an instant lies in; begins: when each of them does."""
    place = bisect_right(begins, moment) - 1
    return rows[place] if place >= 0 and rows[place].until > moment else None
