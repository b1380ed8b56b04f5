"""A day from left to right, on days of 23, 24 and 25 hours too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.services.calendar.date_range import date_range
from dashboard.services.calendar.day_hours import WIDTH, DayHours, day_hours
from tests.calendars import asked
from tests.factories import NOW

HOUR = timedelta(hours=1)
BERLIN, LORD_HOWE, KATHMANDU = "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"
FORWARD, BACK = "2026-03-29", "2026-10-25"


def day(query: str, zone: str = "UTC") -> DayHours:
    return day_hours(date_range(asked(f"view=day&{query}"), NOW.astimezone(ZoneInfo(zone))))


@pytest.mark.parametrize(
    ("query", "zone", "length", "hours"),
    [
        ("date=2026-06-16", "UTC", 24, 24),
        ("date=2026-06-16&from=1&to=4", "UTC", 3, 3),
        ("date=2026-06-16", KATHMANDU, 24, 24),
        (f"date={FORWARD}", BERLIN, 23, 23),
        (f"date={BACK}", BERLIN, 25, 25),
        (f"date={FORWARD}&from=1&to=4", BERLIN, 2, 2),
        (f"date={BACK}&from=2&to=3", BERLIN, 2, 2),
        (f"date={FORWARD}&from=2&to=3", BERLIN, 0, 0),  # the clocks leave this hour out
        ("date=2026-04-05", LORD_HOWE, 24.5, 24),
        ("date=2026-10-04", LORD_HOWE, 23.5, 23),
    ],
)
def test_a_day_is_as_long_as_its_clock_has_it(query: str, zone: str, length: float, hours: int) -> None:
    line = day(query, zone)
    assert (line.end - line.start) / HOUR == length
    ticks = list(line.hours())
    assert len(ticks) == hours
    assert all(at.astimezone(ZoneInfo(zone)).minute == 0 for at, _ in ticks)
    assert [line.x(at) for at, _ in ticks] == sorted({line.x(at) for at, _ in ticks})


def test_instants_lie_where_they_are_and_what_is_outside_at_the_edge() -> None:
    line = day("date=2026-06-16&from=6&to=12")
    six = datetime(2026, 6, 16, 6, tzinfo=UTC)
    assert [line.x(six + n * HOUR) for n in (-5, 0, 3, 6, 9)] == [0, 0, WIDTH // 2, WIDTH, WIDTH]
    assert [line.holds(six + n * HOUR) for n in (-1, 0, 5, 6)] == [False, True, True, False]
    assert line.part(six + 3 * HOUR) == "50%"


def test_an_hour_that_comes_twice_has_two_places() -> None:
    first = datetime(2026, 10, 25, 0, tzinfo=UTC)  # 02:00 in Berlin, and so it is an hour later
    line = day(f"date={BACK}", BERLIN)
    assert [text for at, text in line.hours() if at in (first, first + HOUR)] == ["02:00", "02:00"]
    assert line.x(first + HOUR) - line.x(first) == round(WIDTH / 25)


def test_each_jobs_own_clock_has_one_scale() -> None:
    dates = date_range(asked("view=day&date=2026-06-16&tz=job"), NOW)
    nine = {zone: datetime(2026, 6, 16, 9, tzinfo=ZoneInfo(zone)) for zone in (BERLIN, KATHMANDU)}
    assert {day_hours(dates, ZoneInfo(zone)).x(at) for zone, at in nine.items()} == {9 * 60}
    assert day_hours(dates, ZoneInfo(BERLIN)).start == datetime(2026, 6, 15, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "url"),
    [
        ("02:00", "02:20", "from=2&to=3"),
        ("02:50", "04:00", "from=2&to=4"),
        ("02:50", "04:01", "from=2&to=5"),
        ("02:00", "02:00", "from=2&to=3"),
        ("23:30", "24:00", "from=23"),
        ("00:00", "23:30", ""),
    ],
)
def test_a_span_leads_to_the_hours_it_lies_in(since: str, until: str, url: str) -> None:
    query = asked("view=day&date=2026-06-16&page=3")
    first, last = (
        datetime.combine(date(2026, 6, 16), datetime.min.time(), UTC)
        + timedelta(hours=int(text[:2]), minutes=int(text[3:]))
        for text in (since, until)
    )
    wanted = f"/calendar/?view=day&date=2026-06-16{'&' if url else ''}{url}"
    assert day("date=2026-06-16").url(query, first, last) == wanted
