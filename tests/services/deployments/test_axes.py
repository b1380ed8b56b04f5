"""The axes of a plot: round figures, each where it belongs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from dashboard.services.deployments.axes import length_axis, time_axis
from tests.factories import NOW


@pytest.mark.parametrize(
    ("longest", "labels"),
    [
        (1, "0 s, 1 ms"),
        (2_000, "0 s, 500 ms, 1 s, 1.5 s, 2 s"),
        (9_000, "0 s, 2 s, 4 s, 6 s, 8 s, 10 s"),
        (3_540_016, "0 s, 15 min, 30 min, 45 min, 1 h"),
        (100 * 3_600_000, "0 s, 24 h, 2 d, 3 d, 4 d, 5 d"),
    ],
)
def test_durations_are_divided_at_round_ones(longest: int, labels: str) -> None:
    axis = length_axis(longest)
    assert ", ".join(tick.label for tick in axis.ticks) == labels
    assert (axis.ticks[0].at, axis.ticks[-1].at) == (100, 0)
    assert axis.top >= longest


@given(st.integers(1, 2**53))
def test_any_duration_has_room_and_few_figures(longest: int) -> None:
    axis = length_axis(longest)
    assert axis.top >= longest
    assert 2 <= len(axis.ticks) <= 6


@pytest.mark.parametrize(
    ("hours", "labels"),
    [
        (1 / 3_600, "now"),
        (1, "08:50, 09:00, 09:10, 09:20, 09:30, now"),
        (10, "Tue 16, 02:00, 04:00, 06:00, 08:00, now"),
        (44, "18:00, Mon 15, 06:00, 12:00, 18:00, Tue 16, 06:00, now"),
        (24 * 5, "Fri 12 Jun, Sat 13 Jun, Sun 14 Jun, Mon 15 Jun, Tue 16 Jun, now"),
    ],
)
def test_times_are_round_ones_of_the_readers_clock(hours: float, labels: str) -> None:
    ticks = time_axis(NOW - timedelta(hours=hours), NOW)
    assert ", ".join(tick.label for tick in ticks) == labels


@given(st.floats(1, 40_000))
def test_any_span_has_few_times_all_of_them_within_it(hours: float) -> None:
    ticks = time_axis(NOW - timedelta(hours=hours), NOW)
    assert all(0 <= tick.at <= 100 for tick in ticks)
    assert (ticks[-1].label, ticks[-1].anchor, ticks[-1].crowded) == ("now", "end", False)
    roomy = [tick.at for tick in ticks[:-1] if not tick.crowded]
    assert all(later - earlier >= 24 for earlier, later in pairwise(roomy))
    assert max(roomy, default=0) <= 82
    assert len(ticks) <= 10


def test_days_begin_in_the_zone_of_the_reader() -> None:
    with timezone.override(ZoneInfo("Asia/Shanghai")):
        ticks = time_axis(datetime(2026, 6, 14, 10, tzinfo=UTC), datetime(2026, 6, 19, 10, tzinfo=UTC))
    assert [tick.label for tick in ticks][:2] == ["Mon 15 Jun", "Tue 16 Jun"]
    assert ticks[0].at == pytest.approx(100 * 6 / 120)


def test_a_label_at_the_very_left_begins_there() -> None:
    first = datetime(2026, 6, 12, tzinfo=UTC)
    assert time_axis(first, first + timedelta(days=5))[0].anchor == "start"
