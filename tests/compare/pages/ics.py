"""The file for calendar programs, with what repeats in it expanded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time

from django.core.cache import caches
from django.test import Client

from dashboard.domain.states import CalendarState, SlotOutcome
from tests.calendar_files import occurrences
from tests.compare.figures import Figures, tidy
from tests.compare.oracle import calendar
from tests.compare.oracle.standing import Standing
from tests.compare.oracle.view import Look
from tests.compare.worlds import DAY

PAGE = "/calendar.ics"
BACK, AHEAD = 7 * DAY, 36 * DAY
PREFIXES = {
    SlotOutcome.MISSED: "missed: ",
    SlotOutcome.UNOBSERVED: "not seen: ",
    SlotOutcome.SKIPPED: "skipped: ",
    CalendarState.PROJECTED: "projected: ",
}
OF_FREQUENT = (
    *(SlotOutcome.MISSED, SlotOutcome.UNOBSERVED, SlotOutcome.SKIPPED, SlotOutcome.DUE),
    SlotOutcome.RUNNING,
)


def expected(look: Look) -> Figures:
    """What it has to hold."""
    today = datetime.combine(look.now.astimezone(UTC).date(), time(), UTC)
    start, end = today - BACK, today + AHEAD
    entries_of: Counter[str] = Counter()
    for row in calendar.current(look):
        for at, state in _instants(row, start, end):
            if start <= at < end:
                entries_of[_text(at, PREFIXES.get(state, "") + row.deployment.label)] += 1
    return {(PAGE, text, "entries"): number for text, number in entries_of.items()}


def _text(at: datetime, title: str) -> str:
    plain = re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", title)
    return f"{at.astimezone(UTC):%d %b %H:%M} {tidy(plain)}"


def _instants(row: Standing, start: datetime, end: datetime) -> Iterator[tuple[datetime, str]]:
    frequent = calendar.frequent(row)
    for slot in row.deployment.slots.values():
        kept = slot.outcome in OF_FREQUENT if frequent else slot.outcome != SlotOutcome.WITHDRAWN
        if kept:
            yield slot.at, slot.outcome
    yield from calendar.promised(row)
    if not frequent:
        yield from calendar.projected(row, start, end)


def shown(client: Client) -> Figures:
    """What it holds."""
    caches["calendars"].clear()  # other worlds were read at the same instants
    every = occurrences(client.get(PAGE).content.decode())
    entries_of = Counter(_text(entry.at, entry.summary) for entry in every)
    return {(PAGE, text, "entries"): number for text, number in entries_of.items()}
