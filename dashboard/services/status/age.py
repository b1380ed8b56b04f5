"""How old the data of some accounts is: the one rule, for every page, tile and header that shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.web import formatting


@dataclass(frozen=True)
class DataAge:
    """How old the data is: as old as that of the account read longest ago.

    read_at: when that account was last read completely; seconds: how long ago. Both None before any was read
    every_account: whether each of the accounts has been read
    """

    read_at: datetime | None
    seconds: float | None
    every_account: bool

    @property
    def whole_seconds(self) -> int | None:
        """The age rounded, for scripts and headers."""
        return None if self.seconds is None else round(self.seconds)

    @property
    def text(self) -> str:
        """The age in words: `41 min`; empty before any account was read."""
        return "" if self.seconds is None else formatting.age(timedelta(seconds=self.seconds))


def data_age(read_at: Iterable[datetime | None], now: datetime) -> DataAge:
    """The age of the data of accounts that were last read at these instants.

    Never below zero: the clock of the host that reads may run ahead of this one's.
    """
    instants = list(read_at)
    known = [at for at in instants if at]
    if not known:
        return DataAge(None, None, every_account=False)
    oldest = min(known)
    seconds = max((now - oldest).total_seconds(), 0.0)
    return DataAge(oldest, seconds, every_account=len(known) == len(instants))
