"""Runs by the hour and by outcome, as bars that lead to exactly those runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from urllib.parse import urlencode

from django.db.models import ExpressionWrapper, F, IntegerField, Sum

from dashboard.domain.times import to_the_second
from dashboard.models import QuarterTotal
from dashboard.models.tally import quarter
from dashboard.services.lists.count_bars import COLUMN, CountBar, count_bar, counts_text, drawn, highest_of
from dashboard.web import formatting, urls

_HOUR = timedelta(hours=1)
_TICKS = {24: 3, 168: 24}  # how many hours lie between two labels


@dataclass(frozen=True)
class Chart:
    """Some hours on end, the newest right.

    highest: the most runs of one hour that did not fail, what the full height stands for
    other: whether runs are among them whose end is not reported, or in a word that is not documented
    text: all of it in one sentence
    """

    bars: tuple[CountBar, ...]
    ticks: tuple[str, ...]
    highest: int
    other: bool
    text: str

    @property
    def drawn(self) -> tuple[tuple[str, str], ...]:
        """The bars as paths: class and `d`."""
        return drawn(self.bars)

    @property
    def width(self) -> int:
        """How wide it is drawn."""
        return len(self.bars) * COLUMN


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
    highest = highest_of(list(hours.values()))
    zone = now.tzinfo or UTC
    bars = tuple(
        _bar(place, at, tuple(counts.items()), highest, zone)
        for place, (at, counts) in enumerate(hours.items())
    )
    step = _TICKS[len(bars)]
    ticks = tuple(_tick(at, now, daily=step == 24) for at in list(hours)[::step])
    total: Counter[str] = sum(hours.values(), Counter())
    other = any(bar.other for bar in bars)
    return Chart(bars, ticks, highest, other, f"Runs in {len(bars)} hours: {counts_text(total)}")


def last_hours(hours: Hours, number: int) -> Hours:
    """The newest of those hours."""
    return dict(list(hours.items())[-number:])


@lru_cache(maxsize=2_000)  # of an hour that is over little changes
def _bar(
    place: int, at: datetime, counts: tuple[tuple[str, int], ...], highest: int, zone: tzinfo
) -> CountBar:
    pairs = {"since": to_the_second(at), "until": to_the_second(at + _HOUR)}
    when = formatting.moment(at.astimezone(zone))
    url = urls.on_site(f"/runs/?{urlencode(pairs)}")
    return count_bar(place, when, url, Counter(dict(counts)), highest)


def _tick(at: datetime, now: datetime, *, daily: bool) -> str:
    local = at.astimezone(now.tzinfo)
    return f"{local:%a %-d}" if daily else f"{local:%H:%M}"
