"""What is usual among durations, what is slow against it, and what is too short for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from statistics import median

from dashboard.domain.thresholds import FAST_PART, FEWEST, NEAR_LIMIT, SLOW_BY, SLOW_TIMES


@dataclass(frozen=True)
class Usual:
    """What is usual among durations, in milliseconds; `of` how many it is worked out from.

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


def slow_after(usual: timedelta | None, completed: int, limit: timedelta | None) -> timedelta | None:
    """From which length on a run is slow; None where nothing is known to hold it against.

    usual: the median of the latest completed runs; completed: how many runs that is the median of
    limit: after which the API stops a run
    """
    bounds = [limit] if limit else []
    if usual is not None and completed >= FEWEST:
        bounds.append(max(SLOW_TIMES * usual, usual + SLOW_BY))
    return min(bounds, default=None)


def is_near_limit(usual: timedelta | None, completed: int, limit: timedelta | None) -> bool:
    """Whether runs that take as long as usual come close to their limit; see `slow_after`."""
    return bool(usual and limit and completed >= FEWEST and usual >= NEAR_LIMIT * limit)


def is_fast(duration_ms: int, of: Usual | None) -> bool:
    """Whether that is so short that a run of this length may have done nothing."""
    return of is not None and of.of >= FEWEST and duration_ms < FAST_PART * of.median
