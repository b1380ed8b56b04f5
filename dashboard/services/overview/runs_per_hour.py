"""Runs by the hour and by outcome, as bars that lead to exactly those runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import ExpressionWrapper, F, IntegerField, Sum

from dashboard.domain.states import Outcome
from dashboard.models import Tally
from dashboard.models.tally import quarter
from dashboard.web import formatting

_LEAST = 4  # of a bar's height
_OPEN = (Outcome.PENDING, Outcome.RUNNING)
_HOUR = timedelta(hours=1)
_TICKS = {24: 3, 168: 24}  # how many hours lie between two labels


@dataclass(frozen=True)
class HourBar:
    """One hour. The heights are parts of the highest hour, from 0 to 100; failures are counted.

    done: what finished without failing; open: what still runs or waits
    """

    text: str
    url: str
    done: int
    skipped: int
    open: int
    failed: int


@dataclass(frozen=True)
class Chart:
    """Some hours on end, the newest right.

    highest: the most runs of one hour that did not fail, what the full height stands for
    text: the whole in one sentence
    """

    bars: tuple[HourBar, ...]
    ticks: tuple[str, ...]
    highest: int
    text: str


Hours = dict[datetime, Counter[str]]


def count_by_hour(hours: int, now: datetime) -> Hours:
    """What ran in each of the last hours on the clock of `now`, the one under way included; one query."""
    last = now.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    first = quarter(last - (hours - 1) * _HOUR)
    hour = ExpressionWrapper((F("quarter") - first) / 4, output_field=IntegerField())
    rows = Tally.objects.filter(quarter__gte=first).annotate(hour=hour).values("hour", "status")
    found: Hours = {last - n * _HOUR: Counter() for n in reversed(range(hours))}
    starts = list(found)
    for at, status, number in rows.annotate(n=Sum("number")).values_list("hour", "status", "n"):
        if at < hours:  # a run may be stamped ahead of this host's clock
            found[starts[at]][status] += number
    return found


def chart(hours: Hours, now: datetime) -> Chart:
    """Those hours drawn, in the zone of `now`."""
    highest = max((counts.total() - counts[Outcome.FAILED] for counts in hours.values()), default=0)
    bars = tuple(_bar(at, counts, highest, now) for at, counts in hours.items())
    step = _TICKS[len(bars)]
    ticks = tuple(_tick(at, now, daily=step == 24) for at in list(hours)[::step])
    whole: Counter[str] = sum(hours.values(), Counter())
    return Chart(bars, ticks, highest, f"Runs in {len(bars)} hours: {_said(whole)}")


def last_hours(hours: Hours, number: int) -> Hours:
    """The newest of those hours."""
    return dict(list(hours.items())[-number:])


def _bar(at: datetime, counts: Counter[str], highest: int, now: datetime) -> HourBar:
    still = sum(counts[word] for word in _OPEN)
    rest = counts.total() - counts[Outcome.FAILED] - counts[Outcome.SKIPPED] - still
    pairs = {"since": f"{at:%Y-%m-%dT%H:%M:%SZ}", "until": f"{at + _HOUR:%Y-%m-%dT%H:%M:%SZ}"}
    return HourBar(
        text=f"{formatting.moment(at.astimezone(now.tzinfo))}: {_said(counts)}",
        url=f"/runs/?{urlencode(pairs)}",
        done=formatting.height(rest, highest, _LEAST),
        skipped=formatting.height(counts[Outcome.SKIPPED], highest, _LEAST),
        open=formatting.height(still, highest, _LEAST),
        failed=counts[Outcome.FAILED],
    )


def _said(counts: Counter[str]) -> str:
    known = [*Outcome.KNOWN, *sorted(set(counts) - set(Outcome.KNOWN))]
    return ", ".join(f"{counts[word]:,} {word or 'unknown'}" for word in known if counts[word]) or "no runs"


def _tick(at: datetime, now: datetime, *, daily: bool) -> str:
    local = at.astimezone(now.tzinfo)
    return f"{local:%a %-d %b}" if daily else f"{local:%H:%M}"
