"""The axis below health bars: a label at each round hour or day of the reader's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from dashboard.services.timeline.health_bars import Window

_DAY = timedelta(days=1)
_LAST = 95.0  # per cent: a label further right would be cut off


@dataclass(frozen=True)
class AxisLabel:
    """A label, and where it begins, in per cent."""

    x: str
    text: str


def ticks(window: Window) -> tuple[AxisLabel, ...]:
    """The labels of a window: every three hours of a day, every day of a week, every fifth day of a month."""
    days = window.length / _DAY
    hours = range(0, 24, 3) if days <= 1 else (0,)
    step, form = (1, "%H:%M") if days <= 1 else (1, "%a %-d") if days <= 7 else (5, "%-d %b")
    first = window.span.since.astimezone(window.zone).date()
    instants = (
        datetime.combine(day, time(hour), window.zone) for day in _days(first, days, step) for hour in hours
    )
    placed = ((window.place(at.astimezone(UTC)), f"{at:{form}}") for at in instants)
    return tuple(AxisLabel(f"{x:.2f}%", text) for x, text in placed if 0 < x < _LAST)


def _days(first: date, number: float, step: int) -> list[date]:
    return [first + n * _DAY for n in range(0, int(number) + 2, step)]
