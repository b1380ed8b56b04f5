"""The calendar: what each day of the month comes to, and what stands on the days around now."""

from __future__ import annotations

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from operator import itemgetter

from django.test import Client
from django.utils import timezone

from dashboard.domain.states import CalendarState
from dashboard.services.calendar import state_words
from tests.compare.figures import Figures, tidy
from tests.compare.oracle import calendar, forecast, week
from tests.compare.oracle.standing import Standing
from tests.compare.oracle.view import Look
from tests.compare.worlds import DAY
from tests.markup import Element, read

PAGE = "/calendar/"
AGENDA, LANES, WEEK = f"{PAGE}?view=agenda", f"{PAGE}?view=day", f"{PAGE}?view=week"
MOST_BARS = 24  # of a lane: one that holds more is a band
_AT_ONCE = re.compile(r"At most|Never two|\d+ start at")
_CLOCK = re.compile(r"(?:\w{3} \d+ \w{3} )?\d\d:\d\d(?= )")


def expected(look: Look) -> Figures:
    """What it has to show."""
    today = timezone.localtime(look.now).date()
    start = datetime.combine(today, time(), timezone.get_current_timezone())
    figures: Figures = {}
    for day in _month(today):
        if text := calendar.totals(look, day):
            figures[f"{PAGE}?view=month", f"{day:%a %-d %b}", "totals"] = text
    shown = [
        f"{at:%d %H:%M} {_look_of(state)} {tidy(row.deployment.label)}"
        for row in calendar.current(look)
        if not calendar.frequent(row)
        for at, state, _ in calendar.entries(row, start, start + 7 * DAY)
    ]
    figures |= {(AGENDA, text, "times"): n for text, n in Counter(shown).items()}
    if calendar.current(look):
        figures[LANES, "forecast", "lines"] = forecast.lines(look, start, start + DAY)
    lanes = [text for row in calendar.current(look) for text in _lane(row, start)]
    figures |= {(LANES, text, "times"): n for text, n in Counter(lanes).items()}
    return figures | _week(look, start - today.weekday() * DAY)


def _week(look: Look, start: datetime) -> Figures:
    by_hour, figures = week.cells(look, start), {}
    room = week.room(by_hour)
    chips: Counter[str] = Counter()
    for hour, held in by_hour.items():
        chips.update(
            f"{at:%d %H:%M} {_look_of(state)} {tidy(row.deployment.label)}" for at, state, row in held[:room]
        )
        if rest := held[room:]:
            words = week.counted(state_words.label(state) for _, state, _ in rest)
            figures[WEEK, f"{hour:%a %-d %b %H}:00", "more"] = f"{len(rest)} more: {words}"
    for hour, text in week.frequent(look, start, state_words.label):
        figures[WEEK, f"{hour:%a %-d %b %H}:00", "frequent"] = text
    for day in (start.date() + n * DAY for n in range(7)):
        text = calendar.totals(look, day)
        if re.search(r"\d (failed|missed|late)", text):
            figures[WEEK, f"{day:%a %-d %b}", "totals"] = text
    return figures | {(WEEK, text, "times"): n for text, n in chips.items()}


def _lane(row: Standing, start: datetime) -> Iterator[str]:
    """The lane of a deployment: a text for each bar, or one for a band, which counts them."""
    held = calendar.lane(row, start, start + DAY)
    name = tidy(row.deployment.label)
    if len(held) > MOST_BARS:
        yield f"{name}: {week.counted(state_words.label(state) for _, state, _ in held)}"
        return
    for at, state, _ in held:
        own = timezone.localtime(at)
        clock = f"{own:%H:%M}" if at >= start else f"{own:%a %-d %b %H:%M}"
        yield f"{name}: {clock} {_look_of(state)}"


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
        date_of, _, text = link.attrs["title"].partition(": ")
        figures[f"{PAGE}?view=month", date_of, "totals"] = text
    chips = Counter(_chip(chip) for chip in read(client.get(AGENDA)).all("a", class_="ev"))
    figures |= {(AGENDA, text, "times"): n for text, n in chips.items()}
    day = read(client.get(LANES))
    rows = day.all("li", class_="lane")
    texts = [line.words() for ul in day.all("ul", class_="forecast-lines") for line in ul.all("li")]
    if lines := [line for line in texts if _AT_ONCE.match(line)]:
        figures[LANES, "forecast", "lines"] = lines
    lanes = Counter(text for row in rows for text in _bars(row))
    figures |= {(LANES, text, "times"): n for text, n in lanes.items()}
    return figures | _shown_week(read(client.get(WEEK)))


def _shown_week(page: Element) -> Figures:
    figures: Figures = {}
    for day in page.all("section"):
        if "day-col" not in day.attrs.get("class", ""):
            continue
        date_of = day.one("h2").one("span", class_="narrow").words().partition(" · ")[0]
        for link in day.all("a", class_="tally"):
            figures[WEEK, date_of, "totals"] = link.attrs["title"].partition(": ")[2]
        for bar in (title for band in day.all("div", class_="density") for title in band.all("title")):
            hour, _, text = bar.words().partition(": ")
            if text != "nothing":
                figures[WEEK, f"{date_of} {hour}", "frequent"] = _in_order(text)
        for more in day.all("a", class_="more"):
            when, _, text = more.attrs["title"].partition(", ")
            number, _, text = text.partition(": ")
            figures[WEEK, when, "more"] = f"{number}: {_in_order(text)}"
    chips = Counter(_chip(chip) for chip in page.all("a", class_="ev"))
    return figures | {(WEEK, text, "times"): n for text, n in chips.items()}


def _in_order(text: str) -> str:
    """Counted words in the order of the words."""
    words = [part.split(" ", 1) for part in text.split(", ")]
    return ", ".join(f"{number} {word}" for number, word in sorted(words, key=itemgetter(1)))


def _bars(lane: Element) -> Iterator[str]:
    """The bars of a lane, or the one text of its band."""
    name = lane.one("a", class_="clip").words()
    for band in lane.all("a", class_="band"):
        yield f"{name}: {_in_order(band.one('title').words().rpartition(': ')[2])}"
    for bar in lane.all("a", tabindex="-1"):
        if clock := _CLOCK.match(bar.one("title").words()):
            kinds = [path.attrs["class"] for path in bar.all("path")]
            [kind] = [kind for kind in kinds if kind not in ("late", "target")]
            yield f"{name}: {clock[0]} {kind}"


def _chip(chip: Element) -> str:
    at = datetime.fromisoformat(chip.one("time").attrs["datetime"]).astimezone(UTC)
    return f"{at:%d %H:%M} {chip.attrs['data-s']} {chip.one('bdi').words()}"
