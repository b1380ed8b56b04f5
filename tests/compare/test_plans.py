"""Schedules of random worlds over a change of the clocks, which the dashboard reads with a library."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.domain.cron import Schedule
from tests.compare.plans import Plan, daily, every, hourly

DAY = timedelta(days=1)


PLANS = [
    plan
    for zone in ("Europe/Berlin", "America/New_York")
    for plan in (every(15, zone), hourly(30, zone), daily(2, 30, zone), daily(1, 30, zone), daily(3, 0, zone))
]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.expression} {plan.zone}")
@pytest.mark.parametrize("day", [(2026, 10, 25), (2026, 11, 1), (2027, 3, 14), (2027, 3, 28)])
def test_a_plan_fires_as_cron_does(plan: Plan, day: tuple[int, int, int]) -> None:
    noon = datetime(*day, 12, tzinfo=UTC)
    between = Schedule(plan.expression, plan.zone).between(noon - 2 * DAY, noon + 2 * DAY)
    assert list(plan.between(noon - 2 * DAY, noon + 2 * DAY)) == list(between)
