"""Events as chips: one for each event, or one for each deployment on a month's day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from heapq import nsmallest

from dashboard.domain.states import Outcome
from dashboard.domain.thresholds import ON_TIME
from dashboard.models import Deployment, Key
from dashboard.services.calendar import links
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.entries import CalendarEntry
from dashboard.services.calendar.events import CalendarEvent
from dashboard.services.calendar.state_words import (
    explanation,
    is_run,
    label,
    most_urgent,
    rank,
    style_key,
)
from dashboard.services.lists import badges
from dashboard.web import formatting

MOST_IN_A_CELL = 4  # chips of a month's day; the others are counted


def chip(event: CalendarEvent, dates: DateRange) -> CalendarEntry:
    """The chip of one event, which leads to its run or its deployment."""
    local = event.at.astimezone(dates.zone_of(event.deployment))
    late = timedelta(seconds=event.late_s)
    note = f"+{formatting.age(late)}" if late > ON_TIME else event.note
    name = str(event.deployment)
    what = explanation(event.state) + (f", {note}" if note else "")
    return CalendarEntry(
        state=style_key(event.state),
        label=label(event.state),
        glyph=badges.slot_glyph(event.state),
        at=event.at,
        hour=local.hour,
        minute_text=f":{local:%M}",
        name=name,
        url=links.event_url(event),
        title=f"{name}, {formatting.moment(local)} {local:%Z}: {what}",
        note=note,
    )


def month_chips(
    day: date,
    states_of: Mapping[Key, Mapping[str, int]],
    deployments: Mapping[Key, Deployment],
    dates: DateRange,
) -> tuple[list[CalendarEntry], Counter[str]]:
    """The chips of a month's day, the most urgent first, and the most urgent states of what has none.

    One for each deployment, as many as a cell holds.
    states_of: how often each deployment is in each state on that day
    """
    urgency = {key: min(map(rank, states)) for key, states in states_of.items()}

    def order(key: Key) -> tuple[int, int, int, str, Key]:
        states = states_of[key]
        number = _number(most_urgent(states), states)
        return urgency[key], -states.get(Outcome.FAILED, 0), number, str(deployments[key]), key

    # Few are as urgent as the most urgent ones: only these are put in order.
    last = max(nsmallest(MOST_IN_A_CELL, urgency.values()), default=0)
    shown = nsmallest(MOST_IN_A_CELL, (key for key in urgency if urgency[key] <= last), key=order)
    rest = Counter(most_urgent(states) for key, states in states_of.items() if key not in shown)
    return [_month_chip(day, deployments[key], states_of[key], dates) for key in shown], rest


def _month_chip(
    day: date, deployment: Deployment, states: Mapping[str, int], dates: DateRange
) -> CalendarEntry:
    worst = most_urgent(states)
    name = str(deployment)
    counted = sorted(states.items(), key=lambda c: rank(c[0]))
    parts = ", ".join(f"{number} {label(state)}" for state, number in counted)
    return CalendarEntry(
        state=style_key(worst),
        label=label(worst),
        glyph=badges.slot_glyph(worst),
        at=dates.midnight(day, dates.zone_of(deployment)),
        name=name,
        url=links.runs_of_deployment(deployment, dates, day)
        if is_run(worst)
        else links.deployment_url(deployment),
        title=f"{name}, {day:%a %-d %b}: {parts}",
        count_text=_count_text(_number(worst, states), states.get(Outcome.FAILED, 0)),
    )


def _number(worst: str, states: Mapping[str, int]) -> int:
    """How many events a chip stands for: every run of the day, or all that is in its most urgent state."""
    if not is_run(worst):
        return states[worst]
    return sum(number for state, number in states.items() if is_run(state))


def _count_text(number: int, failed: int) -> str:
    if number == 1:
        return ""
    return f"{failed:,} of {number:,}" if 0 < failed < number else f"×{number:,}"
