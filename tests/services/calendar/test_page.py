"""The calendar as a page: which days, on whose clock, and what it comes to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.services.calendar.date_range import date_range
from tests.calendars import asked, plan, scheduled, shown
from tests.factories import NOW, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
NINE = NOW.replace(hour=9, minute=0)
TODAY = NOW.replace(hour=0, minute=0)
BERLIN = "Europe/Berlin"
SHANGHAI = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("query", "heading", "first", "last", "number"),
    [
        ("", "15 to 21 June 2026", "2026-06-15", "2026-06-21", 7),
        ("date=2026-07-01", "29 June to 5 July 2026", "2026-06-29", "2026-07-05", 7),
        ("view=day", "Tuesday 16 June 2026", "2026-06-16", "2026-06-16", 1),
        ("view=agenda", "16 to 22 June 2026", "2026-06-16", "2026-06-22", 7),
        ("view=clashes", "Tuesday 16 June 2026", "2026-06-16", "2026-06-16", 1),
        ("view=day&from=1&to=4", "Tuesday 16 June 2026, 01:00 to 04:00", "2026-06-16", "2026-06-16", 1),
        ("view=month", "June 2026", "2026-06-01", "2026-07-05", 35),
        ("view=month&date=2026-02-14", "February 2026", "2026-01-26", "2026-03-01", 35),
        ("view=month&date=2026-08-31", "August 2026", "2026-07-27", "2026-09-06", 42),
        ("view=month&date=2027-02-01", "February 2027", "2027-02-01", "2027-02-28", 28),
        ("date=2000-01-01", "27 December 1999 to 2 January 2000", "1999-12-27", "2000-01-02", 7),
        ("date=20260701", "29 June to 5 July 2026", "2026-06-29", "2026-07-05", 7),
    ],
)
def test_a_view_shows_whole_days(query: str, heading: str, first: str, last: str, number: int) -> None:
    page = shown(query)
    assert (page.heading, page.days[0].date, page.days[-1].date) == (heading, first, last)
    assert len(page.days) == number


@pytest.mark.parametrize(
    ("query", "earlier", "later"),
    [
        ("", "?date=2026-06-09", "?date=2026-06-23"),
        ("view=day", "?view=day&date=2026-06-15", "?view=day&date=2026-06-17"),
        (
            "view=day&from=1&to=4&page=2",
            "?view=day&date=2026-06-15&from=1&to=4",
            "?view=day&date=2026-06-17&from=1&to=4",
        ),
        ("view=agenda", "?view=agenda&date=2026-06-09", "?view=agenda&date=2026-06-23"),
        ("view=month&date=2026-03-31", "?view=month&date=2026-02-28", "?view=month&date=2026-04-30"),
        ("view=month&date=2026-12-15", "?view=month&date=2026-11-15", "?view=month&date=2027-01-15"),
        ("view=month&date=2026-01-15", "?view=month&date=2025-12-15", "?view=month&date=2026-02-15"),
        ("q=x&tz=UTC", "?date=2026-06-09&tz=UTC&q=x", "?date=2026-06-23&tz=UTC&q=x"),
        ("date=2000-01-03", None, "?date=2000-01-10"),
        ("date=2099-12-30", "?date=2099-12-23", None),
        ("view=month&date=2099-12-30", "?view=month&date=2099-11-30", None),
    ],
)
def test_steps_lead_to_the_view_before_and_after(query: str, earlier: str | None, later: str | None) -> None:
    page = shown(query)
    assert page.previous_url == (f"/calendar/{earlier}" if earlier else "")
    assert page.next_url == (f"/calendar/{later}" if later else "")


def test_today_is_a_link_and_now_an_anchor_where_it_is_in_view() -> None:
    assert (shown().today_url, shown().today_word) == ("", "Today")  # nothing is in view
    plan("a", "0 9 * * *", NOW + DAY)
    assert (shown().today_url, shown().today_word) == ("#now", "Now")
    assert (shown("view=month").today_url, shown("view=month").today_word) == ("#now", "Today")
    assert (shown("view=day").today_url, shown("view=day&to=6").today_url) == ("", "/calendar/?view=day")
    assert shown("date=2026-07-16&view=day").today_url == "/calendar/?view=day"
    assert [day.date for day in shown().days if day.today] == ["2026-06-16"]


def test_each_view_has_a_link_and_the_default_is_never_in_one() -> None:
    page = shown("view=month&q=x")
    assert [(link.word, link.url, link.current) for link in page.views] == [
        ("Week", "/calendar/?q=x", False),
        ("Month", "/calendar/?view=month&q=x", True),
        ("Day", "/calendar/?view=day&q=x", False),
        ("Agenda", "/calendar/?view=agenda&q=x", False),
    ]
    assert shown("view=week&include_archived=false").url == "/calendar/"
    assert (page.path, page.url) == ("/calendar/", "/calendar/?view=month&q=x")
    assert ("view", "month") in page.hidden
    assert "q" not in dict(page.hidden)


def test_the_feed_is_of_the_same_deployments_whatever_the_view() -> None:
    assert shown("view=month&date=2026-01-01&tz=UTC&q=x").ics_url == "/calendar.ics?q=x"
    assert shown().ics_url == "/calendar.ics"


@pytest.mark.parametrize(
    ("query", "zone", "text", "note"),
    [
        ("", "UTC", "UTC", ""),
        ("", BERLIN, BERLIN, "UTC+02:00"),
        ("date=2026-03-29", BERLIN, BERLIN, "UTC+01:00, then UTC+02:00"),
        ("tz=Asia/Kathmandu", BERLIN, "Asia/Kathmandu", "UTC+05:45"),
        ("tz=America/St_Johns", "UTC", "America/St_Johns", "UTC-02:30"),
        ("tz=job", BERLIN, "each job's own zone", ""),
    ],
)
def test_the_zone_of_the_days_is_named_with_its_offset(query: str, zone: str, text: str, note: str) -> None:
    page = shown(query, zone=zone)
    assert (page.zone, page.zone_note) == (text, note)


def test_the_zones_offered_are_own_utc_each_jobs_and_the_current_one() -> None:
    zones = shown("tz=Asia/Kathmandu", zone=BERLIN).zones
    assert [(link.word, link.url, link.current) for link in zones] == [
        (f"Mine: {BERLIN}", "/calendar/", False),
        ("UTC", "/calendar/?tz=UTC", False),
        ("Each job's own", "/calendar/?tz=job", False),
        ("Asia/Kathmandu", "/calendar/?tz=Asia%2FKathmandu", True),
    ]
    assert [link.current for link in shown("tz=job").zones] == [False, False, True]


def test_today_is_todays_day_in_the_zone_of_the_days() -> None:
    late = datetime(2026, 6, 16, 23, 30, tzinfo=UTC)
    assert shown("view=day", late, "Asia/Shanghai").days[0].date == "2026-06-17"
    assert shown("view=day&tz=UTC", late, "Asia/Shanghai").days[0].date == "2026-06-16"
    assert shown("view=day", late, "Asia/Shanghai").now_text == "07:30"
    days = shown("", late, "Asia/Shanghai").days
    assert [row.hour for day in days if day.today for row in day.hours] == [7]


def test_an_instant_with_an_offset_alone_is_taken_as_utc() -> None:
    assert str(date_range(asked(), NOW).zone) == "UTC"


def test_the_summary_of_one_run_is_singular_and_past_days_promise_nothing() -> None:
    plan("a", "0 9 * * *", NINE + DAY)
    stored_runs(run_record(1, NINE - 30 * DAY))
    page = shown("date=2026-05-17")
    assert (page.summary, page.promised_text) == ("1 run so far", "")
    assert [item.state for item in page.key][:2] == ["completed", "failed"]
    assert "due" not in [item.state for item in page.key]
    later = shown("date=2026-08-17")
    assert (later.summary, [item.state for item in later.key]) == (
        "7 projected to come",
        ["due", "projected"],
    )


def test_the_promised_text_names_the_nearest_and_the_rarest_edge() -> None:
    stored_deployments(scheduled("a", "0 9 * * *", NINE + DAY), scheduled("b", "0 9 * * 1", NINE + 6 * DAY))
    assert shown().promised_text == (
        "Promised until Wed 17 Jun 09:00, some until Mon 22 Jun 09:00; projected from then on"
    )


@pytest.mark.parametrize(
    ("query", "stored", "text"),
    [
        ("", False, "No deployment exists yet"),
        ("q=x", True, "No deployment matches these filters"),
        ("", True, "Nothing ran in these days, and nothing is promised"),
        ("view=month", True, "Nothing ran in these days, and nothing is promised"),
    ],
)
@pytest.mark.usefixtures("account")
def test_an_empty_calendar_says_why(query: str, stored: bool, text: str) -> None:
    live()
    if stored:
        plan("a", "")
    page = shown(query)
    assert (page.empty_text, page.summary) == (text, "")


@pytest.mark.parametrize("query", ["", "q=x", "view=day"])
@pytest.mark.usefixtures("account")
def test_before_the_first_complete_reading_nothing_is_called_empty(query: str) -> None:
    live(succeeded_at=None)
    plan("a", "")
    page = shown(query)
    assert page.empty_text.endswith(", as far as has been read")


@pytest.mark.parametrize("view", ["week", "month", "day"])
@pytest.mark.parametrize("expression", ["0 9 * * *", "*/5 * * * *"])
def test_a_promise_at_the_end_of_time_breaks_no_view(view: str, expression: str) -> None:
    plan("a", expression, datetime(9999, 12, 31, 23, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC))
    assert shown(f"view={view}", zone=SHANGHAI).days


def test_a_cursor_is_ignored() -> None:
    page = shown("cursor=xyz")
    assert [ignored.name for ignored in page.filter.ignored] == ["cursor"]
    assert "cursor" not in page.url


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("view=month", ["2026-06-15", "2026-06-21"]),  # the week of today
        ("view=month&date=2026-08-20", ["2026-07-27", "2026-08-02"]),  # the first of another month
        ("view=month&date=2026-02-10", ["2026-01-26", "2026-02-01"]),
        ("view=agenda", ["2026-06-16", "2026-06-22"]),
    ],
)
def test_a_week_of_a_month_is_listed_below_its_grid(query: str, days: list[str]) -> None:
    plan("a", "0 9 * * *")
    listed = [day.date for day in shown(query).agenda_days]
    assert ([listed[0], listed[-1]], len(listed)) == (days, 7)


def test_an_agenda_lists_days_that_hold_anything_and_today() -> None:
    plan("a", "0 9 18 * *", zone="UTC")
    days = shown("view=agenda").days
    assert [day.date for day in days if day.listed] == ["2026-06-16", "2026-06-18"]
    plan("b", "*/5 * * * 5")
    days = shown("view=agenda").days
    assert [day.date for day in days if day.listed] == ["2026-06-16", "2026-06-18", "2026-06-19"]
    assert [day.date for day in days if day.busy] == ["2026-06-19"]
    shows = {day.date: day.density.shows_runs for day in days if day.density}
    assert (shows["2026-06-18"], shows["2026-06-19"]) == (True, False)


def test_notes_are_shown_where_there_are_any() -> None:
    assert not shown().note_count
    plan("a", "0 9 * * *", NOW + DAY)
    assert shown().note_count == 1
    assert shown().shown_promise == shown().promised_text != ""
    nothing = shown("q=none")
    assert (nothing.shown_promise, nothing.note_count) == ("", 0)


def test_a_week_of_frequent_deployments_alone_draws_no_hours() -> None:
    plan("a", "*/5 * * * *")
    stored_runs(run_record(1, NINE))
    assert [shown(query).only_frequent for query in ("", "view=month")] == [True, False]
    plan("b", "0 9 * * *")
    assert not shown().only_frequent


def test_the_summary_of_a_month_counts_the_month_alone() -> None:
    stored_deployments(scheduled("a", "0 9 1,30 * *"), scheduled("b", "0 */2 1,30 * *"))
    page = shown("view=month&date=2026-08-15")  # its grid reaches from 27 July to 6 September
    assert page.summary == "26 projected to come"
    assert page.density is not None
    assert page.density.text.endswith(": 24 to come")
    assert sum(day.totals.projected for day in page.days) > 26


@pytest.mark.parametrize(
    ("query", "url", "ignored"),
    [
        ("view=day&from=01:00&to=04:00", "/calendar/?view=day&from=1&to=4", []),
        ("view=day&from=0&to=24&page=1", "/calendar/?view=day", []),
        ("view=clashes&date=2026-06-17", "/calendar/?view=day&date=2026-06-17", []),
        ("view=day&from=4&to=4", "/calendar/?view=day&from=4", [("to", "4", "it is not after from=4")]),
        ("view=day&from=23&to=1", "/calendar/?view=day&from=23", [("to", "1", "it is not after from=23")]),
        (
            "view=day&from=25",
            "/calendar/?view=day",
            [("from", "25", "it is not an hour from 0 to 23, such as 1 or 01:00")],
        ),
        ("from=1", "/calendar/", [("from", "1", "only the view of a day has it")]),
        ("view=month&page=2", "/calendar/?view=month", [("page", "2", "only the view of a day has it")]),
    ],
)
def test_a_day_has_hours_and_other_views_have_none(
    query: str, url: str, ignored: list[tuple[str, str, str]]
) -> None:
    page = shown(query)
    assert page.url == url
    assert [(part.name, part.value, part.why) for part in page.filter.ignored] == ignored


def test_the_other_views_leave_the_hours_of_a_day_behind() -> None:
    page = shown("view=day&date=2026-06-17&from=1&to=4&page=2&q=x")
    assert [link.url for link in page.views] == [
        "/calendar/?date=2026-06-17&q=x",
        "/calendar/?view=month&date=2026-06-17&q=x",
        "/calendar/?view=day&date=2026-06-17&from=1&to=4&page=2&q=x",
        "/calendar/?view=agenda&date=2026-06-17&q=x",
    ]
    assert page.ics_url == "/calendar.ics?q=x"


@pytest.mark.parametrize(
    ("now", "zone", "url"),
    [
        (NINE, "UTC", "/calendar/?view=day&date=2026-06-17&to=6&q=x"),
        (TODAY + 5 * MINUTE, "UTC", "/calendar/?view=day&date=2026-06-16&to=6&q=x"),
        (TODAY + 18 * 60 * MINUTE, SHANGHAI, "/calendar/?view=day&date=2026-06-17&to=6&q=x"),
        (TODAY + 17 * 60 * MINUTE, SHANGHAI, "/calendar/?view=day&date=2026-06-17&to=6&q=x"),
    ],
)
def test_tonight_is_the_night_that_comes_or_is_under_way(now: datetime, zone: str, url: str) -> None:
    tonight = shown("q=x", now, zone).tonight
    assert (tonight.url, tonight.current) == (url, False)
    assert shown(url.partition("?")[2], now, zone).tonight.current


def test_a_day_has_its_parts_and_any_hours_of_it() -> None:
    page = shown("view=day&from=6&to=12&page=3&q=x")
    assert [(part.word, part.url, part.current) for part in page.parts] == [
        ("All day", "/calendar/?view=day&q=x", False),
        ("00–06", "/calendar/?view=day&to=6&q=x", False),
        ("06–12", "/calendar/?view=day&from=6&to=12&q=x", True),
        ("12–18", "/calendar/?view=day&from=12&to=18&q=x", False),
        ("18–24", "/calendar/?view=day&from=18&q=x", False),
    ]
    named = {control.name: control for control in page.controls}
    assert [option.text for option in named["from"].options if option.selected] == ["06:00"]
    assert [option.text for option in named["to"].options if option.selected] == ["12:00"]
    assert shown().parts == ()
    assert "from" not in {control.name for control in shown().controls}
