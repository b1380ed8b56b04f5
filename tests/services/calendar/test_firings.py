"""The minutes at which a schedule fires, equal to its instants whatever the span."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.domain.cron import Schedule
from dashboard.services.calendar.firings import firings, first_and_number, instant, minute

DAY = timedelta(days=1)
START = datetime(2026, 3, 28, 17, 12, 30, tzinfo=UTC)  # a day before clocks go forward in Berlin


@pytest.mark.parametrize("expression", ["* * * * *", "*/7 1-5 * * *", "30 2 * * *", "0 0 * * 1", "nonsense"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Mars/Olympus"])
def test_minutes_are_those_of_the_schedule(expression: str, zone: str) -> None:
    schedule = Schedule(expression, zone)
    for after in (START, START.replace(second=0), START.replace(hour=0, minute=0, second=0)):
        for length in (timedelta(seconds=1), timedelta(minutes=1), 3 * DAY, -DAY):
            wanted = list(schedule.between(after, after + length))
            assert [instant(number) for number in firings(schedule, after, after + length)] == wanted
            first, number = first_and_number(schedule, after, after + length)
            assert (number, number and instant(first)) == (len(wanted), wanted[0] if wanted else 0)


def test_an_instant_lies_in_the_minute_that_began_before_it() -> None:
    assert instant(minute(START)) == START.replace(second=0)
