"""The density band: deployments that fire frequently as a bar for each hour, so that they hide no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from heapq import nsmallest

from dashboard.domain.cron import FREQUENT_PER_DAY
from dashboard.domain.states import CalendarState, Outcome, SlotOutcome
from dashboard.filters import SEEN, Query
from dashboard.models import Deployment, Key
from dashboard.services.calendar import links
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.drawings import DensityBand, DensityBar, DensityDay, Rect
from dashboard.services.calendar.hourly_counts import HourlyCounts
from dashboard.services.calendar.state_words import is_run, label
from dashboard.services.calendar.totals import DayFigure
from dashboard.services.calendar.view_models import Day
from dashboard.web import formatting
from dashboard.web.drawing import rectangle

_NAMED = 40  # deployments: the others are behind a link
_LEAST = 3  # of a bar's height, in hundredths: what is there at all can be seen
# The drawing, in its own units: bars stand on the axis, failures hang below it.
_STEP, _GAP, _BAR = 14, 2, 10
_HIGHEST, _AXIS, _BELOW, _HEIGHT = 52, 53, 56, 72
_MARKS, _MARK, _MARK_STEP = 3, 4, 6  # up to three failures are drawn one by one, more as a block


def density_days(
    deployments: dict[Key, Deployment], dates: DateRange, query: Query, *sources: HourlyCounts
) -> dict[date, DensityDay]:
    """The band of each day of a calendar; empty where no deployment fires frequently.

    deployments: those that do; sources: their runs, slots and firings to come
    """
    if not deployments:
        return {}
    counts = _by_hour(sources)
    highest = max((_ran(states) + _coming(states) for states in counts.values()), default=0) or 1
    parameters = links.runs_parameters(query.with_values(frequent="true"))
    clock = dates.clock_of(deployments.values())
    days = {}
    for day in dates.days:
        hours = [counts.get((day, hour), Counter()) for hour in range(24)]
        # A month's bars are one link for each day.
        linked = dates.view != "month"
        urls = [links.runs_url(dates, day, parameters, clock, hour) if linked else "" for hour in range(24)]
        states = tuple(tuple(of_hour.items()) for of_hour in hours)
        days[day] = _day(states, highest, tuple(urls), links.runs_url(dates, day, parameters, clock))
    return days


def density_band(deployments: dict[Key, Deployment], days: Sequence[Day], query: Query) -> DensityBand:
    """The frequent deployments by name and in a sentence."""
    first = nsmallest(_NAMED, deployments.values(), key=lambda row: (str(row), row.key))
    return DensityBand(
        text=_sentence(len(deployments), days),
        names=links.named_links(first),
        more=len(deployments) - len(first),
        url=query.with_values(frequent="true").of("/deployments/", *SEEN),
    )


def _by_hour(sources: Sequence[HourlyCounts]) -> dict[tuple[date, int], Counter[str]]:
    counts: dict[tuple[date, int], Counter[str]] = {}
    for source in sources:
        for (day, hour, state), number in source.items():
            counts.setdefault((day, hour), Counter())[state] += number
    return counts


@lru_cache(maxsize=200)  # days that are over stay as they are; each takes up to 30 kB
def _day(
    states_of_hours: tuple[tuple[tuple[str, int], ...], ...], highest: int, urls: tuple[str, ...], url: str
) -> DensityDay:
    hours = [Counter(dict(states)) for states in states_of_hours]
    bars = [_bar(hour, states, highest, urls[hour]) for hour, states in enumerate(hours)]
    total = sum(hours, Counter[str]())
    runs, coming = _ran(total), _coming(total)
    failed, missed = total[Outcome.FAILED], total[SlotOutcome.MISSED]
    figures = (
        DayFigure(failed, Outcome.FAILED, Outcome.FAILED),
        DayFigure(missed, SlotOutcome.MISSED, SlotOutcome.MISSED),
        DayFigure(coming, "to come"),
    )
    width = _STEP * len(hours)
    return DensityDay(
        runs=runs,
        runs_word=_noun(runs),
        failed=failed,
        missed=missed,
        coming=coming,
        figures=tuple(figure for figure in figures if figure.number),
        text=", ".join(
            f"{figure.number:,} {figure.word}" for figure in (DayFigure(runs, _noun(runs)), *figures)
        ),
        url=url,
        view_box=f"0 0 {width} {_HEIGHT}",
        axis=f"M0 {_AXIS}H{width}",
        bars=bars,
    )


def _bar(hour: int, states: Counter[str], highest: int, url: str) -> DensityBar:
    parts = [f"{number:,} {label(state)}" for state, number in states.most_common() if number]
    failed, unknown = states[Outcome.FAILED], _unknown(states)
    numbers = {"done": _ran(states) - failed - unknown, "other": unknown, "coming": _coming(states)}
    x, top, standing = hour * _STEP + _GAP, _HIGHEST, []
    for kind, number in numbers.items():
        height = min(_units(formatting.height(number, highest, _LEAST)), top)
        top -= height
        standing.append(Rect(kind, x, top, _BAR, height))
    return DensityBar(
        text=f"{hour:02}:00: {', '.join(parts) or 'nothing'}",
        url=url,
        target=rectangle(hour * _STEP, 0, _STEP, _HEIGHT),
        rects=(*(rect for rect in standing if rect.height), *_failure_marks(x, failed)),
    )


def _failure_marks(x: int, failed: int) -> list[Rect]:
    if failed > _MARKS:
        return [Rect("bad", x, _BELOW, _BAR, _HEIGHT - _BELOW)]
    return [Rect("bad", x, _BELOW + mark * _MARK_STEP, _BAR, _MARK) for mark in range(failed)]


def _units(hundredths: int) -> int:
    """A height of 0 to 100 in units of the drawing, rounded up."""
    return (hundredths * _HIGHEST + 99) // 100


def _ran(states: Counter[str]) -> int:
    return sum(number for state, number in states.items() if is_run(state))


def _unknown(states: Counter[str]) -> int:
    """How many runs are over, and how they ended is not reported, or in a word that is not documented."""
    known = (*Outcome.REPORTED, *CalendarState.WITHOUT_RUN)
    return sum(number for state, number in states.items() if state not in known)


def _coming(states: Counter[str]) -> int:
    return states[SlotOutcome.DUE] + states[CalendarState.PROJECTED]


def _sentence(number: int, days: Sequence[Day]) -> str:
    bands = [day.density for day in days if day.density]
    runs, failed = sum(band.runs for band in bands), sum(band.failed for band in bands)
    missed, coming = sum(band.missed for band in bands), sum(band.coming for band in bands)
    parts = [f"{runs:,} {_noun(runs)}, {failed:,} failed"] if runs else []
    parts += [f"{missed:,} missed"] if missed else []
    parts += [f"{coming:,} to come"] if coming else []
    nothing = f"nothing in {'what has been read of ' if any(day.unread for day in days) else ''}these days"
    subject = "1 deployment fires" if number == 1 else f"{number} deployments fire"
    return f"{subject} {FREQUENT_PER_DAY} times a day or more: {'; '.join(parts) or nothing}"


def _noun(runs: int) -> str:
    return "run" if runs == 1 else "runs"
