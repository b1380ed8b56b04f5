"""How long a run took, against what is usual and against its limit. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from dashboard.domain.baselines import slow_after
from dashboard.domain.states import Health
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
        """In words: `usual 25 s (of 20 runs), limit 10 min`; empty where nothing is known."""
        limit = f"limit {formatting.duration(self.limit)}" if self.limit else ""
        return ", ".join(filter(None, (self.usual_text, limit)))

    @property
    def usual_text(self) -> str:
        """What is usual, and of how many runs: `usual 25 s (of 20 runs)`; empty where that is not known."""
        if not self.usual:
            return ""
        runs = "1 run" if self.usual_of == 1 else f"{self.usual_of:,} runs"
        return f"usual {formatting.duration(self.usual)} (of {runs})"


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
        excess=excess(elapsed, measure),
        live=live,
    )


def is_slow(elapsed: timedelta, measure: Measure) -> bool:
    """Whether a run of that length is slow, by the rule that also decides the health of deployments."""
    bound = slow_after(measure.usual, measure.usual_of, measure.limit)
    return bound is not None and elapsed >= bound


def excess(elapsed: timedelta, measure: Measure) -> str:
    """What a run of that length is called where it is too long: `slow` or `over the limit 10 min`."""
    if measure.limit and elapsed >= measure.limit:
        return (
            f"{'at' if elapsed == measure.limit else 'over'} the limit {formatting.duration(measure.limit)}"
        )
    return Health.SLOW if is_slow(elapsed, measure) else ""


def compare(elapsed: timedelta, measure: Measure) -> str:
    """A duration against its measure in words: `1.4 times the usual 25 s (of 20 runs), limit 10 min`."""
    times = f"{elapsed / measure.usual:,.1f} times the " if measure.usual else ""
    if measure.limit and elapsed >= measure.limit:
        usual = f", {times}{measure.usual_text}" if times else ""
        return f"{excess(elapsed, measure)}{usual}"
    return f"{times}{measure.text}"


def _length(ms: int | None) -> timedelta | None:
    try:
        return timedelta(milliseconds=ms) if ms is not None and ms > 0 else None
    except OverflowError:
        return None
