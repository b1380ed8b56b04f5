"""The days of the calendar: what lies on each, and what it comes to."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.services.calendar import hourly_counts
from dashboard.services.calendar.date_range import date_range
from dashboard.services.calendar.totals import DayTotals
from tests.calendars import (
    asked,
    day_of,
    density_of,
    entry_of,
    plan,
    scheduled,
    shown,
    slot,
    time_of,
)
from tests.factories import NOW, run_record, stored_deployments, stored_runs

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NINE = NOW.replace(hour=9, minute=0)
TODAY = NOW.replace(hour=0, minute=0)
BERLIN = "Europe/Berlin"


def test_each_deployment_is_shown_on_its_own_clock() -> None:
    upcoming = [datetime(2026, 6, 17, 1, tzinfo=UTC), datetime(2026, 6, 17, 13, tzinfo=UTC)]
    stored_deployments(
        scheduled("cn", "0 9 * * *", upcoming[0], zone="Asia/Shanghai"),
        scheduled("us", "0 9 * * *", upcoming[1], zone="America/New_York"),
    )
    for query, times in (("tz=job", ["09:00", "09:00"]), ("", ["01:00", "13:00"])):
        entries = day_of(shown(f"{query}&date=2026-06-17"), "2026-06-17").entries.earlier
        assert [(entry.name, time_of(entry)) for entry in entries] == [*zip(("cn", "us"), times, strict=True)]


@pytest.mark.parametrize("view", ["week", "month"])
def test_a_run_lies_on_the_day_of_its_deployments_clock(view: str) -> None:
    zones = {"kiribati": "Pacific/Kiritimati", "samoa": "Pacific/Pago_Pago", "nowhere": "Mars/Olympus"}
    stored_deployments(*(scheduled(key, "", zone=zone) for key, zone in zones.items()))
    at = datetime(2026, 6, 17, 10, 30, tzinfo=UTC)
    stored_runs(*(run_record(n, at, deployment_id=f"dep_{key}") for n, key in enumerate(zones)))
    page = shown(f"tz=job&view={view}", NOW + 3 * DAY)
    day_of_name = {entry.name: day.date for day in page.days for entry in day.entries.earlier}
    assert day_of_name == {"kiribati": "2026-06-18", "samoa": "2026-06-16", "nowhere": "2026-06-17"}


@pytest.mark.parametrize("view", ["week", "month"])
@pytest.mark.parametrize(
    ("day", "hours", "note"),
    [
        ("2026-03-29", 23, "23 hours, the clocks go forward"),
        ("2026-10-25", 25, "25 hours, the clocks go back"),
        ("2026-06-14", 24, ""),
    ],
)
def test_a_day_whose_clock_changes_has_a_note_and_every_run(
    view: str, day: str, hours: int, note: str
) -> None:
    stored_deployments(scheduled("infrequent", ""), scheduled("frequent", "*/30 * * * *", zone=BERLIN))
    start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)
    stamps = [start + n * HOUR / 2 for n in range(-2, 2 * hours + 2)]
    stored_runs(
        *(run_record(n, at, "failed", deployment_id="dep_infrequent") for n, at in enumerate(stamps)),
        *(run_record(n + 500, at, deployment_id="dep_frequent") for n, at in enumerate(stamps)),
    )
    page = shown(f"view={view}&date={day}", start + 40 * DAY, BERLIN)
    match = day_of(page, day)
    assert (match.note, match.totals) == (note, DayTotals(failed=2 * hours, completed=2 * hours))
    band = density_of(match)
    assert band.runs == 2 * hours
    counts = {"23": "0", "24": "2", "25": "4"}  # of the hour from two to three
    assert band.bars[2].text == f"02:00: {counts[str(hours)]} completed".replace("0 completed", "nothing")
    if view == "week":
        numbers = {row.hour: len(row.entries.earlier) for row in match.hours}
        assert numbers.get(2, 0) == int(counts[str(hours)])


@pytest.mark.parametrize(
    "zone", ["Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Chatham", "America/Havana"]
)
@pytest.mark.parametrize("day", ["2026-06-15", "2026-04-05", "2026-10-04", "2026-03-08", "2026-11-01"])
def test_tallied_days_begin_and_end_at_the_midnights_of_the_zone(zone: str, day: str) -> None:
    row = plan("a", "")
    clock = ZoneInfo(zone)
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=clock).astimezone(UTC)
    stamps = [noon + n * 15 * MINUTE for n in range(-110, 110)]
    stored_runs(*(run_record(n, at) for n, at in enumerate(stamps)))
    expected: dict[date, int] = {}
    for at in stamps:
        local = at.astimezone(clock).date()
        expected[local] = expected.get(local, 0) + 1
    span = date_range(asked(f"date={day}&tz={zone}&view=month"), NOW)
    counted = hourly_counts.runs_by_day({row.key: row}, span)
    assert {when: number for when, _, _, number in counted} == {
        when: number for when, number in expected.items() if when in span.days
    }


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana"])
def test_the_hours_of_many_deployments_are_what_all_have_beyond_the_others(zone: str) -> None:
    rows = {key: plan(key, "") for key in "abc"}
    other = run_record(900, NINE, deployment_id="dep_unread")
    stamps = [(n, "aaaaabbc"[n % 8], NINE - n * 37 * MINUTE) for n in range(80)]
    words = ("completed", "failed")
    runs = [run_record(n, at, words[n % 3 == 0], deployment_id=f"dep_{key}") for n, key, at in stamps]
    stored_runs(*runs, other)
    span, clock = date_range(asked(f"tz={zone}&view=month"), NOW), ZoneInfo(zone)
    for keys in ("a", "c", "ab", "abc", "bc"):
        expected: Counter[tuple[date, int, str]] = Counter()
        for n, key, at in stamps:
            local = at.astimezone(clock)
            if key in keys and local.date() in span.days:
                expected[local.date(), local.hour, words[n % 3 == 0]] += 1
        chosen = {rows[key].key: rows[key] for key in keys}
        assert hourly_counts.runs_by_hour(chosen, span) == expected, keys


def test_the_days_of_a_week_are_counted() -> None:
    plan("a", "0 9 * * *", NINE + DAY)
    stored_runs(
        run_record(1, NINE, "failed"),
        run_record(2, NINE + MINUTE),
        run_record(3, NINE + 2 * MINUTE, "skipped"),
        run_record(4, NINE - DAY, "cancelled"),
    )
    slot(NINE - HOUR, "missed")
    slot(NINE - 2 * HOUR, "withdrawn", reason="paused")
    slot(NINE - 3 * HOUR, "unobserved")
    page = shown()
    assert day_of(page, "2026-06-16").totals == DayTotals(failed=1, missed=1, completed=1, other=1)
    assert day_of(page, "2026-06-17").totals == DayTotals(promised=1)
    assert day_of(page, "2026-06-18").totals == DayTotals(projected=1)
    assert page.summary == "4 runs, 1 failed, 1 missed so far; 1 promised and 4 projected to come"
    assert page.empty_text == ""


@pytest.mark.parametrize("view", ["week", "month"])
def test_a_late_run_counts_once_as_a_run_and_once_as_late(view: str) -> None:
    plan("a", "0 9 * * *")
    stored_runs(run_record(1, TODAY + 9 * HOUR + 5 * MINUTE))
    slot(TODAY + 9 * HOUR, "late", run_id=f"drun_{1:032x}", late_s=300)
    page = shown(f"view={view}")
    counts = day_of(page, "2026-06-16").totals
    assert (counts.completed, counts.late, counts.other) == (1, 1, 0)
    assert page.summary.startswith("1 run, 1 late so far")


def test_a_late_run_of_a_frequent_deployment_counts_as_late_too() -> None:
    plan("a", "*/5 * * * *")
    stored_runs(run_record(1, TODAY + 9 * HOUR + 2 * MINUTE))
    slot(TODAY + 9 * HOUR, "late", run_id=f"drun_{1:032x}", late_s=120)
    for view in ("week", "month"):
        counts = day_of(shown(f"view={view}"), "2026-06-16").totals
        assert (counts.completed, counts.late) == (1, 1), view


def test_runs_that_are_not_drawn_are_counted() -> None:
    plan("a", "")
    stored_runs(*(run_record(n, TODAY + n * MINUTE, "failed" if n > 1 else "completed") for n in range(7)))
    day = day_of(shown(), "2026-06-16")
    assert [entry.state for entry in day.entries.earlier] == ["failed"] * 4
    assert (day.totals.completed, day.totals.failed) == (2, 5)


def test_a_days_link_opens_the_day_and_keeps_the_filters() -> None:
    day = day_of(shown("view=month&tz=UTC&status=active"), "2026-06-16")
    assert day.url == "/calendar/?view=day&date=2026-06-16&tz=UTC&status=active"
    assert (day.text, day.number, day.weekday) == ("Tue 16 Jun", "16", "Tue")


def test_one_run_is_one_entry() -> None:
    plan("a", "")
    stored_runs(run_record(1, NINE))
    assert entry_of(shown("view=agenda")).name == "a"
