"""The labels below health bars: round hours and days of the reader's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.services.timeline.axis import ticks
from dashboard.services.timeline.health_bars import Window

NOW = datetime(2026, 6, 16, 9, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "zone", "labels"),
    [
        (1, "UTC", "12:00 15:00 18:00 21:00 00:00 03:00 06:00"),
        (1, "Asia/Kolkata", "18:00 21:00 00:00 03:00 06:00 09:00 12:00"),
        (7, "UTC", "Wed 10|Thu 11|Fri 12|Sat 13|Sun 14|Mon 15|Tue 16"),
        (30, "UTC", "22 May|27 May|1 Jun|6 Jun|11 Jun"),
    ],
)
def test_labels_stand_at_round_times_in_order(days: int, zone: str, labels: str) -> None:
    shown = ticks(Window.up_to(NOW.astimezone(ZoneInfo(zone)), timedelta(days=days)))
    assert [tick.text for tick in shown] == (labels.split("|") if "|" in labels else labels.split())
    places = [float(tick.x.rstrip("%")) for tick in shown]
    assert places == sorted(places)


def test_an_hour_that_a_clock_change_takes_moves_the_labels_after_it() -> None:
    now = datetime(2026, 3, 29, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    shown = {tick.text: tick.x for tick in ticks(Window.up_to(now, timedelta(days=1)))}
    assert (shown["00:00"], shown["06:00"]) == ("54.17%", "75.00%")
