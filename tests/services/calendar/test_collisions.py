"""Minutes at which many deployments start at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.calendars import scheduled, shown
from tests.factories import NOW, stored_deployments

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NINE = NOW.replace(hour=9, minute=0)


def test_three_starts_at_one_minute_collide_and_the_largest_is_first() -> None:
    stored_deployments(
        *(scheduled(f"nine{n:02}", "0 9 * * *", NINE + DAY) for n in range(10)),
        *(scheduled(f"ten{n}", "0 10 * * *") for n in range(3)),
        *(scheduled(f"two{n}", "0 11 * * *") for n in range(2)),
        scheduled("probe", "*/5 * * * *", NINE + DAY),
    )
    largest = shown("view=clashes").collisions
    assert [(collision.text, collision.count, collision.share) for collision in largest[:3]] == [
        ("Wed 17 Jun 09:00", 11, 100),
        ("Thu 18 Jun 09:00", 10, 90),
        ("Fri 19 Jun 09:00", 10, 90),
    ]
    assert (len(largest[0].names), largest[0].more) == (8, 3)
    assert largest[0].names[0] == ("nine00", "/deployments/dep_nine00/")
    assert largest[0].url == "/calendar/?view=day&date=2026-06-17"
    assert {collision.count for collision in largest} == {11, 10, 3}
    assert {collision.to_come for collision in largest} == {True}
    assert shown("view=week").collisions == []


def test_promises_out_of_view_do_not_collide() -> None:
    stored_deployments(*(scheduled(f"a{n}", "0 9 1 * *", NINE - DAY, NINE + 40 * DAY) for n in range(3)))
    assert shown("view=clashes").collisions == []


def test_a_collisions_link_opens_its_day_and_keeps_zone_and_filters() -> None:
    stored_deployments(*(scheduled(key, "0 9 * * *", NOW + DAY) for key in "abc"))
    (collision,) = [
        collision
        for collision in shown("view=clashes&tz=Asia%2FShanghai&status=active").collisions
        if collision.at == NOW + DAY
    ]
    assert collision.url == "/calendar/?view=day&date=2026-06-17&tz=Asia%2FShanghai&status=active"
