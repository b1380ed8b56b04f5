"""Days of which not every run is known say so in every view, instead of looking empty."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from dashboard.models import Gap
from dashboard.services.calendar import CalendarPage
from dashboard.services.calendar.unread import UnreadNote
from dashboard.services.cloud.accounts import Account
from tests.calendars import day_of, plan, shown
from tests.factories import NOW, run_record, stored_runs
from tests.feeds import failing, live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime.fromisoformat("2026-06-15T00:00Z")
READ_WHOLE = UnreadNote("not read", "not read")
VIEWS = ("week", "month", "agenda", "day")


def notes(page: CalendarPage) -> dict[str, str]:
    """What is written on the days of June, by day of the month."""
    return {day.date[-2:]: day.unread.text for day in page.days if day.unread and not day.outside}


def gap(since: datetime, until: datetime, account: str = "default") -> None:
    Gap.objects.create(account=account, from_at=until, until_at=since)


@pytest.mark.parametrize("view", VIEWS)
def test_a_day_that_lies_in_a_gap_says_that_it_is_not_read(view: str) -> None:
    live()
    plan("a", "")
    gap(MONDAY - DAY, MONDAY + 2 * DAY)
    page = shown(f"view={view}&date=2026-06-15")
    assert day_of(page, "2026-06-15").unread == READ_WHOLE
    assert day_of(page, "2026-06-15").listed
    assert page.empty_text == ""
    assert page.summary.endswith("not fully read")


def test_a_day_that_has_been_read_says_nothing() -> None:
    live()
    plan("a", "")
    page = shown("view=month")
    assert notes(page) == {}
    assert page.empty_text == "Nothing ran in these days, and nothing is promised"


@pytest.mark.parametrize(
    ("holes", "text"),
    [
        ([(0, 24)], "not read"),
        ([(-5, 30)], "not read"),
        ([(0, 10)], "not read before 10:00"),
        ([(-30, 0)], None),
        ([(24, 30)], None),
        ([(9, 24)], "not read since 09:00"),
        ([(9, 14)], "not read from 09:00 to 14:00"),
        ([(2, 3), (9, 14)], "partly not read"),
        ([(2, 9), (9, 14)], "not read from 02:00 to 14:00"),
        ([(0, 20), (3, 4), (20, 24)], "not read"),
    ],
)
def test_a_day_says_which_part_of_it_is_not_read(holes: list[tuple[int, int]], text: str | None) -> None:
    live()
    for since, until in holes:
        gap(MONDAY + since * HOUR, MONDAY + until * HOUR)
    plan("a", "")
    unread = day_of(shown("view=month"), "2026-06-15").unread
    assert (unread.text if unread else None) == text
    if unread and text != "not read":
        assert unread.short == "partly not read"


def test_hours_are_those_of_the_calendars_zone() -> None:
    live()
    gap(MONDAY + 9 * HOUR, MONDAY + 14 * HOUR)
    plan("a", "")
    assert notes(shown("view=week&tz=Asia/Shanghai")) == {"15": "not read from 17:00 to 22:00"}


def test_before_the_first_reading_every_day_up_to_now_is_not_read() -> None:
    live(polled_at=None, succeeded_at=None)
    plan("a", "")
    page = shown("view=month")
    assert notes(page) == {f"{day:02}": "not read" for day in range(1, 17)}
    assert page.summary == "16 days not fully read"


def test_days_older_than_runs_are_kept_say_so() -> None:
    live()
    plan("a", "")
    page = shown("view=month&date=2026-03-01")
    assert notes(page) == {f"{day:02}": "not kept" for day in range(1, 18)} | {"18": "not kept before 09:42"}


def test_days_that_were_not_kept_until_the_settings_changed_are_not_read() -> None:
    live(history_from=NOW - 5 * DAY)
    plan("a", "")
    page = shown("view=month&date=2026-06-01")
    assert notes(page) == {f"{day:02}": "not read" for day in range(1, 11)} | {"11": "not read before 09:42"}


def test_what_came_after_the_last_reading_of_a_stale_account_is_not_read() -> None:
    failing(succeeded_at=NOW - 2 * DAY)
    plan("a", "")
    assert notes(shown("view=week&date=2026-06-16")) == {"15": "not read", "16": "not read"}
    assert notes(shown("view=week&date=2026-06-09")) == {"14": "not read since 09:42"}


def test_a_stale_account_that_was_never_read_completely_has_but_its_gaps() -> None:
    failing(succeeded_at=None)
    gap(MONDAY - 80 * DAY, MONDAY)
    plan("a", "")
    assert list(notes(shown("view=week"))) == []
    assert notes(shown("view=day&date=2026-06-14")) == {"14": "not read"}


def test_of_several_accounts_a_day_names_the_one_that_is_not_read(settings: Any, account: Account) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    live()
    live("other")
    gap(MONDAY, MONDAY + DAY, "other")
    plan("a", "")
    unread = day_of(shown("view=week"), "2026-06-15").unread
    assert unread == UnreadNote("partly not read", "other: not read")
    assert notes(shown("view=week&account=default")) == {}
    gap(MONDAY, MONDAY + DAY)
    assert day_of(shown("view=week"), "2026-06-15").unread == READ_WHOLE


def test_a_frequent_deployment_has_no_nought_on_a_day_that_is_not_read() -> None:
    live()
    plan("a", "* * * * *", status="paused")
    gap(MONDAY, MONDAY + DAY)
    assert day_of(shown("view=week"), "2026-06-15").density is None
    band = shown("date=2026-06-15").density
    assert band is not None
    assert band.text.endswith(": nothing in what has been read of these days")
    stored_runs(run_record(1, MONDAY + HOUR))
    density = day_of(shown("view=week"), "2026-06-15").density
    assert density is not None
    assert density.runs == 1


def test_where_no_deployment_matches_the_page_says_only_that() -> None:
    live(polled_at=None, succeeded_at=None)
    assert shown("q=nothing").empty_text.startswith("No deployment matches these filters")
    assert shown().empty_text == "No deployment has been read yet"
