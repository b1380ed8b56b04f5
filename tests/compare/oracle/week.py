"""A week of the calendar: what each hour draws, what it only counts, and frequent deployments by the hour."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from django.utils import timezone

from dashboard.domain.states import CalendarState, Outcome, SlotOutcome
from tests.compare.oracle import calendar
from tests.compare.oracle.calendar import Entry
from tests.compare.oracle.view import Look
from tests.compare.worlds import DAY, MINUTE

MOST, MOST_OF_A_PAGE, STEP = 4, 200, 15 * MINUTE
Cells = dict[datetime, list[Entry]]


def cells(look: Look, start: datetime) -> Cells:
    """What each hour of a week holds of those that fire infrequently, the most urgent first."""
    by_hour: Cells = defaultdict(list)
    for row in calendar.current(look):
        if not calendar.frequent(row):
            for entry in calendar.entries(row, start, start + 7 * DAY):
                by_hour[_hour(entry[0])].append(entry)
    return {hour: sorted(by_hour[hour], key=_urgency) for hour in sorted(by_hour)}


def room(by_hour: Cells) -> int:
    """How many of an hour are drawn, so that a page does not hold too many."""
    fits = [n for n in range(1, MOST + 1) if sum(min(len(c), n) for c in by_hour.values()) <= MOST_OF_A_PAGE]
    return max(fits, default=1)


def frequent(look: Look, start: datetime, word: Callable[[str], str]) -> Iterator[tuple[datetime, str]]:
    """What the deployments that fire frequently come to in each hour, in the words for states."""
    counts: dict[datetime, Counter[str]] = defaultdict(Counter)
    for row in calendar.current(look):
        if calendar.frequent(row):
            for at, state, _ in calendar.entries(row, start, start + 7 * DAY):
                # As in what a day comes to: what is due now is neither to come nor missed.
                if state != SlotOutcome.WITHDRAWN and (state != SlotOutcome.DUE or at > look.now):
                    counts[_hour(at)][word(state)] += 1
    for hour, states in counts.items():
        yield hour, counted(states.elements())


def counted(words: Iterable[str]) -> str:
    """Words and how often each is among them, in order of the words."""
    return ", ".join(f"{number} {word}" for word, number in sorted(Counter(words).items()))


def _hour(at: datetime) -> datetime:
    return timezone.localtime(at).replace(minute=0, second=0, microsecond=0)


def _urgency(entry: Entry) -> tuple[int, datetime, str, tuple[str, str], datetime]:
    at, state, row = entry
    order = CalendarState.BY_URGENCY
    place = order.index(state) if state in order else order.index(Outcome.SKIPPED)
    # Of runs as urgent, the quarter of an hour decides, then the name.
    begin = at - (at - _hour(at)) % STEP if state not in CalendarState.WITHOUT_RUN else at
    return place, begin, row.deployment.name, row.deployment.key, at
