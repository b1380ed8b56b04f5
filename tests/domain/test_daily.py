"""Which day a daily summary is due for: once for each local day, over changes of the clock too."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from dashboard.domain.daily import SummaryDay, summary_day, time_of_day

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("at", "now", "day", "hours"),
    [
        ("08:00", "2026-06-16T05:59:59", "2026-06-15", 24),
        ("08:00", "2026-06-16T06:00:00", "2026-06-16", 24),
        ("00:00", "2026-06-16T22:00:00", "2026-06-17", 24),
        ("08:00", "2026-03-29T06:00:00", "2026-03-29", 23),  # the clock is set forward
        ("08:00", "2026-10-25T07:00:00", "2026-10-25", 25),  # and back
        ("02:30", "2026-03-29T00:59:00", "2026-03-28", 24),  # a time that is left out
        ("02:30", "2026-03-29T01:30:00", "2026-03-29", 24),
        ("02:30", "2026-10-25T00:29:00", "2026-10-24", 24),  # a time that comes twice: the first
        ("02:30", "2026-10-25T00:30:00", "2026-10-25", 24),
        ("02:30", "2026-10-25T01:30:00", "2026-10-25", 24),
    ],
)
def test_a_day_is_due_once_its_time_has_come(at: str, now: str, day: str, hours: int) -> None:
    given = time_of_day(at)
    assert given is not None
    due = summary_day(given, BERLIN, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert (due.day, due.until - due.since) == (date.fromisoformat(day), timedelta(hours=hours))


def test_every_local_day_of_a_year_is_due_once_and_they_adjoin() -> None:
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    known: list[SummaryDay] = []
    for hour in range(366 * 24):
        due = summary_day(time(2, 30), BERLIN, now + timedelta(hours=hour))
        if not known or known[-1] != due:
            known.append(due)
    assert len({due.day for due in known}) == len(known) == 367
    assert all(first.until == second.since for first, second in pairwise(known))


@pytest.mark.parametrize(
    ("text", "expected"), [("08:00", time(8)), ("8:05", time(8, 5)), ("24:00", None), ("", None), ("x", None)]
)
def test_a_time_of_the_day_has_hours_and_minutes(text: str, expected: time | None) -> None:
    assert time_of_day(text) == expected
