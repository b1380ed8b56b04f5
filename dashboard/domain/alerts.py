"""When an alert opens, goes on and closes: of what matches a rule now, and what matched it before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from dashboard.domain.thresholds import ALERT_WELL_FOR, STILL_AFTER, STILL_EVERY

Key = TypeVar("Key")
LONGEST_PAUSE = timedelta(hours=1)  # between two tries of one message


@dataclass(frozen=True)
class OpenAlert:
    """What is open of one deployment: what it was opened for, and since when it has been well again."""

    cause: str
    well_since: datetime | None = None


@dataclass(frozen=True)
class AlertSteps(Generic[Key]):
    """What a look changes.

    opened: newly open, each with its cause; one whose cause is another one now was closed for the old one
    well: begins to be well; back: was well for too short a time; closed: is over
    """

    opened: Mapping[Key, str]
    well: frozenset[Key]
    back: frozenset[Key]
    closed: frozenset[Key]


def steps(
    open_alerts: Mapping[Key, OpenAlert], matching: Mapping[Key, str], now: datetime
) -> AlertSteps[Key]:
    """What follows from a look.

    open_alerts: what is open; matching: what the rule is about now, each with its cause

    A failure counts at once, a recovery once it has lasted: what comes and goes is one alert, not many.
    """
    other = {key for key, alert in open_alerts.items() if matching.get(key, alert.cause) != alert.cause}
    gone = {key: alert for key, alert in open_alerts.items() if key not in matching}
    over = {key for key, alert in gone.items() if _lasts(alert, now)}
    return AlertSteps(
        opened={key: cause for key, cause in matching.items() if key not in open_alerts or key in other},
        # Well since an instant that is still to come: the clock was set back, and it is counted from now on.
        well=frozenset(
            key for key, alert in gone.items() if alert.well_since is None or alert.well_since > now
        ),
        back=frozenset(
            key
            for key, alert in open_alerts.items()
            if key in matching and key not in other and alert.well_since
        ),
        closed=frozenset(over | other),
    )


def next_reminder(opened_at: datetime, now: datetime) -> datetime:
    """When a reminder that something is still open is due next: an hour after it began, then daily."""
    first = opened_at + STILL_AFTER
    return first if now < first else now + STILL_EVERY


def retry_at(tries: int, now: datetime) -> datetime:
    """When a message that could not be sent so many times is tried next: an hour later at most."""
    return now + min(timedelta(seconds=15 * 2 ** min(tries, 10)), LONGEST_PAUSE)


def _lasts(alert: OpenAlert, now: datetime) -> bool:
    return alert.well_since is not None and now - alert.well_since >= ALERT_WELL_FOR
