"""A calendar's file, expanded by another library, has exactly the instants that the calendar draws."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import caches
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.states import CalendarState, SlotOutcome
from dashboard.models import Deployment, Run, Slot
from dashboard.services.calendar import events
from dashboard.services.calendar.date_range import DateRange, date_range
from dashboard.services.calendar.events import CalendarEvent
from dashboard.services.exports import ics
from dashboard.services.status.snapshot import Snapshot
from tests.calendar_files import occurrences
from tests.calendars import asked, plan, slot
from tests.factories import run_record, stored_runs

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TITLES = {
    SlotOutcome.MISSED: "missed: a",
    SlotOutcome.UNOBSERVED: "not seen: a",
    CalendarState.PROJECTED: "projected: a",
}
ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe"),
    *("Asia/Shanghai", "Africa/Casablanca", "Pacific/Chatham"),
)
# Weeks in which the clocks of some of those zones change.
STARTS = (
    *(datetime(2026, 3, 1, 7, tzinfo=UTC), datetime(2026, 3, 20, 23, 30, tzinfo=UTC)),
    *(datetime(2026, 9, 1, 4, tzinfo=UTC), datetime(2026, 10, 18, 0, 0, tzinfo=UTC)),
)


def drawn(now: datetime) -> set[tuple[datetime, str]]:
    """What the calendar's page draws of the only deployment, in the days of a file, with its titles there."""
    dates = days_of(now)
    deployments = {row.key: row for row in Deployment.objects.all()}
    runs = Run.objects.filter(at__gte=dates.start, at__lt=dates.end)
    every = [
        *(CalendarEvent(deployments[run.account, run.deployment_id], run.at, run.status) for run in runs),
        *events.slots(deployments, dates, now),
        *events.projected(deployments.values(), dates, now),
    ]
    return {(event.at, TITLES.get(event.state, "a")) for event in every}


def days_of(now: datetime) -> DateRange:
    today = date_range(asked("view=day&tz=UTC"), now)
    return replace(today, first=today.day - 7 * DAY, last=today.day + 35 * DAY)


def in_file(now: datetime) -> set[tuple[datetime, str]]:
    caches["calendars"].clear()
    text = ics.feed(asked(), Snapshot(now), lambda path: f"https://dash.example{path}").decode()
    return {(occurrence.at, occurrence.summary) for occurrence in occurrences(text)}


@pytest.mark.parametrize("now", STARTS)
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "expression", ["30 2 * * *", "0 0,1,2,3 * * *", "15 */6 * * 0,6", "45 1,23 1,31 * 5"]
)
def test_a_change_of_the_clocks_moves_no_entry(expression: str, zone: str, now: datetime) -> None:
    plan("a", expression, zone=zone)
    assert in_file(now) == drawn(now)
    assert len(in_file(now)) > 5


EXPRESSIONS = st.builds(
    "{} {} {} {} {}".format,
    st.sampled_from(["0", "30", "59", "15,45"]),
    st.sampled_from(["0", "1", "2", "3", "0,2", "1,2,3", "*/12", "23"]),
    st.sampled_from(["*", "*", "*", "1,15", "*/2", "1-31", "L"]),
    st.sampled_from(["*", "*", "*", "3,4,10", "1-12"]),
    st.sampled_from(["*", "*", "1-5", "0", "7", "5#2", "0-6"]),
)
OUTCOMES = st.sampled_from(["missed", "unobserved", "on time", "withdrawn", ""])


@given(EXPRESSIONS, st.sampled_from(ZONES), st.sampled_from(STARTS), st.data())
def test_a_file_has_the_instants_of_the_calendar(
    expression: str, zone: str, now: datetime, data: st.DataObject
) -> None:
    for model in (Deployment, Slot, Run):
        model.objects.all().delete()
    [*fires] = events.projected([plan("a", expression, zone=zone)], days_of(now), now - 30 * DAY)
    past = [event.at for event in fires if event.at < now]
    coming = [event.at for event in fires if event.at > now][:5]
    moved = [at + data.draw(st.sampled_from([0, 0, 0, 1, 26])) * HOUR for at in coming]
    plan("a", expression, *moved, zone=zone)
    for n, at in enumerate(past):
        if outcome := data.draw(OUTCOMES):
            slot(at, outcome, run_id=f"{n}")
        if outcome == "on time":
            stored_runs(run_record(n, at))
    withdrawn = {(at, "a") for at in Slot.objects.filter(outcome="withdrawn").values_list("at", flat=True)}
    assert in_file(now) == drawn(now) - withdrawn
