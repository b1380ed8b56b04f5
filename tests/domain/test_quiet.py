"""When a quiet window is in force, by the clock of a zone and over its changes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.quiet import EVERY_DAY, QuietPlan, in_force_until, instant, next_begin

BERLIN = ZoneInfo("Europe/Berlin")  # summer time from 29 March to 25 October 2026


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def plan(begin: str, end: str, days: frozenset[int] = EVERY_DAY) -> QuietPlan:
    return QuietPlan(BERLIN, days, time.fromisoformat(begin), time.fromisoformat(end))


@pytest.mark.parametrize(
    ("window", "now", "until"),
    [
        (plan("22:00", "06:00"), "2026-06-16T19:59", None),
        (plan("22:00", "06:00"), "2026-06-16T20:00", "2026-06-17T04:00"),
        (plan("22:00", "06:00"), "2026-06-17T03:59", "2026-06-17T04:00"),
        (plan("22:00", "06:00"), "2026-06-17T04:00", None),
        (plan("00:00", "00:00"), "2026-06-17T04:00", "2026-06-17T22:00"),  # all of every day
        (plan("22:00", "06:00", frozenset({5})), "2026-06-19T23:00", None),  # a Friday night
        (plan("22:00", "06:00", frozenset({5})), "2026-06-20T23:00", "2026-06-21T04:00"),
        # The night in which the clock is set forward is an hour shorter, the other one an hour longer.
        (plan("01:00", "06:00"), "2026-03-29T00:00", "2026-03-29T04:00"),
        (plan("01:00", "06:00"), "2026-10-24T23:00", "2026-10-25T05:00"),
        # What begins in the hour that the clock leaves out comes when that long has gone by.
        (plan("02:30", "04:00"), "2026-03-29T01:29", None),
        (plan("02:30", "04:00"), "2026-03-29T01:30", "2026-03-29T02:00"),
        (plan("02:30", "03:00"), "2026-03-29T01:30", None),  # all of it is left out
        (plan("01:00", "02:30"), "2026-03-29T01:29", "2026-03-29T01:30"),
        # What the clock shows twice is all part of it.
        (plan("02:30", "02:45"), "2026-10-25T00:29", None),
        (plan("02:30", "02:45"), "2026-10-25T00:30", "2026-10-25T01:45"),
        (plan("02:30", "02:45"), "2026-10-25T01:45", None),
        (
            QuietPlan(BERLIN, once=(utc("2026-06-16T20:00"), utc("2026-06-16T21:00"))),
            "2026-06-16T19:59",
            None,
        ),
        (
            QuietPlan(BERLIN, once=(utc("2026-06-16T20:00"), utc("2026-06-16T21:00"))),
            "2026-06-16T20:00",
            "2026-06-16T21:00",
        ),
    ],
)
def test_it_is_in_force_by_the_clock_of_its_zone(window: QuietPlan, now: str, until: str | None) -> None:
    assert in_force_until(window, utc(now)) == (utc(until) if until else None)


@pytest.mark.parametrize(
    ("window", "now", "begins"),
    [
        (plan("22:00", "06:00"), "2026-06-16T20:00", "2026-06-17T20:00"),
        (plan("22:00", "06:00", frozenset({0})), "2026-06-16T20:00", "2026-06-22T20:00"),
        (plan("02:30", "03:00"), "2026-03-28T12:00", "2026-03-30T00:30"),
        (
            QuietPlan(BERLIN, once=(utc("2026-06-16T20:00"), utc("2026-06-16T21:00"))),
            "2026-06-16T20:00",
            None,
        ),
    ],
)
def test_when_it_comes_next(window: QuietPlan, now: str, begins: str | None) -> None:
    assert next_begin(window, utc(now)) == (utc(begins) if begins else None)


def test_of_two_instants_that_the_clock_shows_alike_either_can_be_meant() -> None:
    local = datetime.fromisoformat("2026-10-25T02:30")
    assert instant(local, BERLIN) == utc("2026-10-25T00:30")
    assert instant(local, BERLIN, last=True) == utc("2026-10-25T01:30")


@given(
    st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-01-01")),
    st.times(),
    st.times(),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kolkata"]),
)
def test_on_days_without_a_change_of_the_clock_it_is_what_the_clock_shows(
    now: datetime, begin: time, end: time, zone: str
) -> None:
    at = now.replace(tzinfo=UTC)
    local = at.astimezone(ZoneInfo(zone))
    around = {(local + timedelta(hours=hours)).utcoffset() for hours in range(-48, 49)}
    shown = local.time()
    inside = begin <= shown < end if begin < end else shown >= begin or shown < end
    if len(around) == 1:
        assert bool(in_force_until(QuietPlan(ZoneInfo(zone), EVERY_DAY, begin, end), at)) == inside
