"""What stands in a calendar: runs, slots that no run stands for, promises, and what schedules project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain

from django.utils import timezone

from dashboard.domain.states import CalendarState, Health, Outcome, SlotOutcome
from tests.compare.oracle.promises import EARLY
from tests.compare.oracle.reading import SeenRun
from tests.compare.oracle.standing import Standing
from tests.compare.oracle.view import Look
from tests.compare.plans import read_plan
from tests.compare.worlds import DAY

FREQUENT = 8  # firings a day
WITHOUT_RUN = (SlotOutcome.DUE, SlotOutcome.MISSED, SlotOutcome.UNOBSERVED, SlotOutcome.WITHDRAWN)
ORDER = ("failed", "missed", "late", "completed", "outcome not reported", "other", "promised", "projected")
Entry = tuple[datetime, str, Standing]


def current(look: Look) -> list[Standing]:
    """The deployments that a calendar shows."""
    return [row for row in look.standings if row.health != Health.ARCHIVED]


def frequent(row: Standing) -> bool:
    """Whether a deployment is counted instead of drawn."""
    plan = read_plan(*row.deployment.schedule)
    return plan is not None and plan.per_day >= FREQUENT


def entries(row: Standing, start: datetime, end: datetime) -> Iterator[Entry]:
    """Everything of a deployment from an instant until before another."""
    every = chain(_past(row), promised(row), projected(row, start, end))
    return ((at, state, row) for at, state in every if start <= at < end)


def lane(row: Standing, start: datetime, end: datetime) -> list[Entry]:
    """What a lane holds between two instants, in order: also the runs that began before and go on."""
    before = [run for run in row.runs if run.at < start < _over(run, row.now)]
    everything = [*((run.at, run.status, row) for run in before), *entries(row, start, end)]
    return sorted(everything, key=lambda entry: entry[:2])


def _over(run: SeenRun, now: datetime) -> datetime:
    """When a run was over; now while it goes on; when it began where it is not known how long it lasted."""
    if run.open and run.status == Outcome.RUNNING:
        return now
    return run.at + timedelta(milliseconds=run.ms or 0)


def _past(row: Standing) -> Iterator[tuple[datetime, str]]:
    yield from ((run.at, run.status) for run in row.runs)
    for slot in row.slots(*WITHOUT_RUN):
        # A clock that was set back makes a promise one to come whose time had come: the API lists it no more.
        ahead = slot.outcome == SlotOutcome.DUE and slot.at > row.now
        if not ahead or slot.at in row.deployment.promised:
            yield slot.at, slot.outcome


def promised(row: Standing) -> Iterator[tuple[datetime, str]]:
    """Promises that are no slots: those first read after their time were seen by nobody, unless kept."""
    for at in row.deployment.promised if row.deployment.fires else ():
        ran = row.last_run is not None and row.last_run.at >= at - EARLY
        if at not in row.deployment.slots and (at > row.now or not ran):
            yield at, SlotOutcome.DUE if at > row.now else SlotOutcome.UNOBSERVED


def projected(row: Standing, start: datetime, end: datetime) -> Iterator[tuple[datetime, str]]:
    """Firings beyond the last promise."""
    plan = read_plan(*row.deployment.schedule) if row.deployment.fires else None
    edge = max([row.now, *row.deployment.promised, start - timedelta(microseconds=1)])
    yield from ((at, CalendarState.PROJECTED) for at in (plan.between(edge, end) if plan else ()))


def totals(look: Look, day: date) -> str:
    """What a day comes to, in one line."""
    start = datetime.combine(day, time(), timezone.get_current_timezone())
    counts: Counter[str] = Counter()
    for row in current(look):
        for at, state, _ in entries(row, start, start + DAY):
            if frequent(row) and state == SlotOutcome.DUE and at <= look.now:
                continue  # a promise that is due now is neither to come nor missed
            counts[_column(state)] += 1
        late = row.slots(SlotOutcome.LATE)
        counts["late"] += sum(start <= slot.at < start + DAY for slot in late)
    return ", ".join(f"{counts[word]} {word}" for word in ORDER if counts[word])


def _column(state: str) -> str:
    """Which figure of a day a state counts in; slots that nobody watched, and withdrawn ones, in none."""
    if state in (SlotOutcome.UNOBSERVED, SlotOutcome.WITHDRAWN):
        return ""
    columns = {
        SlotOutcome.DUE: "promised",
        CalendarState.PROJECTED: "projected",
        Outcome.STARTED: "outcome not reported",
    }
    counted = (Outcome.FAILED, Outcome.COMPLETED, SlotOutcome.MISSED)
    return columns.get(state, state if state in counted else "other")
