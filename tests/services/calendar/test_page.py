"""The calendar as a page: its days, what each comes to, and what it says besides."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.models import Slot, Watch
from dashboard.services.calendar import chips, hourly_counts
from dashboard.services.calendar.date_range import date_range
from dashboard.services.calendar.view_models import Counts
from tests.calendars import asked, day_of, entry_of, placed, plan, scheduled, shown, slot
from tests.factories import NOW, run_record, stored_deployments, stored_runs

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NINE = NOW.replace(hour=9, minute=0)
BERLIN = "Europe/Berlin"


# Which days are in view.


@pytest.mark.parametrize(
    ("query", "heading", "first", "last", "number"),
    [
        ("", "15 to 21 June 2026", "2026-06-15", "2026-06-21", 7),
        ("date=2026-07-01", "29 June to 5 July 2026", "2026-06-29", "2026-07-05", 7),
        ("view=day", "Tuesday 16 June 2026", "2026-06-16", "2026-06-16", 1),
        ("view=agenda", "16 to 22 June 2026", "2026-06-16", "2026-06-22", 7),
        ("view=clashes", "16 to 22 June 2026", "2026-06-16", "2026-06-22", 7),
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


def test_today_is_led_to_only_from_where_it_is_not() -> None:
    assert shown().today_url == ""
    assert shown("date=2026-07-16&view=day").today_url == "/calendar/?view=day"
    assert [day.date for day in shown().days if day.today] == ["2026-06-16"]
    assert [day.past for day in shown().days] == [True] + [False] * 6


def test_each_view_has_a_link_and_the_default_is_never_in_one() -> None:
    page = shown("view=month&q=x")
    assert [(link.word, link.url, link.current) for link in page.views] == [
        ("Week", "/calendar/?q=x", False),
        ("Month", "/calendar/?view=month&q=x", True),
        ("Day", "/calendar/?view=day&q=x", False),
        ("Agenda", "/calendar/?view=agenda&q=x", False),
        ("Clashes", "/calendar/?view=clashes&q=x", False),
    ]
    assert shown("view=week&include_archived=false").url == "/calendar/"
    assert (page.path, page.url) == ("/calendar/", "/calendar/?view=month&q=x")
    assert ("view", "month") in page.hidden
    assert "q" not in dict(page.hidden)


def test_the_feed_is_of_the_same_deployments_whatever_the_view() -> None:
    assert shown("view=month&date=2026-01-01&tz=UTC&q=x").ics_url == "/calendar.ics?q=x"
    assert shown().ics_url == "/calendar.ics"


# Whose clock it is.


@pytest.mark.parametrize(
    ("query", "zone", "said", "note"),
    [
        ("", "UTC", "UTC", "UTC+00:00"),
        ("", BERLIN, BERLIN, "UTC+02:00"),
        ("date=2026-03-29", BERLIN, BERLIN, "UTC+01:00, then UTC+02:00"),
        ("tz=Asia/Kathmandu", BERLIN, "Asia/Kathmandu", "UTC+05:45"),
        ("tz=America/St_Johns", "UTC", "America/St_Johns", "UTC-02:30"),
        ("tz=job", BERLIN, "each job's own zone", ""),
    ],
)
def test_the_zone_of_the_days_is_said(query: str, zone: str, said: str, note: str) -> None:
    page = shown(query, zone=zone)
    assert (page.zone, page.zone_note) == (said, note)


def test_the_zones_to_choose_from_are_ones_own_utc_each_jobs_and_the_one_in_force() -> None:
    found = shown("tz=Asia/Kathmandu", zone=BERLIN).zones
    assert [(link.word, link.url, link.current) for link in found] == [
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
    assert shown("view=day", late, "Asia/Shanghai").days[0].now_row == 7


def test_now_that_is_told_by_an_offset_alone_is_taken_as_utc() -> None:
    assert str(date_range(asked(), NOW).zone) == "UTC"


def test_each_job_stands_on_its_own_clock() -> None:
    upcoming = [datetime(2026, 6, 17, 1, tzinfo=UTC), datetime(2026, 6, 17, 13, tzinfo=UTC)]
    stored_deployments(
        scheduled("cn", "0 9 * * *", upcoming[0], zone="Asia/Shanghai"),
        scheduled("us", "0 9 * * *", upcoming[1], zone="America/New_York"),
    )
    page = shown("tz=job&date=2026-06-17&view=day")
    assert [(it.name, it.text) for it in page.days[0].entries] == [("cn", "09:00"), ("us", "09:00")]
    page = shown("date=2026-06-17&view=day")
    assert [(it.name, it.text) for it in page.days[0].entries] == [("cn", "01:00"), ("us", "13:00")]


@pytest.mark.parametrize("view", ["week", "month"])
def test_on_each_jobs_clock_a_run_is_on_the_day_it_had_there(view: str) -> None:
    zones = {"kiribati": "Pacific/Kiritimati", "samoa": "Pacific/Pago_Pago", "nowhere": "Mars/Olympus"}
    stored_deployments(*(scheduled(key, "", zone=zone) for key, zone in zones.items()))
    at = datetime(2026, 6, 17, 10, 30, tzinfo=UTC)
    stored_runs(*(run_record(n, at, deployment_id=f"dep_{key}") for n, key in enumerate(zones)))
    page = shown(f"tz=job&view={view}", NOW + 3 * DAY)
    found = {it.name: day.date for day in page.days for it in day.entries}
    assert found == {"kiribati": "2026-06-18", "samoa": "2026-06-16", "nowhere": "2026-06-17"}


@pytest.mark.parametrize("view", ["week", "month"])
@pytest.mark.parametrize(
    ("day", "hours", "note"),
    [
        ("2026-03-29", 23, "23 hours, the clocks go forward"),
        ("2026-10-25", 25, "25 hours, the clocks go back"),
        ("2026-06-14", 24, ""),
    ],
)
def test_a_day_whose_clock_changes_says_so_and_holds_every_run_of_it(
    view: str, day: str, hours: int, note: str
) -> None:
    stored_deployments(scheduled("rare", ""), scheduled("frequent", "*/30 * * * *", zone=BERLIN))
    start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)
    stamps = [start + n * HOUR / 2 for n in range(-2, 2 * hours + 2)]
    stored_runs(
        *(run_record(n, at, "failed", deployment_id="dep_rare") for n, at in enumerate(stamps)),
        *(run_record(n + 500, at, deployment_id="dep_frequent") for n, at in enumerate(stamps)),
    )
    page = shown(f"view={view}&date={day}", start + 40 * DAY, BERLIN)
    found = day_of(page, day)
    assert (found.note, found.counts) == (note, Counts(failed=2 * hours, completed=2 * hours))
    assert page.hum
    band = page.hum.days[[it.date for it in page.days].index(day)]
    assert band.total == 2 * hours
    counts = {"23": "0", "24": "2", "25": "4"}  # of the hour from two to three
    assert band.bars[2].text == f"02:00: {counts[str(hours)]} completed".replace("0 completed", "nothing")
    if view == "week":
        assert [len(row) for row in found.hours][2] == int(counts[str(hours)])


@pytest.mark.parametrize(
    "zone", ["Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Chatham", "America/Havana"]
)
@pytest.mark.parametrize("day", ["2026-06-15", "2026-04-05", "2026-10-04", "2026-03-08", "2026-11-01"])
def test_tallied_days_begin_and_end_at_the_midnights_of_the_zone(zone: str, day: str) -> None:
    row = plan("a", "")
    clock = ZoneInfo(zone)
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=clock).astimezone(UTC)
    stamps = [noon + n * 15 * MINUTE for n in range(-110, 110)]
    stored_runs(*(run_record(n, at) for n, at in enumerate(stamps)))
    expected: dict[date, int] = {}
    for at in stamps:
        local = at.astimezone(clock).date()
        expected[local] = expected.get(local, 0) + 1
    span = date_range(asked(f"date={day}&tz={zone}&view=month"), NOW)
    found = hourly_counts.by_day({row.key: row}, span)
    assert {when: number for (when, _, _), number in found.items()} == {
        when: number for when, number in expected.items() if when in span.days
    }


# What a day comes to, and what its links lead to.


def test_the_days_of_a_week_are_counted() -> None:
    plan("a", "0 9 * * *", NINE + DAY)
    stored_runs(
        run_record(1, NINE, "failed"),
        run_record(2, NINE + MINUTE),
        run_record(3, NINE + 2 * MINUTE, "skipped"),
        run_record(4, NINE - DAY, "cancelled"),
    )
    slot(NINE - HOUR, "missed")
    slot(NINE - 2 * HOUR, "withdrawn", reason="paused")
    slot(NINE - 3 * HOUR, "unobserved")
    page = shown()
    assert day_of(page, "2026-06-16").counts == Counts(failed=1, missed=1, completed=1, other=1)
    assert day_of(page, "2026-06-17").counts == Counts(promised=1)
    assert day_of(page, "2026-06-18").counts == Counts(projected=1)
    assert page.summary == "4 runs, 1 failed, 1 missed so far; 1 promised and 4 projected to come"
    assert (page.shown_past, page.shown_future, page.nothing) == (True, True, "")


def test_one_run_is_said_in_the_singular_and_days_gone_by_promise_nothing() -> None:
    plan("a", "0 9 * * *", NINE + DAY)
    stored_runs(run_record(1, NINE - 30 * DAY))
    page = shown("date=2026-05-17")
    assert (page.summary, page.promised_text) == ("1 run so far", "")
    assert (page.shown_past, page.shown_future) == (True, False)
    later = shown("date=2026-08-17")
    assert (later.summary, later.shown_past, later.shown_future) == ("7 projected to come", False, True)


def test_where_promises_end_is_said_for_the_nearest_and_the_rarest() -> None:
    stored_deployments(scheduled("a", "0 9 * * *", NINE + DAY), scheduled("b", "0 9 * * 1", NINE + 6 * DAY))
    assert shown().promised_text == (
        "Promised until Wed 17 Jun 09:00, the rarest until Mon 22 Jun 09:00; projected beyond"
    )


def test_a_month_has_one_entry_for_each_deployment_and_day_in_its_most_telling_state() -> None:
    plan("a", "0 9 * * *", NINE + DAY)
    stored_runs(run_record(1, NINE), run_record(2, NINE, "failed"), run_record(3, NINE - DAY))
    slot(NINE - DAY, "missed")
    slot(NINE - 2 * DAY, "withdrawn", reason="moved")
    page = shown("view=month")
    found = {date: state for date, _, state in placed(page)}
    assert {key: found[key] for key in sorted(found)[:6]} == {
        "2026-06-14": "withdrawn",
        "2026-06-15": "missed",
        "2026-06-16": "failed",
        "2026-06-17": "due",
        "2026-06-18": "projected",
        "2026-06-19": "projected",
    }
    [chip] = day_of(page, "2026-06-16").entries
    assert chip.title == "a, Tue 16 Jun: 1 failed, 1 completed"
    assert (chip.text, chip.failed) == ("", 1)
    assert day_of(page, "2026-07-01").outside
    assert day_of(page, "2026-06-17").entries[0].url == "/deployments/dep_a/"
    assert chip.url == (
        "/runs/?deployment_id=dep_a&since=2026-06-16T00%3A00%3A00Z&until=2026-06-17T00%3A00%3A00Z"
    )


def test_a_months_day_names_the_worst_and_counts_the_rest() -> None:
    names = "abcdefg"
    stored_deployments(*(scheduled(name, "") for name in names))
    for n, name in enumerate(names):
        status = "failed" if name in "cf" else "skipped" if name == "e" else "completed"
        stored_runs(run_record(n, NINE, status, deployment_id=f"dep_{name}"))
    day = day_of(shown("view=month"), "2026-06-16")
    assert [chip.name for chip in day.entries] == ["c", "f", "e", "a"]
    assert (day.more, day.counts) == (3, Counts(failed=2, completed=4, other=1))
    assert len(day_of(shown(), "2026-06-16").entries) == 7


def test_an_unheard_of_state_is_more_telling_than_what_went_well() -> None:
    assert chips.rank("missed") < chips.rank("cancelled") < chips.rank("completed")


def test_a_day_leads_to_itself_with_the_filters_kept() -> None:
    day = day_of(shown("view=month&tz=UTC&status=active"), "2026-06-16")
    assert day.url == "/calendar/?view=day&date=2026-06-16&tz=UTC&status=active"
    assert (day.text, day.number, day.weekday) == ("Tue 16 Jun", "16", "Tue")


@pytest.mark.parametrize(
    ("query", "stored", "said"),
    [
        ("", False, "No deployment has been read yet"),
        ("q=x", True, "No deployment matches these filters"),
        ("", True, "Nothing ran in these days, and nothing is promised"),
        ("view=month", True, "Nothing ran in these days, and nothing is promised"),
    ],
)
def test_an_empty_calendar_says_why(query: str, stored: bool, said: str) -> None:
    if stored:
        plan("a", "")
    page = shown(query)
    assert (page.nothing, page.summary) == (said, "")


# The band.


@pytest.mark.parametrize("view", ["week", "month", "day", "agenda"])
def test_what_fires_often_is_folded_into_the_band_and_is_no_entry(view: str) -> None:
    stored_deployments(
        scheduled("frequent", "*/10 * * * *", *(NINE + n * 10 * MINUTE for n in range(4, 12))),
        scheduled("rare", ""),
    )
    stored_runs(
        *(
            run_record(
                n, NINE - n * 10 * MINUTE, "failed" if n < 2 else "completed", deployment_id="dep_frequent"
            )
            for n in range(6)
        ),
        run_record(99, NINE, deployment_id="dep_rare"),
    )
    slot(NINE + 10 * MINUTE, "missed", "frequent")
    slot(NINE - 5 * HOUR, "unobserved", "frequent")
    slot(NINE - 5 * HOUR, "missed", "rare")
    page = shown(f"view={view}")
    assert {it.name for day in page.days for it in day.entries} == {"rare"}
    assert page.hum
    assert page.hum.names == [("frequent", "/deployments/dep_frequent/")]
    band = page.hum.days[[day.today for day in page.days].index(True)]
    assert (band.total, band.failed, band.missed, band.coming) == (6, 2, 1, 7 + 13 * 6)
    assert band.bars[9].text == "09:00: 1 failed, 1 promised, 1 missed"
    assert band.bars[8].text == "08:00: 4 completed, 1 failed"
    assert (band.bars[10].text, band.bars[11].text) == ("10:00: 6 promised", "11:00: 6 projected")
    assert band.bars[4].text == "04:00: 1 unobserved"
    assert band.bars[5].text == "05:00: nothing"
    assert (band.bars[8].failed, band.bars[8].done > band.bars[9].done) == (1, True)
    today = next(day for day in page.days if day.today)
    assert (today.counts.failed, today.counts.completed, today.counts.missed) == (2, 5, 2)


def test_without_what_fires_often_there_is_no_band() -> None:
    plan("a", "0 */4 * * *")
    assert shown().hum is None


def test_the_band_says_whose_it_is_and_what_it_comes_to() -> None:
    plan("a", "*/5 * * * *", status="paused")
    hum = shown().hum
    assert hum
    assert hum.text == "1 deployment fires 8 times a day or more: nothing in these days"
    assert {bar.done + bar.coming + bar.failed for day in hum.days for bar in day.bars} == {0}
    plan("b", "*/5 * * * *", status="paused")
    stored_runs(run_record(1, NINE, "failed"))
    slot(NINE, "missed", "b")
    hum = shown().hum
    assert hum
    assert hum.text == "2 deployments fire 8 times a day or more: 1 runs, 1 failed; 1 missed"


def test_a_band_to_come_is_promised_and_then_projected() -> None:
    plan("a", "0 * * * *", NOW.replace(hour=10, minute=0), NOW.replace(hour=11, minute=0))
    page = shown("view=day")
    assert page.hum
    assert page.hum.text.endswith("or more: 14 to come")
    assert page.days[0].counts == Counts(promised=2, projected=12)


# Clashes.


def test_minutes_at_which_three_or_more_start_are_clashes_the_largest_first() -> None:
    stored_deployments(
        *(scheduled(f"nine{n:02}", "0 9 * * *", NINE + DAY) for n in range(10)),
        *(scheduled(f"ten{n}", "0 10 * * *") for n in range(3)),
        *(scheduled(f"two{n}", "0 11 * * *") for n in range(2)),
        scheduled("probe", "*/5 * * * *", NINE + DAY),
    )
    found = shown("view=clashes").clashes
    assert [(it.text, it.count) for it in found[:3]] == [
        ("Wed 17 Jun 09:00", 11),
        ("Thu 18 Jun 09:00", 10),
        ("Fri 19 Jun 09:00", 10),
    ]
    assert (len(found[0].names), found[0].more) == (8, 3)
    assert found[0].names[0] == ("nine00", "/deployments/dep_nine00/")
    assert found[0].url == "/calendar/?view=day&date=2026-06-17"
    assert {it.count for it in found} == {11, 10, 3}
    assert shown("view=week").clashes == []


def test_promises_out_of_view_are_no_clash() -> None:
    stored_deployments(*(scheduled(f"a{n}", "0 9 1 * *", NINE - DAY, NINE + 40 * DAY) for n in range(3)))
    assert shown("view=clashes").clashes == []


# What it says besides.


def test_a_promise_that_moved_is_told() -> None:
    plan("a", "")
    slot(NINE, "withdrawn", reason="moved", moved_to=NINE + HOUR)
    slot(NINE - DAY, "withdrawn", reason="moved")
    slot(NINE - 2 * HOUR, "withdrawn", reason="edited")
    slot(NINE, "withdrawn", "stranger", reason="moved")
    assert [(fact.text, fact.url) for fact in shown(zone=BERLIN).facts] == [
        (
            "next run of a moved from Tue 16 Jun 11:00 to Tue 16 Jun 12:00, nothing ran",
            "/deployments/dep_a/",
        ),
        ("next run of a moved from Mon 15 Jun 11:00 away, nothing ran", "/deployments/dep_a/"),
    ]
    assert shown("date=2026-07-16").facts == ()


def test_of_what_moved_the_newest_are_told() -> None:
    plan("a", "")
    for n in range(9):
        slot(NINE - n * MINUTE, "withdrawn", reason="moved")
    assert len(shown().facts) == 5
    assert Slot.objects.count() == 9


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (scheduled("a"), True),
        (scheduled("a", "0 9 * * *", NINE), True),
        (scheduled("a", "0 9 * * *", NINE + DAY), False),
        (scheduled("a", ""), False),
        (scheduled("a", status="paused"), False),
        (scheduled("a", archived_at="2026-06-16T00:00:00Z"), False),
    ],
)
def test_what_is_active_and_promises_nothing_is_told(record: dict[str, object], told: bool) -> None:
    stored_deployments(record)
    texts = [fact.text for fact in shown("include_archived=true").facts]
    assert texts == (["a is active, and nothing is promised"] if told else [])


def watched(*spans: tuple[datetime, datetime], account: str = "default") -> None:
    for since, until in spans:
        Watch.objects.create(account=account, since=since, until=until)


def test_a_gap_in_our_watching_is_told() -> None:
    plan("a", "")
    watched((NINE - 5 * HOUR, NINE - 2 * HOUR), (NINE - HOUR, NINE))
    watched((NINE - 5 * HOUR, NINE), account="other")
    assert shown(zone=BERLIN).watch_notes == (
        "not watched from Tue 16 Jun 09:00 to Tue 16 Jun 10:00: slots then are not seen",
    )
    assert shown("date=2026-07-16").watch_notes == ()


def test_of_many_gaps_the_newest_are_told() -> None:
    watched(*((NINE - n * HOUR, NINE - n * HOUR + MINUTE) for n in range(9)))
    notes = shown().watch_notes
    assert len(notes) == 5
    assert notes[-1].startswith("not watched from Tue 16 Jun 08:01 to Tue 16 Jun 09:00")


def test_watching_without_a_gap_is_not_spoken_of() -> None:
    watched((NINE - 5 * DAY, NINE))
    assert shown().watch_notes == ()
    assert not [it for it in placed(shown()) if it]


def test_an_entry_of_the_only_run_is_the_only_entry() -> None:
    plan("a", "")
    stored_runs(run_record(1, NINE))
    assert entry_of(shown("view=agenda")).name == "a"
