"""Runs by the hour and by outcome, as bars that lead to exactly those runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import ExpressionWrapper, F, IntegerField, Sum

from dashboard.domain.states import Outcome
from dashboard.models import QuarterTotal
from dashboard.models.tally import quarter
from dashboard.services.lists import badges
from dashboard.web import formatting

_LEAST = 4  # of a bar's height
_HOUR = timedelta(hours=1)
_COLUMN = 12  # units of the drawing: the width of an hour
_LINE = 60  # how far below the top of the drawing finished work stands
_MOST_MARKS = 5  # failures that are marks of their own; more are one block
_TICKS = {24: 3, 168: 24}  # how many hours lie between two labels


@dataclass(frozen=True)
class HourBar:
    """One hour. The heights are parts of the highest hour, from 0 to 100; failures are counted.

    completed, skipped: of those outcomes; open: what still runs or waits
    other: what is over, and how it ended is not reported, or in a word that is not documented
    """

    text: str
    url: str
    completed: int
    other: int
    skipped: int
    open: int
    failed: int
    place: int = 0

    @property
    def x(self) -> int:
        """Where its column begins, in units of the drawing."""
        return self.place * _COLUMN

    @property
    def rects(self) -> tuple[tuple[str, float, int, int, int], ...]:
        """Class, x, y, width and height; failures hang below the line, each a mark up to five."""
        x = self.x + 1.5
        completed = self.completed * _LINE // 100
        others = (
            (Outcome.STARTED, x, 9, self.other),
            (Outcome.SKIPPED, x + 2, 5, self.skipped),
            (Outcome.RUNNING, x, 9, self.open),
        )
        stack = [("ok", x, _LINE - completed, 9, completed)]
        for name, left, width, part in others:
            height = -(-part * _LINE // 100)
            stack.append((name, left, stack[-1][2] - height, width, height))
        marks = (
            [(_LINE + 3, 21)]
            if self.failed > _MOST_MARKS
            else [(_LINE + 3 + 4 * n, 3) for n in range(self.failed)]
        )
        failures = ((Outcome.FAILED, x, y, 9, height) for y, height in marks)
        return (*(rect for rect in stack if rect[4]), *failures)


@dataclass(frozen=True)
class Chart:
    """Some hours on end, the newest right.

    highest: the most runs of one hour that did not fail, what the full height stands for
    other: whether runs are among them whose end is not reported, or in a word that is not documented
    text: all of it in one sentence
    """

    bars: tuple[HourBar, ...]
    ticks: tuple[str, ...]
    highest: int
    other: bool
    text: str

    @property
    def width(self) -> int:
        """How wide it is drawn."""
        return len(self.bars) * _COLUMN


Hours = dict[datetime, Counter[str]]


def count_by_hour(hours: int, now: datetime) -> Hours:
    """What ran in each of the last hours on the clock of `now`, the one under way included; one query."""
    last = now.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    first = quarter(last - (hours - 1) * _HOUR)
    hour = ExpressionWrapper((F("quarter") - first) / 4, output_field=IntegerField())
    rows = QuarterTotal.objects.filter(quarter__gte=first).annotate(hour=hour).values("hour", "status")
    counted: Hours = {last - n * _HOUR: Counter() for n in reversed(range(hours))}
    starts = list(counted)
    for at, status, number in rows.annotate(n=Sum("number")).values_list("hour", "status", "n"):
        if at < hours:  # a run may be stamped ahead of this host's clock
            counted[starts[at]][status] += number
    return counted


def chart(hours: Hours, now: datetime) -> Chart:
    """Those hours drawn, in the zone of `now`."""
    highest = max((counts.total() - counts[Outcome.FAILED] for counts in hours.values()), default=0)
    bars = tuple(_bar(place, at, counts, highest, now) for place, (at, counts) in enumerate(hours.items()))
    step = _TICKS[len(bars)]
    ticks = tuple(_tick(at, now, daily=step == 24) for at in list(hours)[::step])
    total: Counter[str] = sum(hours.values(), Counter())
    other = any(bar.other for bar in bars)
    return Chart(bars, ticks, highest, other, f"Runs in {len(bars)} hours: {_text(total)}")


def last_hours(hours: Hours, number: int) -> Hours:
    """The newest of those hours."""
    return dict(list(hours.items())[-number:])


def _bar(place: int, at: datetime, counts: Counter[str], highest: int, now: datetime) -> HourBar:
    still = sum(counts[word] for word in Outcome.OPEN)
    ended = (Outcome.COMPLETED, Outcome.FAILED, Outcome.SKIPPED)
    other = counts.total() - still - sum(counts[word] for word in ended)
    pairs = {"since": f"{at:%Y-%m-%dT%H:%M:%SZ}", "until": f"{at + _HOUR:%Y-%m-%dT%H:%M:%SZ}"}
    return HourBar(
        text=f"{formatting.moment(at.astimezone(now.tzinfo))}: {_text(counts)}",
        url=f"/runs/?{urlencode(pairs)}",
        completed=formatting.height(counts[Outcome.COMPLETED], highest, _LEAST),
        other=formatting.height(other, highest, _LEAST),
        skipped=formatting.height(counts[Outcome.SKIPPED], highest, _LEAST),
        open=formatting.height(still, highest, _LEAST),
        failed=counts[Outcome.FAILED],
        place=place,
    )


def _text(counts: Counter[str]) -> str:
    known = [*Outcome.KNOWN, *sorted(set(counts) - set(Outcome.KNOWN))]
    parts = (f"{counts[word]:,} {badges.outcome(word).word}" for word in known if counts[word])
    return ", ".join(parts) or "no runs"


def _tick(at: datetime, now: datetime, *, daily: bool) -> str:
    local = at.astimezone(now.tzinfo)
    return f"{local:%a %-d %b}" if daily else f"{local:%H:%M}"
