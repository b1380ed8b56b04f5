"""How much is in progress at once, minute by minute."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

Starts = tuple[int, int, int]  # a minute, how many what starts then takes, and how many start


def minute_levels(starts: Iterable[Starts], first: int, end: int) -> list[int]:
    """How many are in progress in each minute from the first one until the end."""
    changes = [0] * (end - first + 1)
    for start, minutes, number in starts:
        begin, over = max(start, first), min(start + minutes, end)
        if begin < over:
            changes[begin - first] += number
            changes[over - first] -= number
    return list(accumulate(changes[:-1]))
