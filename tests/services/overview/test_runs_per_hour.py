"""Runs by the hour: each bar says and links to exactly the runs of its hour."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.models import Run
from dashboard.services.overview.runs_per_hour import Chart, chart, count_by_hour, last_hours
from tests.factories import NOW, newer_shape, run_record, stored_runs

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def drawn(now: datetime = NOW, hours: int = 24) -> Chart:
    return chart(count_by_hour(hours, now), now)


def test_an_hour_says_its_runs_by_outcome_and_links_to_them() -> None:
    stored_runs(
        run_record(1, NOW),
        run_record(2, NOW - MINUTE, "failed"),
        run_record(3, NOW - 2 * MINUTE, "held"),
        run_record(4, NOW - HOUR, "skipped"),
    )
    drawing = drawn()
    assert len(drawing.bars) == 24
    assert drawing.bars[-1].text == "Tue 16 Jun 09:00: 1 failed, 1 completed, 1 held"
    assert drawing.bars[-1].url == "/runs/?since=2026-06-16T09%3A00%3A00Z&until=2026-06-16T10%3A00%3A00Z"
    assert drawing.bars[-2].text == "Tue 16 Jun 08:00: 1 skipped"
    assert drawing.bars[0].text == "Mon 15 Jun 10:00: no runs"
    assert drawing.text == "Runs in 24 hours: 1 failed, 1 skipped, 1 completed, 1 held"


def test_failures_are_counted_and_the_rest_is_a_part_of_the_highest_hour() -> None:
    stored_runs(*(run_record(n, NOW) for n in range(200)))
    stored_runs(*(run_record(300 + n, NOW - HOUR, "failed") for n in range(7)))
    stored_runs(run_record(400, NOW - HOUR), run_record(401, NOW - HOUR, "running"))
    stored_runs(run_record(402, NOW - HOUR, "pending"), run_record(403, NOW - HOUR, "skipped"))
    drawing = drawn()
    last, before = drawing.bars[-1], drawing.bars[-2]
    assert drawing.highest == 200
    assert (last.completed, last.skipped, last.open, last.failed) == (100, 0, 0, 0)
    assert (before.completed, before.skipped, before.open, before.failed) == (
        4,
        4,
        4,
        7,
    )  # little can be seen
    assert not drawing.other


def test_what_ended_nobody_knows_how_is_no_part_of_what_completed() -> None:
    """A run of the newer shape, and one that ended in a word nobody has heard of."""
    stored_runs(run_record(1, NOW), newer_shape(run_record(2, NOW)), run_record(3, NOW, "cancelled"))
    stored_runs(run_record(4, NOW, "skipped"))
    drawing = drawn()
    last = drawing.bars[-1]
    assert (last.completed, last.other, last.skipped) == (25, 50, 25)
    assert [(name, y, height) for name, _, y, _, height in last.rects] == [
        *(("ok", 45, 15), ("started", 15, 30), ("skipped", 0, 15))
    ]
    assert last.text == "Tue 16 Jun 09:00: 1 skipped, 1 completed, 1 outcome not reported, 1 cancelled"
    assert drawing.other


def test_without_any_run_there_is_still_a_chart() -> None:
    drawing = drawn()
    assert (drawing.highest, drawing.text) == (0, "Runs in 24 hours: no runs")
    assert {(bar.completed, bar.failed) for bar in drawing.bars} == {(0, 0)}


def test_a_run_stamped_ahead_of_this_clock_is_in_no_bar() -> None:
    stored_runs(run_record(1, NOW + 2 * HOUR), run_record(2, NOW - 24 * HOUR))
    assert drawn().text == "Runs in 24 hours: no runs"
    assert drawn(hours=168).text == "Runs in 168 hours: 1 completed"


@pytest.mark.parametrize(
    ("zone", "first", "tick", "day"),
    [
        ("UTC", "Tue 16 Jun 09:00", "10:00", "Tue 9"),
        ("Asia/Kolkata", "Tue 16 Jun 15:00", "16:00", "Tue 9"),  # half an hour off
        ("Asia/Kathmandu", "Tue 16 Jun 15:00", "16:00", "Tue 9"),  # a quarter
        ("America/New_York", "Tue 16 Jun 05:00", "06:00", "Tue 9"),
    ],
)
def test_hours_are_those_on_the_clock_of_the_reader(zone: str, first: str, tick: str, day: str) -> None:
    now = NOW.astimezone(ZoneInfo(zone))
    began = now.replace(minute=0).astimezone(UTC)
    stored_runs(run_record(1, began), run_record(2, began - MINUTE, "failed"))
    drawing = drawn(now)
    assert drawing.bars[-1].text == f"{first}: 1 completed"
    assert drawing.bars[-2].text.endswith("1 failed")
    assert (drawing.ticks[0], len(drawing.ticks)) == (tick, 8)
    week = drawn(now, 168)
    assert (week.ticks[0], len(week.ticks)) == (day, 7)


@pytest.mark.parametrize(("day", "hours"), [(29, ["00", "01", "03", "04"]), (25, ["01", "02", "02", "03"])])
def test_over_a_change_of_the_clocks_no_hour_is_lost_or_doubled(day: int, hours: list[str]) -> None:
    month = {29: 3, 25: 10}[day]
    now = datetime(2026, month, day, int(hours[-1]), 30, tzinfo=ZoneInfo("Europe/Berlin"))
    stored_runs(*(run_record(n, now.astimezone(UTC) - n * HOUR) for n in range(24)))
    drawing = drawn(now)
    assert all(bar.text.endswith(": 1 completed") for bar in drawing.bars)
    assert [bar.text.split()[3][:2] for bar in drawing.bars[-4:]] == hours


def test_the_bars_are_what_counting_the_runs_gives_in_one_query() -> None:
    chance = random.Random(3)  # noqa: S311
    words = ("completed", "failed", "skipped", "running", "pending")
    stored_runs(
        *(
            run_record(n, NOW - timedelta(seconds=chance.randrange(8 * 86_400)), chance.choice(words))
            for n in range(800)
        )
    )
    with CaptureQueriesContext(connection) as queries:
        hours = count_by_hour(168, NOW)
    assert len(queries) == 1
    for at, counts in hours.items():
        runs = Run.objects.filter(at__gte=at, at__lt=at + HOUR)
        assert counts == Counter(run.status for run in runs)
    day = last_hours(hours, 24)
    assert day == count_by_hour(24, NOW)
