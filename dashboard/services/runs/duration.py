"""How long a run took, against what is usual and against its limit. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from dashboard.domain.baselines import slow_after
from dashboard.web import formatting
from dashboard.web.components import DurationBar

BAR_LENGTH = 3  # a bar ends at this many times the usual


@dataclass(frozen=True)
class Measure:
    """What the runs of a deployment are held against; None where it is not known.

    usual: the median of its latest completed runs; usual_of: of how many
    limit: after which the API stops a run
    """

    usual: timedelta | None = None
    usual_of: int = 0
    limit: timedelta | None = None

    @classmethod
    def of(cls, usual_ms: int | None, usual_of: int, limit_ms: int | None) -> Measure:
        """From milliseconds. What is not above zero, or beyond any clock, measures nothing."""
        return cls(_length(usual_ms), usual_of, _length(limit_ms))

    @property
    def text(self) -> str:
        """In words: `usual 25 s, limit 10 min`; empty where nothing is known."""
        parts = (("usual", self.usual), ("limit", self.limit))
        return ", ".join(f"{word} {formatting.duration(length)}" for word, length in parts if length)


def duration_bar(elapsed: timedelta | None, measure: Measure, *, live: bool = False) -> DurationBar:
    """A duration as it is drawn; an empty figure where it is not known, a coarse one for a live run."""
    if elapsed is None:
        return DurationBar("")
    usual = measure.usual
    return DurationBar(
        text=formatting.age(elapsed) if live else formatting.duration(elapsed),
        against=measure.text,
        filled=min(max(elapsed / (BAR_LENGTH * usual), 0.0), 1.0) if usual else None,
        tick=1 / BAR_LENGTH,
        slow=is_slow(elapsed, measure),
        live=live,
    )


def is_slow(elapsed: timedelta, measure: Measure) -> bool:
    """Whether a run of that length is slow, by the rule that also decides the health of deployments."""
    bound = slow_after(measure.usual, measure.usual_of, measure.limit)
    return bound is not None and elapsed >= bound


def compare(elapsed: timedelta, measure: Measure) -> str:
    """A duration against its measure in words: `1.4 times the usual 25 s, limit 10 min`."""
    if not measure.usual:
        return measure.text
    return f"{elapsed / measure.usual:,.1f} times the {measure.text}"


def _length(ms: int | None) -> timedelta | None:
    try:
        return timedelta(milliseconds=ms) if ms is not None and ms > 0 else None
    except OverflowError:
        return None
