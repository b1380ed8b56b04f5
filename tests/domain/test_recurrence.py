"""Which instants are a rule, and what is an exception of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.domain.cron import Schedule, WeeklyPattern
from dashboard.domain.recurrence import repetitions

DAY = timedelta(days=1)
MONDAY = datetime(2026, 6, 15, 9, tzinfo=UTC)
ALL_DAYS = frozenset(range(7))


@pytest.mark.parametrize(
    ("expression", "weekdays"),
    [
        ("0 9 * * *", ALL_DAYS),
        ("0 9 * * 1-5", {0, 1, 2, 3, 4}),
        ("0 9 * * 0", {6}),
        ("0 9 * * 7", {6}),
        ("0 9 * * 0,7,3", {2, 6}),
        ("0 9 */1 1-12 MON", {0}),
        ("0 9 1-31 * 1", ALL_DAYS),  # either of them is enough, and the first always matches
        ("0 9 1 * *", None),
        ("0 9 */2 * *", None),
        ("0 9 L * *", None),
        ("0 9 * 6 *", None),
        ("0 9 * * 5#2", None),
        ("0 9 1 * 1", None),
        ("0 25 * * *", None),
        ("", None),
    ],
)
def test_a_schedule_that_fires_alike_in_every_week(expression: str, weekdays: set[int] | None) -> None:
    pattern = Schedule(expression, "UTC").weekly
    assert (set(pattern.weekdays) if pattern else None) == weekdays


def test_a_pattern_has_every_time_of_its_day_in_order() -> None:
    pattern = Schedule("30,0 18,6 * * *", "UTC").weekly
    assert isinstance(pattern, WeeklyPattern)
    assert [f"{at:%H:%M}" for at in pattern.times] == ["06:00", "06:30", "18:00", "18:30"]


def test_instants_of_a_schedule_are_one_repetition() -> None:
    instants = [MONDAY + n * DAY for n in range(5)]
    [rule] = repetitions(instants, Schedule("0 9 * * *", "UTC"))
    assert list(rule.instants.values()) == instants
    assert (rule.first, rule.last, rule.left_out) == (instants[0], instants[-1], ())


def test_what_the_schedule_has_between_them_is_left_out() -> None:
    instants = [MONDAY, MONDAY + DAY, MONDAY + 3 * DAY]
    [rule] = repetitions(instants, Schedule("0 9 * * *", "UTC"))
    assert rule.left_out == (MONDAY + 2 * DAY,)


@pytest.mark.parametrize(
    "instants",
    [
        [],
        [MONDAY],
        [MONDAY, MONDAY + 30 * DAY],  # more exceptions than instants
        [MONDAY + timedelta(minutes=1), MONDAY + DAY + timedelta(minutes=1)],  # at another time of day
        [MONDAY + 5 * DAY, MONDAY + 6 * DAY],  # on other weekdays
    ],
)
def test_what_is_not_worth_a_rule_is_none(instants: list[datetime]) -> None:
    assert repetitions(instants, Schedule("0 9 * * 1-5", "UTC")) == []


@pytest.mark.parametrize(
    "schedule", [Schedule("0 9 * * *", "Mars/Olympus"), Schedule("soon", "UTC"), Schedule("0 9 1 * *", "UTC")]
)
def test_without_a_weekly_pattern_or_a_zone_nothing_repeats(schedule: Schedule) -> None:
    assert repetitions([MONDAY, MONDAY + DAY], schedule) == []


@pytest.mark.parametrize(
    ("zone", "expression", "changed"),
    [
        ("Europe/Berlin", "30 2 * * *", "2026-03-29 02:30"),  # left out by the clocks
        ("Europe/Berlin", "30 2 * * *", "2026-10-25 02:30"),  # comes twice
        ("Australia/Lord_Howe", "45 1 * * *", "2026-04-05 01:45"),
        ("America/Santiago", "0 0 * * *", "2026-09-06 00:00"),
    ],
)
def test_a_time_that_the_clocks_leave_out_or_bring_twice_is_in_no_rule(
    zone: str, expression: str, changed: str
) -> None:
    around = datetime.fromisoformat(changed).replace(tzinfo=UTC)
    schedule = Schedule(expression, zone)
    instants = list(schedule.between(around - 5 * DAY, around + 5 * DAY))
    [rule] = repetitions(instants, schedule)
    assert [f"{at:%Y-%m-%d %H:%M}" for at in rule.left_out] == [changed]
    assert len(instants) - len(rule.instants) == 1
