"""When an alert opens, goes on and closes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.alerts import OpenAlert, next_reminder, retry_at, steps
from dashboard.domain.thresholds import ALERT_WELL_FOR

NOW = datetime(2026, 6, 16, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("was", "matching", "opened", "well", "back", "closed"),
    [
        ({}, {"a": "x"}, {"a": "x"}, "", "", ""),
        ({"a": OpenAlert("x")}, {"a": "x"}, {}, "", "", ""),
        ({"a": OpenAlert("x")}, {}, {}, "a", "", ""),
        ({"a": OpenAlert("x", NOW - ALERT_WELL_FOR + MINUTE)}, {}, {}, "", "", ""),
        ({"a": OpenAlert("x", NOW - ALERT_WELL_FOR)}, {}, {}, "", "", "a"),
        ({"a": OpenAlert("x", NOW + MINUTE)}, {}, {}, "a", "", ""),
        ({"a": OpenAlert("x", NOW - MINUTE)}, {"a": "x"}, {}, "", "a", ""),
        ({"a": OpenAlert("x")}, {"a": "y"}, {"a": "y"}, "", "", "a"),
        ({"a": OpenAlert("x"), "b": OpenAlert("x")}, {"b": "x", "c": "x"}, {"c": "x"}, "a", "", ""),
    ],
)
def test_a_failure_counts_at_once_and_a_recovery_once_it_has_lasted(
    was: dict[str, OpenAlert],
    matching: dict[str, str],
    opened: dict[str, str],
    well: str,
    back: str,
    closed: str,
) -> None:
    made = steps(was, matching, NOW)
    assert dict(made.opened) == opened
    assert ["".join(sorted(keys)) for keys in (made.well, made.back, made.closed)] == [well, back, closed]


@given(st.lists(st.sampled_from(["", "x"]), max_size=40))
def test_what_comes_and_goes_within_the_time_is_one_alert(looks: list[str]) -> None:
    now, alert, opened, closed = NOW, None, 0, 0
    for cause in looks:
        now += MINUTE
        made = steps({"a": alert} if alert else {}, {"a": cause} if cause else {}, now)
        opened, closed = opened + len(made.opened), closed + len(made.closed)
        alert = OpenAlert("x") if made.opened else None if made.closed else alert
        if alert and (made.well or made.back):
            alert = OpenAlert("x", now if made.well else None)
    gaps = [len(gap) for gap in "".join(cause or "." for cause in looks).strip(".").split("x")]
    assert opened == ("x" in looks) + sum(gap > ALERT_WELL_FOR / MINUTE for gap in gaps)
    assert opened - closed == (alert is not None)


def test_a_reminder_is_due_after_an_hour_and_then_daily() -> None:
    first = next_reminder(NOW, NOW)
    assert first == NOW + timedelta(hours=1)
    assert next_reminder(NOW, first) == first + timedelta(days=1)


def test_a_message_that_does_not_arrive_is_tried_again_ever_later_and_hourly_at_last() -> None:
    waits = [retry_at(tries, NOW) - NOW for tries in (0, 1, 2, 7, 8, 1_000)]
    assert waits == [timedelta(seconds=s) for s in (15, 30, 60, 1920, 3600, 3600)]
