"""When a schedule will fire: the cron expression read over days, zones and clock changes."""

from __future__ import annotations

import locale
import runpy
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain import cron
from dashboard.domain.cron import FREQUENT_PER_DAY, Schedule

JUNE = datetime(2026, 6, 15, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
REFUSED = [
    *("", "nonsense", "* * * *", "* * * * * *", "@daily", "61 * * * *", "0 24 * * *", "0 0 32 * *"),
    *("0 0 * 13 *", "0 0 30 2 *", "a b c d e", "*/0 * * * *", "-1 * * * *", "5-1 * * * *", "🙂 * * * *"),
]


def told(expression: str, zone: str, after: datetime, before: datetime) -> list[str]:
    """The firings as wall-clock times with their offset, in that zone."""
    found = Schedule(expression, zone).between(after, before)
    return [at.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes") for at in found]


@pytest.mark.parametrize(
    ("expression", "number"),
    [
        ("0 9 * * *", 1),
        ("0 9 * * 1", 1),
        ("0 0 29 2 *", 1),
        ("0 */3 * * *", 8),
        ("0 */4 * * *", 6),
        ("*/15 * * * *", 96),
        ("* * * * *", 1440),
        ("0,30 9-16 * * 1-5", 16),
    ],
)
def test_how_often_a_schedule_fires_is_counted_on_a_day_on_which_it_fires(
    expression: str, number: int
) -> None:
    assert Schedule(expression, "UTC").per_day() == number


def test_every_third_hour_is_often_and_every_fourth_is_not() -> None:
    assert (
        Schedule("0 */3 * * *", "UTC").per_day()
        >= FREQUENT_PER_DAY
        > Schedule("0 */4 * * *", "UTC").per_day()
    )


@pytest.mark.parametrize("expression", REFUSED)
def test_an_expression_that_cannot_be_read_fires_never(expression: str) -> None:
    schedule = Schedule(expression, "UTC")
    assert schedule.per_day() == 0
    assert list(schedule.between(JUNE, JUNE + 400 * DAY)) == []
    assert list(schedule.hours(JUNE, JUNE + 3 * DAY)) == []


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "\x00", "x" * 300, "UTC+25"])
def test_a_schedule_in_a_zone_that_does_not_exist_fires_never(zone: str) -> None:
    schedule = Schedule("* * * * *", zone)
    assert list(schedule.between(JUNE, JUNE + DAY)) == []
    assert list(schedule.hours(JUNE, JUNE + DAY)) == []


def test_firings_are_told_in_utc_without_the_two_ends() -> None:
    nine = JUNE.replace(hour=1)
    found = list(Schedule("0 9 * * *", "Asia/Shanghai").between(nine, nine + 3 * DAY))
    assert found == [nine + DAY, nine + 2 * DAY]
    assert {at.tzinfo for at in found} == {UTC}


def test_nothing_fires_in_a_span_that_is_empty_or_the_wrong_way_round() -> None:
    assert list(Schedule("* * * * *", "UTC").between(JUNE, JUNE)) == []
    assert list(Schedule("* * * * *", "UTC").between(JUNE, JUNE - DAY)) == []
    assert list(Schedule("* * * * *", "UTC").hours(JUNE, JUNE - DAY)) == []


def test_a_leap_day_is_waited_for() -> None:
    assert told("0 0 29 2 *", "UTC", JUNE, JUNE + 1500 * DAY) == ["2028-02-29T00:00+00:00"]


def test_the_end_of_all_calendars_ends_the_firings() -> None:
    after = datetime(9999, 12, 30, tzinfo=UTC)
    found = list(Schedule("0 9 * * *", "UTC").between(after, datetime.max.replace(tzinfo=UTC)))
    assert found == [after.replace(hour=9), after.replace(day=31, hour=9)]


def test_a_day_that_never_comes_ends_the_search() -> None:
    assert list(Schedule("0 0 */5 2 1#5", "UTC").between(JUNE, JUNE + 36_500 * DAY)) == []


