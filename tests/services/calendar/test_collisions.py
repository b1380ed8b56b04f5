"""Minutes at which many deployments start at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.calendars import plan, scheduled, shown
from tests.factories import NOW, stored_deployments
from tests.feeds import live

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NINE = NOW.replace(hour=9, minute=0)


def test_starts_at_one_minute_collide_and_the_largest_is_first() -> None:
    stored_deployments(
        *(scheduled(f"nine{n:02}", "0 9 * * *", NINE + DAY) for n in range(10)),
        *(scheduled(f"ten{n}", "0 10 * * *") for n in range(3)),
        *(scheduled(f"two{n}", "0 11 * * *") for n in range(2)),
        scheduled("probe", "*/5 * * * *", NINE + DAY),
    )
    largest = shown("view=clashes").collisions
    assert [(collision.text, collision.count, collision.share) for collision in largest[:3]] == [
        ("Wed 17 Jun 09:00", 11, 100),
        ("Thu 18 Jun 09:00", 11, 100),
        ("Fri 19 Jun 09:00", 11, 100),
    ]
    assert (len(largest[0].names), largest[0].more) == (8, 3)
    assert largest[0].names[0] == ("nine00", "/deployments/dep_nine00/")
    assert largest[0].url == "/calendar/?view=day&date=2026-06-17"
    assert {collision.count for collision in largest} == {11, 4, 3, 2}
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


def test_two_deployments_at_one_minute_are_a_clash() -> None:
    stored_deployments(scheduled("a", "0 9 1 7 *"), scheduled("b", "0 9 1 7 *"))
    (clash,) = shown("view=clashes&date=2026-07-01").collisions
    assert (clash.text, clash.count, clash.share) == ("Wed 1 Jul 09:00", 2, 100)
    assert shown("view=clashes&date=2026-07-01&q=dep_a").collisions == []


def test_frequent_deployments_clash_too() -> None:
    stored_deployments(scheduled("a", "0 9 1 7 *"), scheduled("b", "*/5 * * * *"))
    (clash,) = shown("view=clashes&date=2026-07-01").collisions
    assert (clash.text, clash.count) == ("Wed 1 Jul 09:00", 2)


def test_a_deployment_that_will_not_fire_clashes_with_none() -> None:
    stored_deployments(
        scheduled("a", "0 9 * * *", NINE + DAY),
        scheduled("b", "0 9 * * *", NINE + DAY, status="paused"),
        scheduled("c", "0 9 * * *", NINE + DAY, archived_at="2026-06-16T00:00:00Z"),
    )
    assert shown("view=clashes&include_archived=true").collisions == []


def test_a_deployment_clashes_not_with_itself() -> None:
    plan("a", "0 9 * * *", NINE + DAY, NINE + DAY + timedelta(seconds=30))
    assert shown("view=clashes").collisions == []


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "No two deployments are to fire in the same minute"),
        ("&status=active", "No two deployments of these filters are to fire in the same minute"),
        ("&date=2026-06-01", "These days are over: only minutes to come are looked at"),
    ],
)
@pytest.mark.usefixtures("account")
def test_without_a_clash_the_page_says_what_was_looked_at(query: str, text: str) -> None:
    live()
    assert shown(f"view=clashes{query}").no_collision_text == text
