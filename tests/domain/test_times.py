"""Instants as the API writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.times import instant

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
        *(None, "", 0, 1_760_000_000, 1.5, True, [], {}, b"2026-06-14T08:58:17Z", NOON),
        *("2026-06-14", "08:58:17", "2026-06-14 08:58:17", "yesterday", "2026-06-31T00:00:00Z"),
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


@given(st.text() | st.integers() | st.floats() | st.lists(st.text()))
def test_nothing_makes_it_raise(value: Any) -> None:
    assert instant(value) is None or isinstance(value, str)
