"""How the reading of an account's history comes forward, for whoever waits for the rest of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from dashboard.services.status.coverage import Coverage
from dashboard.web import formatting

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Filling:
    """How far the history of an account has been read, while some of it is left.

    runs: how many have been read; speed: how many a second were read last
    share: how much of the time that there can be runs of, from 0 to 1; left: how long the rest will take
    stands_since: since when nothing more is read, where that is so

    What cannot be known is None.
    """

    runs: int
    coverage: Coverage
    share: float | None = None
    speed: float | None = None
    left: timedelta | None = None
    stands_since: datetime | None = None

    @property
    def percent(self) -> int | None:
        """The share in whole hundredths; never all of it, as there is more."""
        return None if self.share is None else min(int(self.share * 100), 99)

    @property
    def text(self) -> str:
        """In words: `46,000 runs, 1,540 a second, back to 26 Nov 02:05, about 3 min left`."""
        runs = formatting.counted(self.runs, "run")
        return ", ".join(filter(None, (runs, self._pace, self.coverage.back_to, self.rest)))

    @property
    def rest(self) -> str:
        """How long it will go on, or since when it does not: `about 3 min left`."""
        if self.stands_since:
            return f"reading stands still since {formatting.moment(timezone.localtime(self.stands_since))}"
        if self.left is None:
            return ""
        if self.left < _MINUTE:
            return "less than a minute left"
        return f"about {formatting.age(_rounded(self.left))} left"

    @property
    def _pace(self) -> str:
        if self.stands_since or not self.speed or self.speed < 1:
            return ""
        return f"{round(self.speed):,} a second"


def _rounded(left: timedelta) -> timedelta:
    """As exact as a forecast is: in minutes up to an hour, then in quarters of an hour, hours, days."""
    unit = (
        _MINUTE if left < _HOUR else 15 * _MINUTE if left < 6 * _HOUR else _HOUR if left < 2 * _DAY else _DAY
    )
    return -(-left // unit) * unit
