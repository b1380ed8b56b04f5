"""When a schedule will fire: the cron expression read over days, zones and clock changes."""

from __future__ import annotations

import locale
import runpy
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from cron_descriptor import FormatError
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain import cron
from dashboard.domain.cron import FREQUENT_PER_DAY, Schedule

JUNE = datetime(2026, 6, 15, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
REFUSED = [
    *("", "nonsense", "* * * *", "* * * * * *", "@daily", "61 * * * *", "0 24 * * *", "0 0 32 * *"),
    *("0 0 * 13 *", "0 0 30 2 *", "a b c d e", "*/0 * * * *", "-1 * * * *", "5-1 * * * *", "🙂 * * * *"),
]


def wall_clock(expression: str, zone: str, after: datetime, before: datetime) -> list[str]:
    """The firings as wall-clock times with their offset, in that zone."""
    firings = Schedule(expression, zone).between(after, before)
    return [at.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes") for at in firings]


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
def test_per_day_counts_the_firings_of_a_day_on_which_it_fires(expression: str, number: int) -> None:
    assert Schedule(expression, "UTC").per_day() == number


def test_every_third_hour_is_frequent_and_every_fourth_is_not() -> None:
    assert (
        Schedule("0 */3 * * *", "UTC").per_day()
        >= FREQUENT_PER_DAY
        > Schedule("0 */4 * * *", "UTC").per_day()
    )


@pytest.mark.parametrize("expression", REFUSED)
def test_an_unreadable_expression_never_fires(expression: str) -> None:
    schedule = Schedule(expression, "UTC")
    assert schedule.per_day() == 0
    assert list(schedule.between(JUNE, JUNE + 400 * DAY)) == []
    assert list(schedule.hours(JUNE, JUNE + 3 * DAY)) == []


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "\x00", "x" * 300, "UTC+25"])
def test_a_schedule_in_an_unknown_zone_never_fires(zone: str) -> None:
    schedule = Schedule("* * * * *", zone)
    assert list(schedule.between(JUNE, JUNE + DAY)) == []
    assert list(schedule.hours(JUNE, JUNE + DAY)) == []


def test_firings_are_in_utc_and_exclude_both_ends() -> None:
    nine = JUNE.replace(hour=1)
    firings = list(Schedule("0 9 * * *", "Asia/Shanghai").between(nine, nine + 3 * DAY))
    assert firings == [nine + DAY, nine + 2 * DAY]
    assert {at.tzinfo for at in firings} == {UTC}


def test_nothing_fires_in_an_empty_or_reversed_span() -> None:
    assert list(Schedule("* * * * *", "UTC").between(JUNE, JUNE)) == []
    assert list(Schedule("* * * * *", "UTC").between(JUNE, JUNE - DAY)) == []
    assert list(Schedule("* * * * *", "UTC").hours(JUNE, JUNE - DAY)) == []


def test_a_leap_day_is_reached() -> None:
    assert wall_clock("0 0 29 2 *", "UTC", JUNE, JUNE + 1500 * DAY) == ["2028-02-29T00:00+00:00"]


