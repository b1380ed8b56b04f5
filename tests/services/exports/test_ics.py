"""The calendar as a feed, read back by another reader of iCalendar than the one that writes it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vobject  # type: ignore[import-untyped] # it has none
from django.core.cache import caches
from django.db.models import F
from django.http import QueryDict

from dashboard import filters
from dashboard.models import Deployment, Feed
from dashboard.services.cloud.accounts import Account
from dashboard.services.exports import ics, ics_file, ics_instants
from dashboard.services.status.snapshot import Snapshot
from tests.calendar_files import Occurrence, occurrences
from tests.calendars import asked, plan, scheduled, slot
from tests.factories import NOW, run_record, stored_deployments, stored_runs
from tests.feeds import live
from tests.vocabulary import Words

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NINE = NOW.replace(hour=9, minute=0)
DAILY = [NINE + n * DAY for n in range(1, 6)]


def body(query: str = "", now: datetime = NOW) -> str:
    return ics.feed(asked(query), Snapshot(now), lambda path: f"https://dash.example{path}").decode()


def events(query: str = "", now: datetime = NOW) -> list[Any]:
    """The entries of the feed as they are written, in order of their first instants."""
    entries = vobject.readOne(body(query, now)).contents.get("vevent", [])
    return sorted(entries, key=lambda event: f"{event.dtstart.value:%Y%m%d%H%M}")


def shown(query: str = "", now: datetime = NOW) -> list[Occurrence]:
    """What a calendar program shows of it, in order of time."""
    return occurrences(body(query, now))


def test_promises_and_what_is_projected_are_entries_of_a_calendar() -> None:
    plan("a", "0 9 * * *", *DAILY)
    days = shown()
    assert [day.at for day in days] == [NINE + n * DAY for n in range(1, 36)]
    assert [day.summary for day in days] == ["a"] * 5 + ["projected: a"] * 30
    assert [day.status for day in days] == ["CONFIRMED"] * 5 + ["TENTATIVE"] * 30
    assert {day.description for day in days} == {"At 09:00 (0 9 * * *, UTC)"}
    promised, projected = events()
    for entry in (promised, projected):
        assert entry.transp.value == "TRANSPARENT"
        assert entry.url.value == "https://dash.example/deployments/dep_a/"
        assert entry.dtstamp.value == NOW


def test_what_comes_back_is_a_rule_on_the_clock_of_the_job() -> None:
    plan("a", "0 9 * * 1-5", datetime(2026, 6, 17, 1, tzinfo=UTC), zone="Asia/Shanghai")
    lines = body().splitlines()
    assert "DTSTART;TZID=Asia/Shanghai:20260618T090000" in lines
    assert "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20260721T010000Z" in lines
    assert lines.count("BEGIN:VTIMEZONE") == 1
    assert "DTSTART:20260617T010000Z" in lines, "a single promise is no rule"
    assert len(shown()) == 25


def test_a_schedule_in_utc_needs_no_zone() -> None:
    plan("a", "0 9 * * *", *DAILY)
    assert "VTIMEZONE" not in body()
    assert "DTSTART:20260617T090000Z" in body().splitlines()


def test_each_time_of_a_day_is_a_rule_of_its_own() -> None:
    plan("a", "30 6,18 * * *", zone="Europe/Berlin")
    rules = [(event.rrule.value, event.uid.value) for event in events()]
    assert rules == [
        ("FREQ=DAILY;UNTIL=20260721T163000Z", "default-dep_a-1830-projected@qoder-dashboard"),
        ("FREQ=DAILY;UNTIL=20260721T043000Z", "default-dep_a-0630-projected@qoder-dashboard"),
    ]
    assert len(shown()) == 71


@pytest.mark.parametrize(
    "expression", ["0 9 1,15 * *", "0 9 1 * 1", "0 9 * * 5#3", "0 9 L,1 * *", "0 9 * 6,7 *"]
)
def test_what_no_weekly_rule_says_is_one_entry_for_each_instant(expression: str) -> None:
    plan("a", expression, zone="Europe/Berlin")
    assert "RRULE" not in body()
    assert len(events()) == len(shown()) > 1


def test_a_moved_promise_is_an_entry_beside_its_rule() -> None:
    plan("a", "0 9 * * *", *DAILY[:2], DAILY[2] + HOUR, *DAILY[3:])
    assert [day.at for day in shown()][:5] == [*DAILY[:2], DAILY[2] + HOUR, *DAILY[3:]]
    [rule] = [event for event in events() if hasattr(event, "exdate")]
    assert rule.exdate.value == [DAILY[2]]


def test_a_missed_slot_is_an_exception_of_its_rule() -> None:
    plan("a", "0 9 * * *", *DAILY)
    for n, outcome in enumerate(("on time", "missed", "late", "on time")):
        slot(NINE - n * DAY, outcome)
    assert [(day.at, day.summary) for day in shown()][:5] == [
        (NINE - 3 * DAY, "a"),
        (NINE - 2 * DAY, "a"),
        (NINE - DAY, "missed: a"),
        (NINE, "a"),
        (DAILY[0], "a"),
    ]
    [exception] = [event for event in events() if hasattr(event, "recurrence_id")]
    assert exception.recurrence_id.value == exception.dtstart.value == NINE - DAY
    assert len(events()) == 3


@pytest.mark.parametrize(
    ("outcome", "title"),
    [
        ("missed", "missed: a"),
        ("unobserved", "not seen: a"),
        ("skipped", "skipped: a"),
        ("on time", "a"),
        ("late", "a"),
        ("running", "a"),
        ("due", "a"),
    ],
)
def test_the_title_names_the_outcome_of_a_slot(outcome: str, title: str) -> None:
    plan("a", "")
    slot(NINE, outcome)
    assert [(event.summary.value, event.dtstart.value) for event in events()] == [(title, NINE)]


def test_a_withdrawn_slot_is_no_entry() -> None:
    plan("a", "")
    slot(NINE, "withdrawn", reason="moved")
    assert events() == []


def test_a_promise_kept_as_a_slot_and_in_the_record_is_one_entry() -> None:
    plan("a", "0 9 * * *", *DAILY)
    slot(DAILY[0])
    assert len({day.at for day in shown()}) == len(shown()) == 35


def test_entries_keep_their_uids_from_call_to_call() -> None:
    plan("a", "0 9 * * *", *DAILY)
    first, second = events(), events(now=NOW + 20 * MINUTE)
    assert [event.uid.value for event in first] == [event.uid.value for event in second]
    assert [event.uid.value for event in first] == [
        "default-dep_a-0900@qoder-dashboard",
        "default-dep_a-0900-projected@qoder-dashboard",
    ]


def test_a_projected_instant_is_promised_and_then_past() -> None:
    at = NINE + 6 * DAY
    words = []
    for now, upcoming, outcome in ((NOW, DAILY, ""), (NOW + DAY, [*DAILY[1:], at], ""), (at, [at], "missed")):
        plan("a", "0 9 * * *", *upcoming)
        if outcome:
            slot(at, outcome)
        [day] = [day for day in shown(now=now) if day.at == at]
        words.append(day.summary)
    assert words == ["projected: a", "a", "missed: a"]


def test_a_single_entry_is_named_by_its_instant() -> None:
    plan("a", "", DAILY[0])
    assert shown()[0].uid == "default-dep_a-20260617T090000Z@qoder-dashboard"


def test_a_promise_that_passed_unseen_is_not_seen() -> None:
    plan("a", "0 9 * * *", NINE, *DAILY)
    assert [(day.at, day.summary) for day in shown()][:2] == [(NINE, "not seen: a"), (DAILY[0], "a")]


@pytest.mark.parametrize(
    ("usual_ms", "length"),
    [
        (None, 5 * MINUTE),
        (0, 5 * MINUTE),
        (299_999, 5 * MINUTE),
        (300_000, 5 * MINUTE),
        (5_400_000, 90 * MINUTE),
        (86_400_000, DAY),
        (86_400_001, DAY),
        (2**53 - 1, DAY),
    ],
)
def test_an_entry_is_as_long_as_a_run_usually_takes(usual_ms: int | None, length: timedelta) -> None:
    plan("a", "0 9 * * *", *DAILY)
    Deployment.objects.update(usual_ms=usual_ms)
    assert {event.duration.value for event in events()} == {length}


def test_prompts_errors_and_records_stay_out_of_the_feed() -> None:
    secret = "hidden-words"
    plan(
        "a",
        "0 9 * * *",
        *DAILY,
        initial_events=[{"type": "user.message", "content": secret}],
        description=secret,
        metadata={"note": secret},
    )
    error = {"type": secret, "message": secret}
    [run] = stored_runs(run_record(1, NINE, "failed", error=error))
    slot(NINE, "on time", run_id=run.run_id)
    assert secret not in body().replace("\r\n ", "")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"a", "b"}),
        ("q=b", {"b"}),
        ("agent_id=agent_b", {"b"}),
        ("health=failing", {"a"}),
        ("q=none", set()),
        ("view=day&date=2026-01-01&tz=Asia/Shanghai", {"a", "b"}),
        ("account=other", set()),
        ("include_archived=true", {"a", "b", "c"}),
    ],
)
def test_the_filters_of_the_lists_choose_the_entries(query: str, names: set[str]) -> None:
    stored_deployments(
        scheduled("a", "0 9 * * *", *DAILY),
        scheduled("b", "0 10 * * *", agent={"id": "agent_b"}),
        scheduled("c", "0 9 * * *", *DAILY, archived_at="2026-06-16T00:00:00Z"),
    )
    stored_runs(run_record(1, NINE, "failed"))
    slot(NINE, "missed", "c")
    assert {event.summary.value.split(": ")[-1] for event in events(query)} == names


def test_the_view_and_its_days_do_not_change_the_feed() -> None:
    plan("a", "0 9 * * *", *DAILY)
    assert body("view=month&date=2020-01-01&tz=Asia/Kathmandu") == body()


def test_the_name_of_the_calendar_names_its_filters() -> None:
    assert vobject.readOne(body()).contents["x-wr-calname"][0].value == "Agent runs"
    assert (
        vobject.readOne(body("q=nightly")).contents["x-wr-calname"][0].value == "Agent runs: matching nightly"
    )


def test_a_feed_is_not_paged() -> None:
    stored_deployments(*(scheduled(f"{n:03}", "", *DAILY) for n in range(60)))
    assert len(events()) == 300


def test_a_feed_covers_a_week_back_and_five_weeks_ahead() -> None:
    plan("a", "0 0 * * *")
    midnight = NOW.replace(hour=0, minute=0)
    for at in (midnight - 7 * DAY - MINUTE, midnight - 7 * DAY, midnight + 36 * DAY):
        slot(at, "missed")
    days = [day.at for day in shown()]
    assert (days[0], days[-1]) == (midnight - 7 * DAY, midnight + 35 * DAY)


def test_a_frequent_deployment_is_not_projected() -> None:
    plan("a", "*/5 * * * *", *(NOW.replace(minute=45) + n * 5 * MINUTE for n in range(5)))
    slot(NINE, "missed")
    assert [event.summary.value for event in events()] == ["missed: a"] + ["a"] * 5


@pytest.mark.parametrize("changes", [{"status": "paused"}, {"archived_at": "2026-06-16T00:00:00Z"}])
def test_a_deployment_that_will_not_fire_keeps_only_what_it_missed(changes: dict[str, Any]) -> None:
    plan("a", "0 9 * * *", *DAILY, **changes)
    slot(NINE, "missed")
    assert [event.summary.value for event in events("include_archived=true")] == ["missed: a"]


@pytest.mark.parametrize("name", ["a, b; c\\d", "line\nbreak", "🙂" * 60, "BEGIN:VEVENT", "x" * 500])
def test_a_name_cannot_break_the_format(name: str) -> None:
    stored_deployments(scheduled("a", "", DAILY[0]) | {"name": name})
    [event] = events()
    assert event.summary.value == name
    assert all(len(line.encode()) <= 75 for line in body().split("\r\n"))


def test_a_deployment_without_a_name_is_called_by_its_id() -> None:
    stored_deployments(scheduled("a", "", DAILY[0]) | {"name": ""})
    assert events()[0].summary.value == "dep_a"


@pytest.mark.parametrize("upcoming", [None, "soon", {}, [], [None, 7, "", "2026-99-99T00:00:00Z"]])
def test_unreadable_promises_leave_what_is_projected(upcoming: Any) -> None:
    schedule = {"expression": "0 9 * * *", "timezone": "UTC", "upcoming_runs_at": upcoming}
    stored_deployments(scheduled("a") | {"schedule": json.loads(json.dumps(schedule))})
    assert len(shown()) == 35


def test_an_unreadable_schedule_is_not_projected() -> None:
    plan("a", "61 * * * *", *DAILY, zone="Mars/Olympus")
    assert [event.dtstart.value for event in events()] == DAILY
    assert events()[0].description.value == " (61 * * * *, Mars/Olympus)"


def test_unusable_parameters_change_nothing_in_the_feed() -> None:
    plan("a", "0 9 * * *", *DAILY)
    query = filters.calendar(QueryDict("view=nonsense&date=2026-02-30&tz=Mars"), Words())
    assert len(query.ignored) == 3
    assert ics.feed(query, Snapshot(NOW), str) == ics.feed(asked(), Snapshot(NOW), str)


# What a file is bounded by.


def description(text: str) -> str:
    """The sentence of what is left out; empty where nothing is."""
    lines = vobject.readOne(text).contents.get("x-wr-caldesc", [])
    return lines[0].value.replace("\\", "") if lines else ""


def many(number: int) -> None:
    stored_deployments(*(scheduled(f"{n:03}", "0 9 * * *", *DAILY) for n in range(number)))


def test_a_complete_file_says_nothing_of_its_size() -> None:
    many(3)
    assert description(body()) == ""
    assert "not complete" not in body()


def test_what_has_no_room_is_named_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    many(60)
    whole = len(body())
    monkeypatch.setattr(ics_file, "MOST_BYTES", 10_000 + whole * 3 // 4)
    caches["calendars"].clear()
    text = body()
    assert len(text) < whole
    assert len({event.url.value for event in events() if hasattr(event, "url")}) == 60, (
        "what is promised comes before what is projected"
    )
    projected = {day.uid for day in shown() if day.summary.startswith("projected")}
    assert 0 < len(projected) < 60
    sentence = (
        f"Left out, to keep this file small: what is projected for {60 - len(projected)} deployments."
        " The filters of the calendar choose fewer deployments."
    )
    assert description(text) == sentence
    [notice] = [
        event for event in vobject.readOne(text).contents["vevent"] if "not complete" in event.summary.value
    ]
    assert notice.dtstart.value == NOW.date()
    assert notice.description.value == sentence


def test_where_promises_alone_have_no_room_deployments_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    many(60)
    monkeypatch.setattr(ics_file, "MOST_BYTES", 15_000)
    monkeypatch.setattr(ics, "CHUNK", 7)
    text = body()
    assert len(text) < 15_000
    taken = len({day.uid for day in shown()})
    assert 0 < taken < 60
    left_out = f"{60 - taken} deployments; what is projected for {taken} deployments. "
    assert description(text).startswith(f"Left out, to keep this file small: {left_out}")
    assert [day.summary for day in shown()][:1] == ["000"], "by name"


def test_chunks_of_deployments_make_the_same_file(monkeypatch: pytest.MonkeyPatch) -> None:
    many(20)
    whole = body()
    caches["calendars"].clear()
    monkeypatch.setattr(ics, "CHUNK", 7)
    assert body() == whole


def test_of_a_frequent_deployment_the_nearest_troubles_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    plan("a", "*/5 * * * *", NOW + 3 * MINUTE)
    for n in range(8):
        slot(NINE - n * 5 * MINUTE, "on time" if n == 2 else "missed")
    assert [day.at for day in shown()][-2:] == [NINE, NOW + 3 * MINUTE]
    assert len(shown()) == 8, "one that ran on time is no entry"
    assert description(body()) == ""
    for name, most, kept in (("MOST_OF_ONE", 4, 4), ("MOST_FREQUENT", 2, 3)):
        with monkeypatch.context() as bounds:
            bounds.setattr(ics_instants, name, most)
            caches["calendars"].clear()
            assert [day.at for day in shown()] == [
                *sorted(NINE - n * 5 * MINUTE for n in (0, 1, 3, 4)[: kept - 1]),
                NOW + 3 * MINUTE,
            ]
            sentence = "older entries of deployments that fire 8 times a day or more."
            assert f"Left out, to keep this file small: {sentence}" in description(body())


def test_a_file_is_made_once_for_a_version_of_the_mirror(
    django_assert_num_queries: Any, account: Account
) -> None:
    assert account.name == "default"
    live()
    plan("a", "0 9 * * *", *DAILY)
    first = body()
    with django_assert_num_queries(1):  # the feeds
        assert body(now=NOW + timedelta(seconds=5)) == first
    assert body("q=none") != first, "another question"
    Deployment.objects.update(name="b")
    assert body() == first
    Feed.objects.update(version=F("version") + 1)
    assert "SUMMARY:b" in body()


def test_a_file_is_made_anew_where_time_alone_goes_on() -> None:
    plan("a", "0 9 * * *", *DAILY)
    assert body(now=NOW + DAY) != body()


def test_another_address_of_the_site_is_another_file() -> None:
    plan("a", "0 9 * * *", *DAILY)
    body()
    other = ics.feed(asked(), Snapshot(NOW), lambda path: f"https://other.example{path}").decode()
    assert "https://other.example/deployments/dep_a/" in other
