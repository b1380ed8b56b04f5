"""What the API no longer lists: believed only after a second answer, some time later, that agrees.

One empty or cut answer must not close a gap, or mark a run or an account's deployments as gone.
"""

from __future__ import annotations

import time

SURE_AFTER = 30.0  # seconds between the first answer and one that confirms it


class Absences:
    """Which ids the latest answers left out, and since when.

    Kept in memory: a new process asks twice again.
    """

    def __init__(self) -> None:
        """Nothing has been missing yet."""
        self._since: dict[str, float] = {}

    def confirmed(self, key: str) -> bool:
        """Note that an answer left this out; whether an earlier one did, and none since has listed it."""
        since = self._since.setdefault(key, now := time.monotonic())
        return since < now and now - since >= SURE_AFTER

    def listed(self, key: str) -> None:
        """Note that an answer listed this."""
        self._since.pop(key, None)

    def retain(self, keys: set[str]) -> None:
        """Note that an answer listed everything but these."""
        self._since = {key: since for key, since in self._since.items() if key in keys}
