"""Time in words."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.web import formatting

NOW = datetime(2026, 6, 16, 9, 42, tzinfo=UTC)
MINUTE, HOUR, DAY = 60, 3_600, 86_400
AGES = Path(__file__).parent / "ages.json"  # static/js/age.js is held to it as well


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 s"),
        (-5, "0 s"),
        (0.25, "250 ms"),
        (0.999, "999 ms"),
        (1, "1 s"),
        (1.25, "1.2 s"),
        (17.268, "17.3 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
        (MINUTE, "1 min"),
        (61, "1 min 1 s"),
        (221, "3 min 41 s"),
        (HOUR - 1, "59 min 59 s"),
        (HOUR, "1 h"),
        (2 * HOUR + 5 * MINUTE + 59, "2 h 5 min"),
        (2 * HOUR + 59, "2 h"),
        (2 * DAY - 1, "47 h 59 min"),
        (2 * DAY, "2 d"),
        (4 * DAY + 3 * HOUR, "4 d 3 h"),
        (400 * DAY + MINUTE, "400 d"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, expected: str) -> None:
    assert formatting.duration(timedelta(seconds=seconds)) == expected


def test_almost_a_second_is_a_second() -> None:
    assert formatting.duration(timedelta(seconds=0.9996)) == "1 s"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "now"),
        (0.4, "now"),
        (-0.4, "now"),
        (-8, "8 s ago"),
        (-59, "59 s ago"),
        (-59.6, "1 min ago"),
        (-MINUTE, "1 min ago"),
        (-41 * MINUTE - 59, "41 min ago"),
        (-HOUR, "1 h ago"),
        (8, "in 8 s"),
        (3 * HOUR + 18 * MINUTE + 59, "in 3 h 18 min"),
        (2 * DAY - 1, "in 47 h 59 min"),
        (2 * DAY, "in 2 d"),
        (-9.9 * DAY, "9 d ago"),
    ],
)
def test_a_distance_is_coarse_and_has_a_direction(seconds: float, expected: str) -> None:
    assert formatting.distance(NOW + timedelta(seconds=seconds), NOW) == expected


def test_a_distance_between_instants_of_different_zones() -> None:
    at = datetime(2026, 6, 16, 9, 22, tzinfo=ZoneInfo("Europe/Berlin"))
    assert formatting.distance(at, NOW) == "2 h 20 min ago"


def test_a_distance_across_a_change_of_the_clocks() -> None:
    at = datetime(2026, 3, 29, 1, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    now = datetime(2026, 3, 29, 3, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert formatting.distance(at, now) == "1 h ago"


@pytest.mark.parametrize(("seconds", "expected"), json.loads(AGES.read_text("utf-8")))
def test_an_age_is_coarse_and_never_negative(seconds: float, expected: str) -> None:
    assert formatting.age(timedelta(seconds=seconds)) == expected


@given(st.timedeltas())
def test_any_duration_has_one_or_two_units_and_no_nought(duration: timedelta) -> None:
    words = formatting.duration(duration).split()
    assert words[1::2] in (["ms"], ["s"], ["min"], ["min", "s"], ["h"], ["h", "min"], ["d"], ["d", "h"])
    assert words[2:3] != ["0"]


@given(st.integers(-(10**9), 10**9))
def test_ago_and_in_are_each_others_mirror(seconds: int) -> None:
    there = formatting.distance(NOW + timedelta(seconds=seconds), NOW)
    back = formatting.distance(NOW - timedelta(seconds=seconds), NOW)
    assert sorted((there, back)) == sorted((_mirrored(there), _mirrored(back)))
    assert there == _mirrored(back)


def _mirrored(words: str) -> str:
    if words.startswith("in "):
        return words.removeprefix("in ") + " ago"
    return "in " + words.removesuffix(" ago") if words.endswith(" ago") else words


@given(st.integers(0, 10**9))
def test_an_age_is_the_distance_without_its_direction(seconds: int) -> None:
    distance = formatting.distance(NOW - timedelta(seconds=seconds), NOW)
    assert distance == ("now" if seconds == 0 else f"{formatting.age(timedelta(seconds=seconds))} ago")


@pytest.mark.parametrize(
    ("days", "text"),
    [(0, "09:22"), (1, "Mon 09:22"), (6, "Wed 09:22"), (7, "9 Jun 09:22"), (-1, "17 Jun 09:22")],
)
def test_a_short_moment_has_no_more_of_the_date_than_it_needs(days: int, text: str) -> None:
    now = datetime(2026, 6, 16, 9, 22, tzinfo=UTC)
    assert formatting.short_moment(now - timedelta(days=days), now) == text


def test_a_moment_is_shown_in_its_own_zone() -> None:
    at = datetime(2026, 6, 6, 22, 5, 59, tzinfo=UTC)
    assert formatting.moment(at) == "Sat 6 Jun 22:05"
    assert formatting.moment(at.astimezone(ZoneInfo("Europe/Berlin"))) == "Sun 7 Jun 00:05"


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=4_000)))
def test_a_rough_age_has_one_unit_and_is_never_more_than_the_age(age: timedelta) -> None:
    number, unit = formatting.rough_age(age).split()
    length = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}[unit] * int(number)
    assert length - 0.5 <= age.total_seconds() < length + {"s": 1, "min": 60, "h": 3_600, "d": 86_400}[unit]


@pytest.mark.parametrize(
    ("part", "total", "text"),
    [
        (0, 0, ""),
        (0, 7, "0 %"),
        (7, 7, "100 %"),
        (1, 2, "50 %"),
        (1, 3, "33.3 %"),
        (2, 3, "66.7 %"),
        (1, 1000, "0.1 %"),
        (1, 1001, "under 0.1 %"),
        (1, 10**9, "under 0.1 %"),
        (999, 1000, "99.9 %"),
        (1999, 2000, "over 99.9 %"),
        (10**9 - 1, 10**9, "over 99.9 %"),
    ],
)
def test_a_share_is_shown_in_percent(part: int, total: int, text: str) -> None:
    assert formatting.percent(part, total) == text


@given(st.integers(1, 10**9), st.data())
def test_a_share_is_100_or_0_percent_only_where_it_is_exactly_that(total: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, total))
    text = formatting.percent(part, total)
    assert (text == "100 %") == (part == total)
    assert (text == "0 %") == (part == 0)
    number = float(text.removesuffix(" %").split()[-1])
    assert abs(number - 100 * part / total) <= 0.1


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 runs"), (1, "1 run"), (2, "2 runs"), (1_204, "1,204 runs")]
)
def test_things_are_counted_in_words(number: int, expected: str) -> None:
    assert formatting.counted(number, "run") == expected
