"""The axes of a plot of durations over time: round figures, each where it belongs."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from dashboard.web import formatting

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000  # milliseconds
_STEPS_OF_LENGTH = (
    *(1, 2, 5, 10, 20, 50, 100, 200, 500),
    *(n * _SECOND for n in (1, 2, 5, 10, 15, 30)),
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
)
_STEPS_OF_TIME = tuple(
    timedelta(milliseconds=length)
    for length in (
        *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
        *(n * _HOUR for n in (1, 2, 3, 6, 12)),
        *(n * _DAY for n in (1, 2, 7, 14, 28)),
    )
)
_MOST, _MOST_TIMES = 5, 8  # parts that an axis is divided into
_ROOMY, _APART = 82, 24  # percent of the width: where a label stands clear of the last one, and of others
_EDGE = 4  # percent of the width, within which a label would stick out


@dataclass(frozen=True)
class Tick:
    """A figure beside an axis.

    at: how far along it is, in percent; anchor: which end of its text stands there, as SVG calls it
    crowded: whether the others leave it no room on a phone
    """

    at: float
    label: str
    anchor: str = "middle"
    crowded: bool = False


@dataclass(frozen=True)
class LengthAxis:
    """Durations from nothing at the foot to `top`, in milliseconds."""

    top: int
    ticks: tuple[Tick, ...]


def length_axis(longest_ms: int) -> LengthAxis:
    """The axis on which a duration has room, divided at round ones."""
    part = -(-longest_ms // _MOST)
    place = bisect_left(_STEPS_OF_LENGTH, part)
    step = _STEPS_OF_LENGTH[place] if place < len(_STEPS_OF_LENGTH) else -(-part // _DAY) * _DAY
    top = -(-longest_ms // step) * step
    marks = range(0, top + 1, step)
    return LengthAxis(
        top, tuple(Tick(round(100 - 100 * mark / top, 2), formatting.duration_ms(mark)) for mark in marks)
    )


def time_axis(first: datetime, now: datetime) -> tuple[Tick, ...]:
    """Round times from one instant until now, by the clock of the reader; at the end stands `now`."""
    span = now - first
    step = next((step for step in _STEPS_OF_TIME if span <= _MOST_TIMES * step), span / _MOST_TIMES)
    at = timezone.localtime(first).replace(hour=0, minute=0, second=0, microsecond=0)
    ticks: list[Tick] = []
    roomy = -100.0
    while at < now:
        along = round(100 * ((at - first) / span), 2)
        if 0 <= along < 100 - 2 * _EDGE:
            crowded = along > _ROOMY or along - roomy < _APART
            roomy = roomy if crowded else along
            ticks.append(Tick(along, _label(at, step), "start" if along < _EDGE else "middle", crowded))
        at += step
    return (*ticks, Tick(100, "now", "end"))


def _label(at: datetime, step: timedelta) -> str:
    local = timezone.localtime(at)
    midnight = (local.hour, local.minute) == (0, 0)
    if midnight and step >= timedelta(days=1):
        return f"{local:%a %-d %b}"
    return f"{local:%a %-d}" if midnight else f"{local:%H:%M}"
