"""What is to be in progress at once, equal to a count of every minute."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dashboard.domain.cron import Schedule
from dashboard.models import Deployment
from dashboard.services.calendar import past_levels
from tests.calendars import lanes_of, plan, scheduled, shown
from tests.factories import NOW, run_record, stored_deployments, stored_runs

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TODAY = NOW.replace(hour=0, minute=0)
TOMORROW = TODAY + DAY
ON = "view=day&date=2026-06-17"
NO_LONG = "No two runs that usually take 10 min or longer overlap"


def lines(query: str = ON, now: datetime = NOW) -> list[str]:
    return [line.text for line in lanes_of(shown(query, now)).forecast.lines]


def usually(**minutes: int) -> None:
    for key, length in minutes.items():
        Deployment.objects.filter(name=key).update(usual_ms=length * 60_000)


def test_starts_and_overlaps_are_counted_from_promises_schedules_and_usual_lengths() -> None:
    stored_deployments(
        scheduled("a", "0 9 * * *", TOMORROW + 9 * HOUR),
        scheduled("b", "0 9 * * *"),
        scheduled("c", "5 9 * * *"),
        scheduled("paused", "0 9 * * *", TOMORROW + 9 * HOUR, status="paused"),
        scheduled("archived", "0 9 * * *", archived_at="2026-06-16T00:00:00Z"),
    )
    usually(a=7, b=6, c=9, paused=60)
    forecast = lanes_of(shown(f"{ON}&include_archived=true")).forecast
    assert [(line.text, line.url) for line in forecast.lines] == [
        ("At most 3 at once, 09:05 to 09:06", f"/calendar/?{ON}&from=9&to=10&include_archived=true"),
        ("2 start at 09:00", f"/calendar/?{ON}&from=9&to=10&include_archived=true"),
        (NO_LONG, ""),
    ]
    assert forecast.most == 3
    assert forecast.path.startswith("M0 32V32h5")
    assert "V11h5V0h5" in forecast.path


def test_one_whose_usual_length_is_not_known_counts_for_a_minute() -> None:
    stored_deployments(scheduled("a", "0 9 * * *"), scheduled("b", "0 9 * * *"))
    assert lines()[0] == "At most 2 at once, 09:00 to 09:01"


def test_a_deployment_that_is_promised_twice_in_a_minute_starts_once() -> None:
    plan("a", "", TOMORROW, TOMORROW + timedelta(seconds=30))
    assert lines() == ["Never two at once", NO_LONG]


def test_long_runs_that_overlap_are_named_the_longest_first() -> None:
    stored_deployments(
        *(scheduled(key, "0 2 * * *") for key in "abcd"),
        scheduled("e", "25 2 * * *"),
        scheduled("brief", "0 2 * * *"),
        scheduled("alone", "0 7 * * *"),
    )
    usually(a=10, b=40, c=20, d=30, e=15, brief=9, alone=60)
    assert lines()[2:] == ["5 long runs overlap, 02:00 to 02:40: b (40 min), d (30 min), c (20 min), +2"]
    assert lanes_of(shown(ON)).forecast.lines[2].url == f"/calendar/?{ON}&from=2&to=3"


def test_one_that_ends_as_another_begins_does_not_overlap_it() -> None:
    stored_deployments(
        scheduled("a", "0 2 * * *"), scheduled("b", "30 2 * * *"), scheduled("c", "59 2 * * *")
    )
    usually(a=30, b=30, c=10)
    assert lines() == [
        "At most 2 at once, 02:59 to 03:00",
        "2 long runs overlap, 02:59 to 03:00: b (30 min), c (10 min)",
    ]


def test_a_deployment_does_not_overlap_itself() -> None:
    plan("a", "*/15 2 * * *")
    usually(a=20)
    assert lines() == ["At most 2 at once, 02:15 to 02:20", NO_LONG]


def test_the_largest_three_overlaps_are_named_in_order_of_time() -> None:
    stored_deployments(
        *(scheduled(f"{n}", f"0 {hours} * * *") for n, hours in enumerate(("1-9", "1-9", "8")))
    )
    usually(**{f"{n}": 20 for n in range(3)})
    assert [line[:34] for line in lines()[2:]] == [
        "2 long runs overlap, 01:00 to 01:2",
        "2 long runs overlap, 02:00 to 02:2",
        "3 long runs overlap, 08:00 to 08:2",
    ]


def test_what_began_before_these_hours_counts_in_them() -> None:
    stored_deployments(scheduled("a", "30 23 * * *"), scheduled("b", "50 23 * * *"))
    usually(a=60, b=60)
    assert lines(f"{ON}&to=1")[0] == "At most 2 at once, 00:00 to 00:30"


def test_what_runs_now_counts_until_it_has_taken_as_long_as_usual() -> None:
    stored_deployments(scheduled("a", ""), scheduled("b", ""), scheduled("c", "", TODAY + 10 * HOUR))
    stored_runs(
        run_record(1, NOW - 5 * MINUTE, "running"), run_record(2, NOW, "running", deployment_id="dep_b")
    )
    usually(a=3, b=30)
    assert lines("view=day") == [
        "So far never two at once",
        "At most 2 at once, 09:42 to 09:43",
        "No two runs that usually take 10 min or longer overlap",
    ]
    usually(a=120)
    assert lines("view=day&account=default")[1] == "At most 3 at once, 10:00 to 10:01"
    assert lines("view=day&q=dep_c")[0] == "Never two at once"


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("view=day&date=2026-06-15", "These hours are over, and no run of them is known"),
        ("view=day&to=9", "These hours are over, and no run of them is known"),
        (f"{ON}&tz=job", "Overlaps are worked out on one clock: choose a zone"),
    ],
)
def test_where_nothing_can_be_worked_out_the_page_says_so(query: str, text: str) -> None:
    plan("a", "0 9 * * *")
    forecast = lanes_of(shown(query)).forecast
    assert ([line.text for line in forecast.lines], forecast.path) == ([text], "")


def test_all_of_it_in_a_few_words_says_whether_long_runs_overlap() -> None:
    stored_deployments(scheduled("a", "0 2 * * *"), scheduled("b", "5 2 * * *"))
    assert lanes_of(shown(ON)).forecast.brief == "Never two at once"
    usually(a=40, b=9)
    assert lanes_of(shown(ON)).forecast.brief == "Up to 2 at once, no long runs overlap"
    usually(b=20)
    assert lanes_of(shown(ON)).forecast.brief == "Up to 2 at once, long runs overlap"
    assert [lanes_of(shown(f"{ON}{hours}")).window for hours in ("", "&to=6")] == [False, True]
    assert lanes_of(shown(f"{ON}&tz=job")).forecast.brief == ""


def test_an_hour_without_any_start_has_no_line() -> None:
    plan("a", "0 9 * * *")
    forecast = lanes_of(shown(f"{ON}&from=10")).forecast
    assert (forecast.most, forecast.path) == (0, "")


def test_every_minute_is_counted_as_one_by_one() -> None:
    expressions = ("*/7 * * * *", "*/7 * * * *", "3 * * * *", "0 2,5 * * *", "59 23 * * *", "0 0 * * 2")
    lengths = (2, 2, 9, 45, 130, 11)
    stored_deployments(*(scheduled(f"{n}", text) for n, text in enumerate(expressions)))
    usually(**{f"{n}": length for n, length in enumerate(lengths)})
    begun = [
        (at, at + timedelta(milliseconds=row.usual_ms or 0))
        for row in Deployment.objects.all()
        for at in Schedule(row.expression, row.timezone).between(NOW, TOMORROW + DAY)
    ]
    minutes = [TOMORROW + n * MINUTE for n in range(24 * 60)]
    levels = [sum(at <= minute < end for at, end in begun) for minute in minutes]
    most = max(levels)
    first = minutes[levels.index(most)]
    forecast = lanes_of(shown(ON)).forecast
    assert forecast.most == most
    assert forecast.lines[0].text.startswith(f"At most {most} at once, {first:%H:%M} to ")
    columns = [max(levels[n : n + 5]) for n in range(0, len(levels), 5)]
    assert forecast.path == "M0 32" + "".join(f"V{32 - round(n / most * 32)}h5" for n in columns) + "V32z"


def test_what_was_in_progress_at_once_is_counted_from_the_runs() -> None:
    stored_deployments(scheduled("a", "0 2 * * *"), scheduled("b", "0 2 * * *"), scheduled("other", ""))
    stored_runs(
        run_record(1, TODAY - HOUR, duration_ms=2 * 3_600_000, deployment_id="dep_a"),  # goes on until 01:00
        run_record(2, TODAY + HOUR // 2, duration_ms=10 * 60_000, deployment_id="dep_b"),
        run_record(3, TODAY + HOUR // 2, duration_ms=1, deployment_id="dep_b"),
        run_record(4, TODAY + HOUR // 2, "skipped", duration_ms=0, deployment_id="dep_b"),
        run_record(5, NOW - 3 * MINUTE, "running", duration_ms=None, deployment_id="dep_a"),
        run_record(6, NOW - 1 * MINUTE, "running", duration_ms=None, deployment_id="dep_other"),
        run_record(7, TODAY - HOUR, "pending", duration_ms=None, deployment_id="dep_a"),  # not begun yet
    )
    today = lanes_of(shown("view=day")).forecast
    assert today.lines[0].text == "So far at most 3 at once, 00:30 to 00:31"
    assert today.lines[0].url == "/calendar/?view=day&to=1"
    assert (today.note, today.most) == ("up to 3, then forecast", 3)
    assert today.past.startswith("M0 32V21h5")
    yesterday = lanes_of(shown("view=day&date=2026-06-15")).forecast
    assert [line.text for line in yesterday.lines] == ["So far never two at once"]
    assert (yesterday.note, yesterday.path) == ("up to 1", "")
    assert lanes_of(shown("view=day&tz=job")).forecast.note == ""
    some = lanes_of(shown("view=day&deployment_id=dep_b")).forecast
    assert some.lines[0].text == "So far at most 2 at once, 00:30 to 00:31"


def test_too_many_runs_are_not_counted_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_levels, "MOST_RUNS", 1)
    monkeypatch.setattr(past_levels, "_FEW", 0)
    plan("a", "")
    stored_runs(*(run_record(n, NOW - n * HOUR, deployment_id="dep_a") for n in (1, 2)))
    forecast = lanes_of(shown("view=day")).forecast
    assert forecast.lines[0].text == "More than 20,000 runs so far: too many to count those at once"
    assert forecast.past == ""
    monkeypatch.setattr(past_levels, "MOST_RUNS", 2)
    assert lanes_of(shown("view=day")).forecast.past
