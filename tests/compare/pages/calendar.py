"""The calendar: what each day of the month comes to, and what stands on the days around now."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from datetime import UTC, date, datetime, time

from django.test import Client

from dashboard.domain.states import CalendarState
from tests.compare.figures import Figures, tidy
from tests.compare.oracle import calendar
from tests.compare.oracle.view import Look
from tests.compare.worlds import DAY
from tests.markup import Element, read

PAGE = "/calendar/"


def expected(look: Look) -> Figures:
    """What it has to show."""
    today = look.now.astimezone(UTC).date()
    figures: Figures = {}
    for day in _month(today):
        if text := calendar.totals(look, day):
            figures[f"{PAGE}?view=month", f"{day:%a %-d %b}", "totals"] = text
    for view, days in (("day", 1), ("agenda", 7)):
        start = datetime.combine(today, time(), UTC)
        shown = [
            f"{at:%d %H:%M} {_look_of(state)} {tidy(row.deployment.label)}"
            for row in calendar.current(look)
            if not calendar.frequent(row)
            for at, state, _ in calendar.entries(row, start, start + days * DAY)
        ]
        figures |= {(f"{PAGE}?view={view}", text, "times"): n for text, n in Counter(shown).items()}
    return figures


def _look_of(state: str) -> str:
    """What a state is coloured by: unheard-of ones look alike."""
    return state if state in CalendarState.BY_URGENCY else "unknown"


def _month(today: date) -> list[date]:
    """The days of the weeks that a month lies in."""
    first = today.replace(day=1)
    last = today.replace(day=monthrange(today.year, today.month)[1])
    start, end = first - first.weekday() * DAY, last + (6 - last.weekday()) * DAY
    return [start + n * DAY for n in range((end - start).days + 1)]


def shown(client: Client) -> Figures:
    """What it shows."""
    figures: Figures = {}
    month = read(client.get(f"{PAGE}?view=month"))
    for link in month.all("a", class_="tally"):
        day, _, text = link.attrs["title"].partition(": ")
        figures[f"{PAGE}?view=month", day, "totals"] = text
    for view in ("day", "agenda"):
        page = read(client.get(f"{PAGE}?view={view}"))
        chips = Counter(_chip(chip) for chip in page.all("a", class_="ev"))
        figures |= {(f"{PAGE}?view={view}", text, "times"): n for text, n in chips.items()}
    return figures


def _chip(chip: Element) -> str:
    at = datetime.fromisoformat(chip.one("time").attrs["datetime"]).astimezone(UTC)
    return f"{at:%d %H:%M} {chip.attrs['data-s']} {chip.one('span', class_='ev-name').words()}"