def test_the_end_of_all_calendars_ends_the_firings() -> None:
    after = datetime(9999, 12, 30, tzinfo=UTC)
    firings = list(Schedule("0 9 * * *", "UTC").between(after, datetime.max.replace(tzinfo=UTC)))
    assert firings == [after.replace(hour=9), after.replace(day=31, hour=9)]


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
    assert wall_clock(expression, "Europe/Berlin", start, start + timedelta(hours=22)) == expected


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-15", 24)])
def test_an_hourly_job_fires_in_every_hour_that_there_is(day: str, hours: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime.fromisoformat(day).replace(tzinfo=berlin).astimezone(UTC)
    firings = list(Schedule("0 * * * *", "Europe/Berlin").between(start - HOUR / 2, start + hours * HOUR))
    assert firings == [start + n * HOUR for n in range(hours)]


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
def test_hours_add_up_to_the_single_firings(
    minutes: str, hours: str, days: str, zone: str, begin: int, length: int
) -> None:
    schedule = Schedule(f"{minutes} {hours} {days}", zone)
    first = datetime(2026, 6, 14, begin, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    after, before = first - timedelta(seconds=1), first + length * HOUR
    counted: Counter[datetime] = Counter()
    for at in schedule.between(after, before):
        counted[at.astimezone(ZoneInfo(zone)).replace(minute=0).astimezone(UTC)] += 1
    hourly: Counter[datetime] = Counter()
    for at, number in schedule.hours(after, before):
        hourly[at.astimezone(ZoneInfo(zone)).replace(minute=0).astimezone(UTC)] += number
    assert hourly == counted


def test_an_hours_firings_are_counted_at_its_first() -> None:
    firings = list(Schedule("10,40 8,9 * * *", "UTC").hours(JUNE, JUNE + DAY))
    assert firings == [
        (JUNE + timedelta(hours=8, minutes=10), 2),
        (JUNE + timedelta(hours=9, minutes=10), 2),
    ]


@pytest.mark.parametrize(
    ("expression", "zone", "after", "before"),
    [
        ("*/10 * * * *", "UTC", JUNE + 10 * HOUR, JUNE + 12 * HOUR),
        (
            "*/10 * * * *",
            "UTC",
            JUNE + 10 * HOUR + 25 * MINUTE,
            JUNE + 10 * HOUR + 55 * MINUTE,
        ),
        (
            "*/10 * * * *",
            "UTC",
            JUNE + 10 * HOUR + 25 * MINUTE,
            JUNE + 13 * HOUR + 20 * MINUTE,
        ),
        ("50 * * * *", "UTC", JUNE + 10 * HOUR + 25 * MINUTE, JUNE + 40 * HOUR),
        *(
            (
                expression,
                "Europe/Berlin",
                datetime(2026, month, day, tzinfo=UTC),
                datetime(2026, month, day + 3, tzinfo=UTC),
            )
            for expression in ("* 2 * * *", "15,45 0-23 * * *", "*/30 1-8 * * *", "*/5 * * * *")
            for month, day in ((3, 28), (10, 24))
        ),
    ],
)
def test_hours_count_every_firing(expression: str, zone: str, after: datetime, before: datetime) -> None:
    schedule = Schedule(expression, zone)
    fires = list(schedule.between(after, before))
    assert sum(number for _, number in schedule.hours(after, before)) == len(fires)


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
def test_an_expression_is_described_in_words(expression: str, expected: str) -> None:
    assert cron.describe(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("*/25 * * * *", "At 0, 25, and 50 minutes past the hour"),
        ("*/20 * * * *", "Every 20 minutes"),
        ("*/90 * * * *", "Every hour"),
        ("*/1 * * * *", "Every minute"),
        ("0-59 * * * *", "Every minute"),
        ("0 */5 * * *", "At 00:00, 05:00, 10:00, 15:00 and 20:00"),
        ("0 0 * */5 *", "At 00:00, only in January, June, and November"),
        ("0 0 */10 * *", "At 00:00, on day 1, 11, 21, and 31 of the month"),
        ("0 0 * * */2", "At 00:00, only on Sunday, Tuesday, Thursday, and Saturday"),
        ("0 0 1 * *,1", "At 00:00, on day 1 of the month"),
    ],
)
def test_a_step_that_starts_anew_is_described_by_its_values(expression: str, expected: str) -> None:
    assert cron.describe(expression) == expected


@pytest.mark.parametrize(
    ("expression", "days", "fires_on"),
    [
        ("0 0 */15 * 1", "on day 1, 16, and 31 of the month, and only on Monday", [16]),
        ("0 0 8 * */3", "on day 8 of the month, and only on Sunday, Wednesday, and Saturday", [8]),
        ("0 0 7 * */7", "on day 7 of the month, and only on Sunday", []),
        ("0 0 3,4 * 1-2", "on day 3 and 4 of the month, or Monday through Tuesday", [2, 3, 4, 9, 10, 16, 17]),
        ("0 0 1 11 1", "on day 1 of the month, or on Monday, only in November", [1, 2, 9, 16]),
        ("0 0 3 * 1#2", "on day 3 of the month, or on the second Monday of the month", [3, 9]),
    ],
)
def test_days_of_month_and_week_are_joined_in_words_as_they_fire(
    expression: str, days: str, fires_on: list[int]
) -> None:
    november = datetime(2026, 11, 1, tzinfo=UTC)
    assert cron.describe(expression) == f"At 00:00, {days}"
    fires = Schedule(expression, "UTC").between(november - MINUTE, november + 17 * DAY)
    assert [at.day for at in fires] == fires_on


def test_either_kind_of_day_is_every_day_where_one_always_matches() -> None:
    assert cron.describe("0 0 1-31 * 1") == "At 00:00"
    assert len(list(Schedule("0 0 1-31 * 1", "UTC").between(JUNE, JUNE + 8 * DAY))) == 7


@pytest.mark.parametrize(
    ("expression", "never"),
    [
        *(("0 0 30 2 *", True), ("0 0 31 4,6 *", True), ("0 0 */5 2 1#5", True)),
        *(("0 12 29 2 *", False), ("0 0 29 2 */7", False), ("0 9 * * *", False)),
        *(("", False), ("nonsense", False), ("0 0 30 13 *", False), ("61 0 30 2 *", False)),
    ],
)
def test_a_day_that_never_comes_is_known(expression: str, never: bool) -> None:
    assert cron.never_fires(expression) == never


@pytest.mark.parametrize(
    ("expression", "zone", "at"),
    [
        ("0 12 29 2 *", "UTC", "2028-02-29T12:00+00:00"),
        ("0 0 29 2 */7", "UTC", "2032-02-29T00:00+00:00"),
        ("0 9 * * *", "Asia/Shanghai", "2026-06-15T01:00+00:00"),
        ("0 0 15 6 *", "UTC", "2027-06-15T00:00+00:00"),
        ("0 0 */5 2 1#5", "UTC", None),
        ("0 9 * * *", "Mars/Olympus", None),
        ("nonsense", "UTC", None),
    ],
)
def test_the_next_firing_is_known_however_far_away(expression: str, zone: str, at: str | None) -> None:
    assert Schedule(expression, zone).next_after(JUNE) == (at and datetime.fromisoformat(at))


@pytest.mark.parametrize(
    "expression",
    [
        *("", "@daily", "0 9 * *", "0 0 9 * * *", "0 0 9 * * * 2026", "a b c d e", "* * * * 8"),
        *("- - - - -", ", , , , ,", "/ / / / /", "# # # # #", "99 99 99 99 99"),
    ],
)
def test_an_unreadable_expression_has_no_description(expression: str) -> None:
    assert cron.describe(expression) == ""


@pytest.mark.parametrize("expression", ["60 * * * *", "*/0 * * * *", "* * * * */", "<b> * * * *"])
def test_an_expression_that_never_fires_has_no_description(expression: str) -> None:
    assert cron.describe(expression) == ""


@given(
    st.text(max_size=40) | st.lists(st.text("0123456789*/,-LW#?MON ", max_size=6), min_size=5).map(" ".join)
)
def test_any_text_can_be_described(expression: str) -> None:
    assert isinstance(cron.describe(expression), str)


def test_descriptions_are_english_in_every_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locale, "getlocale", lambda *_: ("de_DE", "UTF-8"))
    anew = runpy.run_path(str(cron.__file__))
    assert anew["describe"]("0 9 * * *") == "At 09:00"


def test_an_expression_that_the_describing_library_cannot_read_has_no_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise FormatError("it reads less than the other library")

    monkeypatch.setattr(cron, "ExpressionDescriptor", refuse)
    assert cron._words("0 9 * * *") == ""
