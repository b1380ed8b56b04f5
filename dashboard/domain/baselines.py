"""What is usual among durations, and what is too short for that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

from dashboard.domain.thresholds import FAST_PART, FEWEST


@dataclass(frozen=True)
class Usual:
    """What is usual among durations, in milliseconds; `of` how many it rests on.

    p95: the shortest that 95 in 100 do not exceed
    """

    median: int
    p95: int
    of: int


def usual(durations_ms: Sequence[int]) -> Usual | None:
    """The middle and the long end of some durations; None where there are none."""
    if not durations_ms:
        return None
    ordered = sorted(durations_ms)
    return Usual(round(median(ordered)), ordered[ceil(0.95 * len(ordered)) - 1], len(ordered))


def is_fast(duration_ms: int, of: Usual | None) -> bool:
    """Whether that is so short that a run of this length may have done nothing."""
    return of is not None and of.of >= FEWEST and duration_ms < FAST_PART * of.median
