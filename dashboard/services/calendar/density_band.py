"""The band: deployments that fire frequent, as numbers by the hour, so that the daily ones are seen."""

from __future__ import annotations

from collections import Counter
from datetime import date
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dashboard.domain.cron import FREQUENT_PER_DAY
from dashboard.filters import Query, runs_of
from dashboard.models import Deployment, Key
from dashboard.services.calendar.chips import runs_url
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.hourly_counts import Hours
from dashboard.services.calendar.view_models import DensityBand, DensityBar, DensityDay
from dashboard.web import formatting, urls

_LEAST = 3  # of a bar's height
_NOT_RUNS = ("missed", "unobserved", "promised", "projected")


def density_band(
    frequent: dict[Key, Deployment],
    span: DateRange,
    query: Query,
    happened: Hours,
    coming: Hours,
    unmet: Hours,
) -> DensityBand | None:
    """The band over the days of a span; None where no deployment fires frequent."""
    if not frequent:
        return None
    counted: dict[tuple[date, int], Counter[str]] = {}
    for source in (happened, coming, unmet):
        for (day, hour, state), number in source.items():
            counted.setdefault((day, hour), Counter())[state] += number
    highest = max((_done(states) + _coming(states) for states in counted.values()), default=1) or 1
    of = urlencode(runs_of(query.with_values(frequent="true")))
    clock = span.clock_of(frequent.values())
    days = [_day(day, span, counted, highest, of, clock) for day in span.days]
    names = sorted((str(row), urls.deployment(row.deployment_id, row.account)) for row in frequent.values())
    return DensityBand(_said(len(frequent), days), names, days)


def _day(
    day: date,
    span: DateRange,
    counted: dict[tuple[date, int], Counter[str]],
    highest: int,
    of: str,
    clock: ZoneInfo,
) -> DensityDay:
    hours = [counted.get((day, hour), Counter()) for hour in range(24)]
    total: Counter[str] = Counter()
    for states in hours:
        total.update(states)
    return DensityDay(
        total=_done(total),
        failed=total["failed"],
        missed=total["missed"],
        coming=_coming(total),
        url=runs_url(span, day, of, clock),
        bars=[
            _bar(states, highest, f"{hour:02}:00", runs_url(span, day, of, clock, hour))
            for hour, states in enumerate(hours)
        ],
    )


def _bar(states: Counter[str], highest: int, hour: str, url: str) -> DensityBar:
    said = ", ".join(f"{number:,} {state}" for state, number in states.most_common() if number) or "nothing"
    return DensityBar(
        text=f"{hour}: {said}",
        done=formatting.height(_done(states) - states["failed"], highest, _LEAST),
        failed=states["failed"],
        coming=formatting.height(_coming(states), highest, _LEAST),
        url=url,
    )


def _done(states: Counter[str]) -> int:
    return sum(number for state, number in states.items() if state not in _NOT_RUNS)


def _coming(states: Counter[str]) -> int:
    return states["promised"] + states["projected"]


def _said(number: int, days: list[DensityDay]) -> str:
    ran, failed, coming = (sum(getattr(day, name) for day in days) for name in ("total", "failed", "coming"))
    missed = sum(day.missed for day in days)
    parts = [f"{ran:,} runs, {failed:,} failed"] if ran else []
    parts += [f"{missed:,} missed"] if missed else []
    parts += [f"{coming:,} to come"] if coming else []
    who = "1 deployment fires" if number == 1 else f"{number} deployments fire"
    return f"{who} {FREQUENT_PER_DAY} times a day or more: {'; '.join(parts) or 'nothing in these days'}"
