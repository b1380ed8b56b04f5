"""An instant beside another one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from dashboard.web.local_clock import clock

AT = datetime(2026, 6, 15, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "beside", "shown"),
    [
        ("UTC", datetime(2026, 6, 15, 1, 0, tzinfo=UTC), "22:30"),
        ("UTC", datetime(2026, 6, 16, 1, 0, tzinfo=UTC), "Mon 15 Jun 22:30"),
        ("Europe/Berlin", datetime(2026, 6, 16, 1, 0, tzinfo=UTC), "00:30"),
        ("Europe/Berlin", datetime(2026, 6, 15, 21, 0, tzinfo=UTC), "Tue 16 Jun 00:30"),
    ],
)
def test_the_day_is_named_where_it_is_another_one_for_the_reader(
    zone: str, beside: datetime, shown: str
) -> None:
    with timezone.override(zone):
        assert clock(AT, beside) == shown
