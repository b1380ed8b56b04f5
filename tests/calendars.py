"""Calendars for tests: deployments with a schedule, their slots, and the page of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict

from dashboard import filters
from dashboard.filters import Query
from dashboard.models import Deployment, Feed, Slot
from dashboard.services.calendar import CalendarPage, calendar
from dashboard.services.calendar.drawings import DensityBar, DensityDay
from dashboard.services.calendar.entries import CalendarEntry
from dashboard.services.calendar.lane_models import Lane, LaneSet
from dashboard.services.calendar.view_models import Day
from dashboard.services.status.feeds import account_names
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, Record, deployment_record, stored_deployments, text
from tests.feeds import live
from tests.vocabulary import Words


def scheduled(
    key: str = "a",
    expression: str = "0 9 * * *",
    *upcoming: datetime,
    zone: str = "UTC",
    **changes: Any,
) -> Record:
    """A deployment with that schedule and those promises."""
    schedule = {
        "type": "cron",
        "expression": expression,
        "timezone": zone,
        "upcoming_runs_at": [text(at) for at in upcoming],
    }
    return deployment_record(key, schedule=schedule) | changes


def plan(*args: Any, **changes: Any) -> Deployment:
    """The same, in the mirror."""
    return stored_deployments(scheduled(*args, **changes))[0]


def slot(at: datetime, outcome: str = "due", key: str = "a", **changes: Any) -> Slot:
    """A stored slot."""
    fields = {"account": "default", "gap_s": 86_400, "seen_at": at} | changes
    return Slot.objects.create(deployment_id=f"dep_{key}", at=at, outcome=outcome, **fields)


def asked(query: str = "") -> Query:
    """The question of a query string."""
    return filters.calendar(QueryDict(query), Words(accounts=("default", "other")))


def shown(query: str = "", now: datetime = NOW, zone: str = "UTC") -> CalendarPage:
    """The calendar as a reader in that zone sees it, of what has been read unless a test has it otherwise."""
    if not Feed.objects.exists():
        for account in account_names():
            live(account, now)
    return calendar(asked(query), Snapshot(now.astimezone(ZoneInfo(zone))))


def day_of(page: CalendarPage, date: str) -> Day:
    """One of its days."""
    (match,) = [day for day in page.days if day.date == date]
    return match


def entries_of(page: CalendarPage) -> list[CalendarEntry]:
    """Every entry of its days, in order."""
    return [entry for day in page.days for entry in (*day.entries.earlier, *day.entries.later)]


def entry_of(page: CalendarPage) -> CalendarEntry:
    """The only entry of the page."""
    (entry,) = entries_of(page)
    return entry


def lanes_of(page: CalendarPage) -> LaneSet:
    """The lanes of a day."""
    assert page.lanes is not None
    return page.lanes


def lane_of(page: CalendarPage) -> Lane:
    """The only lane of a day."""
    lanes = lanes_of(page)
    (lane,) = (*lanes.lanes, *lanes.quiet)
    return lane


def bars_of(page: CalendarPage) -> list[str]:
    """The bars of all lanes of a day, in words."""
    lanes = lanes_of(page)
    return [bar.text for lane in (*lanes.lanes, *lanes.quiet) for bar in lane.bars]


def time_of(entry: CalendarEntry) -> str:
    """The time on its chip; empty for one of a month."""
    return entry.hour_text + entry.minute_text


def placed(page: CalendarPage) -> list[tuple[str, str, str]]:
    """Every entry: its day, its time, its state."""
    return [
        (day.date, time_of(entry), entry.state)
        for day in page.days
        for entry in (*day.entries.earlier, *day.entries.later)
    ]


def density_of(day: Day) -> DensityDay:
    """The density band of a day that has one."""
    assert day.density is not None
    return day.density


def drawn(bar: DensityBar, kind: str) -> list[int]:
    """The heights of a bar's rectangles of one kind."""
    return [rect.height for rect in bar.rects if rect.kind == kind]
