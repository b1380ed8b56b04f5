"""What a cell holds beyond what is drawn: how much, how much of it is trouble, and the way to it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dashboard.domain.states import Outcome, SlotOutcome
from dashboard.filters import Query
from dashboard.services.calendar import links
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.entries import CellRest
from dashboard.services.calendar.state_words import label, rank

_TROUBLES = (Outcome.FAILED, SlotOutcome.MISSED)


@dataclass(frozen=True)
class CellLinks:
    """The links of a calendar's cells. `clock`: the zone whose hours the links to lists are about."""

    dates: DateRange
    query: Query
    clock: ZoneInfo
    now: datetime

    def of_day(self, day: date, states: Counter[str]) -> CellRest | None:
        """What is not drawn of a day leads to the day, with its hours; None where nothing is left."""
        when = f"{day:%a %-d %b}"
        return _rest(when, when, states, self._day(day)) if states else None

    def of_hour(self, day: date, hour: int, states: Counter[str]) -> CellRest | None:
        """What is not drawn of an hour leads to its runs, or to the day while it is still to come."""
        when = f"{day:%a %-d %b} {hour:02}:00"
        return _rest(f"{hour:02}:00", when, states, self._hour(day, hour)) if states else None

    def _hour(self, day: date, hour: int) -> str:
        begun = self.dates.instant(day, hour, self.clock) <= self.now
        # On several clocks an hour is another span for each deployment.
        if self.dates.each_own or not begun:
            return self.query.url(
                view="day", date=day.isoformat(), **{"from": str(hour), "to": str(hour + 1)}
            )
        parameters = links.runs_parameters(self.query.with_values(frequent="false"))
        return links.runs_url(self.dates, day, parameters, self.clock, hour)

    def _day(self, day: date) -> str:
        return self.query.url(view="day", date=day.isoformat())


def _rest(short: str, when: str, states: Counter[str], url: str) -> CellRest:
    troubles = ", ".join(f"{states[state]:,} {state}" for state in _TROUBLES if states[state])
    parts = ", ".join(f"{states[state]:,} {label(state)}" for state in sorted(states, key=rank))
    text = f"+{states.total():,}" + (f" ({troubles})" if troubles else "")
    return CellRest(text, short, f"{when}, {states.total():,} more: {parts}", url)
