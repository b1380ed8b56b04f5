"""Success rates: of which runs one is made, and where none may be given. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ended:
    """How many runs of a span ended in which way.

    unreported: runs of records that report no outcome: those that started, and those that did not and so
        failed. A rate of the failed ones alone, or of them and runs of the older shape, would be of nothing
    unheard: runs that ended in a word that is not documented; they are never part of a rate
    """

    completed: int
    failed: int
    unreported: int = 0
    unheard: int = 0

    @property
    def finished(self) -> int:
        """Of how many runs it is known that they completed or failed."""
        return self.completed + self.failed

    @property
    def new_words(self) -> bool:
        """Whether nothing completed while runs ended in a word that may be a new one for just that."""
        return bool(self.unheard) and not self.completed

    @property
    def rated(self) -> bool:
        """Whether a rate can be given."""
        return bool(self.finished) and not self.unreported and not self.new_words
