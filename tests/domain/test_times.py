"""Instants as the API writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.times import before, instant, later

NOON = datetime(2026, 6, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize("digits", range(10))
def test_nought_to_nine_fractional_digits_are_read_and_cut_to_microseconds(digits: int) -> None:
    fraction = "133340942"[:digits]
    at = instant(f"2026-06-14T08:58:17{'.' if digits else ''}{fraction}Z")
    assert at == datetime(2026, 6, 14, 8, 58, 17, int(fraction.ljust(6, "0")[:6]), tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-14T08:58:17Z",
        "2026-06-14T08:58:17+00:00",
        "2026-06-14T16:58:17+08:00",
        "2026-06-14T03:28:17-05:30",
        "2026-06-14T08:58:17",
    ],
)
def test_an_offset_is_taken_into_account_and_utc_is_what_comes_out(text: str) -> None:
    at = instant(text)
    assert at == datetime(2026, 6, 14, 8, 58, 17, tzinfo=UTC)
    assert at.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        *(None, "", 0, -5, 1.5, True, False, [], {}, b"2026-06-14T08:58:17Z", NOON, 1e308, 10**400),
        *(float("nan"), float("inf"), float("-inf"), 999_999_998, 4_102_444_800, 999_999_999_999, 1e15),
        *(
            "999999999",
            "20260614",
            "20260614085817",
            "1e12",
            "0x60000000",
            "\u0661\u0667\u0668" * 4,
            "1760000000s",
        ),
        *(
            "2026-06-14",
            "08:58:17",
            "yesterday",
            "2026-06-31T00:00:00Z",
            "2026-06-31 00:00:00",
            "Z",
            "T",
            " ",
        ),
        *(
            "2026-06-14 Z",
            "2026-06-14 8:58",
            "14.06.2026 08:58:17",
            "2026-06-14 08:58:17 CET",
            "2026-06-14T25:00",
        ),
        *("0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2026-06-14T08:58:17\ud800"),
        "2026-06-14T08:58:17." + "0" * 60 + "Z",
    ],
)
def test_what_is_no_instant_is_none(value: Any) -> None:
    assert instant(value) is None


@given(
    st.timedeltas(timedelta(days=-700_000), timedelta(days=2_800_000)),
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"]),
)
def test_any_instant_is_the_same_instant_in_utc(distance: timedelta, zone: str) -> None:
    at = NOON + distance
    assert instant(at.astimezone(ZoneInfo(zone)).isoformat()) == at
    assert instant(at.isoformat().replace("+00:00", "Z")) == at


EIGHT = datetime(2026, 6, 14, 8, 58, 17, tzinfo=UTC)
SECONDS = 1_781_427_497


@pytest.mark.parametrize(
    "value",
    [
        *("2026-06-14 08:58:17", "2026-06-14  08:58:17", "2026-06-14t08:58:17z", " 2026-06-14T08:58:17Z\n"),
        *(
            "2026-06-14 08:58:17Z",
            "2026-06-14 08:58:17 UTC",
            "2026-06-14 08:58:17 gmt",
            "2026-06-14T08:58:17 Z",
        ),
        *("2026-06-14 16:58:17 +0800", "2026-06-14 16:58:17+08:00", "2026-06-14T16:58:17 +08:00"),
        *(SECONDS, float(SECONDS), str(SECONDS), f"{SECONDS}.0"),
        *(SECONDS * 1000, SECONDS * 1000.0, str(SECONDS * 1000), f"{SECONDS}000.000"),
    ],
    ids=repr,
)
def test_another_form_is_read_where_its_meaning_is_certain(value: Any) -> None:
    at = instant(value)
    assert at == EIGHT
    assert at.tzinfo is UTC


@pytest.mark.parametrize(
    "value", [SECONDS + 0.25, f"{SECONDS}.25", SECONDS * 1000 + 250, f"{SECONDS}250"], ids=repr
)
def test_the_fraction_of_a_second_is_kept(value: Any) -> None:
    assert instant(value) == EIGHT + timedelta(milliseconds=250)


@given(st.integers(1_000_000_000, 4_102_444_799))
def test_seconds_and_milliseconds_since_1970_are_distinguished_by_their_size(seconds: int) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    for number in (seconds, seconds * 1000):
        assert instant(number) == instant(str(number)) == at


NUMBERS = st.from_regex(r"[0-9]{9,14}(\.[0-9]+)?")


@given(st.text() | st.integers() | st.floats() | st.lists(st.text()) | NUMBERS)
def test_whatever_is_read_is_an_instant_in_utc_and_nothing_raises(value: Any) -> None:
    at = instant(value)
    assert at is None or at.tzinfo is UTC


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"])
def test_so_long_before_an_instant_is_time_that_went_by_wherever_clocks_were_changed(zone: str) -> None:
    at = datetime(2026, 11, 27, 12, tzinfo=UTC).astimezone(ZoneInfo(zone))
    for days in (1, 30, 90):
        then = before(at, timedelta(days=days))
        assert at.astimezone(UTC) - then.astimezone(UTC) == timedelta(days=days)
        assert then.tzinfo is at.tzinfo


@pytest.mark.parametrize("hour", [0, 1])
def test_a_moment_later_in_an_hour_that_the_clock_shows_twice_is_still_in_the_same_one(hour: int) -> None:
    at = datetime(2026, 10, 25, hour, 30, tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin"))  # 02:30, both
    moment = timedelta(seconds=1)
    assert later(at, moment).timestamp() == at.timestamp() + 1
    assert before(later(at, moment), moment).timestamp() == at.timestamp()
