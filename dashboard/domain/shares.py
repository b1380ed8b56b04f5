"""Saying a share of a whole, and what is usual among lengths of time. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

from dashboard.domain.thresholds import FAST_PART, FEWEST


def percent(part: int, whole: int) -> str:
    """A share in words: never 100 % while one is missing, never 0 % while there is one.

    Empty where there is no whole to speak of.
    """
    if not whole:
        return ""
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "under 0.1 %"
    if 99.9 < share < 100:
        return "over 99.9 %"
    return f"{share:.1f}".removesuffix(".0") + " %"


def height(number: int, highest: int, least: int) -> int:
    """How high a bar is, from 0 to 100; what there is at all is at least so high that it can be seen."""
    return max(round(100 * number / highest), least) if number else 0


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
