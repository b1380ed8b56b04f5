"""How long a run took, against what is usual and against its limit. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from dashboard.domain.thresholds import SLOW_TIMES
from dashboard.web import formatting
from dashboard.web.components import DurationBar

LENGTH = 3  # a track is this many times the usual


@dataclass(frozen=True)
class Measure:
    """What the runs of a deployment are held against; None where it is not known.

    usual: the median of its latest completed runs; limit: after which the API stops a run
    """

    usual: timedelta | None = None
    limit: timedelta | None = None

    @classmethod
    def of(cls, usual_ms: int | None, limit_ms: int | None) -> Measure:
        """From milliseconds. What is not above zero, or beyond any clock, measures nothing."""
        return cls(_length(usual_ms), _length(limit_ms))

    @property
    def text(self) -> str:
        """In words: `usual 25 s, limit 10 min`; empty where nothing is known."""
        parts = (("usual", self.usual), ("limit", self.limit))
        return ", ".join(f"{word} {formatting.duration(length)}" for word, length in parts if length)


def duration_bar(took: timedelta | None, measure: Measure, *, live: bool = False) -> DurationBar:
    """A duration as it is drawn; an empty figure where it is not known. A live one is told coarsely."""
    if took is None:
        return DurationBar("")
    usual = measure.usual
    return DurationBar(
        text=formatting.age(took) if live else formatting.duration(took),
        against=measure.text,
        filled=min(max(took / (LENGTH * usual), 0.0), 1.0) if usual else None,
        tick=1 / LENGTH,
        slow=slow(took, measure),
        live=live,
    )


def slow(took: timedelta, measure: Measure) -> bool:
    """Whether it took more than twice the usual, or all the time it had."""
    return bool(
        (measure.usual and took > SLOW_TIMES * measure.usual) or (measure.limit and took >= measure.limit)
    )


def compared(took: timedelta, measure: Measure) -> str:
    """A duration against its measure in words: `1.4 times the usual 25 s, limit 10 min`."""
    if not measure.usual:
        return measure.text
    return f"{took / measure.usual:,.1f} times the {measure.text}"


def _length(ms: int | None) -> timedelta | None:
    try:
        return timedelta(milliseconds=ms) if ms is not None and ms > 0 else None
    except OverflowError:
        return None