@pytest.mark.parametrize(
    ("day", "expression", "expected"),
    [
        ("2026-03-29", "0 2 * * *", ["2026-03-29T03:00+02:00"]),
        ("2026-03-29", "30 2 * * *", ["2026-03-29T03:00+02:00"]),
        ("2026-03-29", "0 9 * * *", ["2026-03-29T09:00+02:00"]),
        ("2026-10-25", "30 2 * * *", ["2026-10-25T02:30+02:00"]),
        ("2026-10-25", "0 9 * * *", ["2026-10-25T09:00+01:00"]),
    ],
)
def test_over_a_clock_change_a_daily_job_fires_once(day: str, expression: str, expected: list[str]) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime.fromisoformat(day).replace(tzinfo=berlin).astimezone(UTC)
    assert told(expression, "Europe/Berlin", start, start + timedelta(hours=22)) == expected


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-15", 24)])
def test_an_hourly_job_fires_in_every_hour_that_there_is(day: str, hours: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime.fromisoformat(day).replace(tzinfo=berlin).astimezone(UTC)
    found = list(Schedule("0 * * * *", "Europe/Berlin").between(start - HOUR / 2, start + hours * HOUR))
    assert found == [start + n * HOUR for n in range(hours)]


MINUTES = st.sampled_from(["*", "*/5", "*/7", "0", "59", "0,30", "13-17"])
HOURS = st.sampled_from(["*", "*/3", "0", "23", "8-18", "1,2,3"])
DAYS = st.sampled_from(["* * *", "* * 1-5", "15 * *", "1-20 6 *", "* 7 *"])
ZONES = st.sampled_from(["UTC", "Asia/Shanghai", "Asia/Kathmandu", "America/St_Johns"])


@given(
    minutes=MINUTES,
    hours=HOURS,
    days=DAYS,
    zone=ZONES,
    begin=st.integers(0, 23),
    length=st.integers(1, 60),
)
def test_hours_are_a_count_of_the_single_firings(
    minutes: str, hours: str, days: str, zone: str, begin: int, length: int
) -> None:
    schedule = Schedule(f"{minutes} {hours} {days}", zone)
    first = datetime(2026, 6, 14, begin, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    after, before = first - timedelta(seconds=1), first + length * HOUR
    counted: Counter[datetime] = Counter()
    for at in schedule.between(after, before):
        counted[at.astimezone(ZoneInfo(zone)).replace(minute=0).astimezone(UTC)] += 1
    told: Counter[datetime] = Counter()
    for at, number in schedule.hours(after, before):
        told[at.astimezone(ZoneInfo(zone)).replace(minute=0).astimezone(UTC)] += number
    assert told == counted


def test_an_hours_firings_are_told_at_its_first() -> None:
    found = list(Schedule("10,40 8,9 * * *", "UTC").hours(JUNE, JUNE + DAY))
    assert found == [
        (JUNE + timedelta(hours=8, minutes=10), 2),
        (JUNE + timedelta(hours=9, minutes=10), 2),
    ]


CHANGING = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "UTC"]
)
CHANGES = st.sampled_from(
    ["2026-03-07", "2026-03-28", "2026-04-04", "2026-04-23", "2026-06-14", "2026-10-29"]
)


@given(MINUTES, HOURS, DAYS, CHANGING, CHANGES, st.integers(0, 5000), st.integers(1, 4000))
def test_firings_are_those_of_a_simulation_step_by_step(
    minutes: str, hours: str, days: str, zone: str, day: str, begin: int, length: int
) -> None:
    expression = f"{minutes} {hours} {days}"
    after = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(minutes=begin)
    before = after + timedelta(minutes=length)
    stepped = (at.astimezone(UTC) for at in CronSim(expression, after.astimezone(ZoneInfo(zone))))
    expected = list(takewhile(lambda at: at < before, stepped))
    assert list(Schedule(expression, zone).between(after, before)) == expected
    assert sum(number for _, number in Schedule(expression, zone).hours(after, before)) == len(expected)


def test_the_beginning_of_all_calendars_breaks_nothing() -> None:
    first = datetime.min.replace(tzinfo=UTC)
    assert len(list(Schedule("0 9 * * *", "UTC").between(first, first + 3 * DAY))) >= 2


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 9 * * *", "At 09:00"),
        ("30 17 * * *", "At 17:30"),
        ("*/5 * * * *", "Every 5 minutes"),
        ("0 9 * * 1-5", "At 09:00, Monday through Friday"),
        ("0 0 * * 0", "At 00:00, only on Sunday"),
        ("0 0 * * 7", "At 00:00, only on Sunday"),
        ("0 9 1 * *", "At 09:00, on day 1 of the month"),
        ("  0 9  * * *  ", "At 09:00"),
    ],
)
def test_an_expression_is_said_in_words(expression: str, expected: str) -> None:
    assert cron.describe(expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        *("", "@daily", "0 9 * *", "0 0 9 * * *", "0 0 9 * * * 2026", "a b c d e", "* * * * 8"),
        *("- - - - -", ", , , , ,", "/ / / / /", "# # # # #", "99 99 99 99 99"),
    ],
)
def test_what_cannot_be_read_is_said_with_nothing(expression: str) -> None:
    assert cron.describe(expression) == ""


@pytest.mark.parametrize("expression", ["60 * * * *", "*/0 * * * *", "* * * * */", "<b> * * * *"])
def test_what_can_never_fire_is_said_with_nothing(expression: str) -> None:
    assert cron.describe(expression) == ""


@given(
    st.text(max_size=40) | st.lists(st.text("0123456789*/,-LW#?MON ", max_size=6), min_size=5).map(" ".join)
)
def test_any_text_is_said_or_left_out(expression: str) -> None:
    assert isinstance(cron.describe(expression), str)


def test_the_words_are_english_wherever_the_server_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locale, "getlocale", lambda *_: ("de_DE", "UTF-8"))
    anew = runpy.run_path(str(cron.__file__))
    assert anew["describe"]("0 9 * * *") == "At 09:00"
