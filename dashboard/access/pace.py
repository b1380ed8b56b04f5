"""How fast something may be done: an amount that fills up and drains, counted in each process.

What is counted is forgotten with the process.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from django.core.cache import BaseCache


@dataclass(frozen=True)
class Pace:
    """A limit for each of many: so much at once, then as much as drains.

    counted: where it is counted; holds: the most there may be at once; drains: how much goes in a second
    """

    counted: BaseCache
    holds: float
    drains: float

    def wait(self, whose: str, amount: float) -> int:
        """Whole seconds until there is room for that amount; 0 where there is now."""
        return max(math.ceil((self._level(whose) + amount - self.holds) / self.drains), 0)

    def add(self, whose: str, amount: float) -> None:
        """Count that amount; a negative one is given back."""
        level = max(self._level(whose) + amount, 0.0)
        lasts = math.ceil(max(level, self.holds) / self.drains)
        self.counted.set(whose, (level, time.monotonic()), timeout=lasts)

    def _level(self, whose: str) -> float:
        """How full it is now, by a clock that never steps."""
        now = time.monotonic()
        kept: tuple[float, float] = self.counted.get(whose, (0.0, now))
        level, at = kept
        return max(level - (now - at) * self.drains, 0.0)
