"""The calendar as a feed, read back by another reader of iCalendar than the one that writes it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vobject  # type: ignore[import-untyped] # it has none
from django.http import QueryDict

from dashboard import filters
from dashboard.models import Deployment
from dashboard.services.exports import ics
from dashboard.services.status.snapshot import Snapshot
from tests.calendars import asked, plan, scheduled, slot
from tests.factories import NOW, run_record, stored_deployments, stored_runs
from tests.vocabulary import Words

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NINE = NOW.replace(hour=9, minute=0)
DAILY = [NINE + n * DAY for n in range(1, 6)]


def body(query: str = "", now: datetime = NOW) -> str:
    return ics.feed(asked(query), Snapshot(now), lambda path: f"https://dash.example{path}").decode()


def events(query: str = "", now: datetime = NOW) -> list[Any]:
    """The entries of the feed in time order."""
    entries = vobject.readOne(body(query, now)).contents.get("vevent", [])
    return sorted(entries, key=lambda event: event.dtstart.value)


def test_promises_and_what_is_projected_are_entries_of_a_calendar() -> None:
    plan("a", "0 9 * * *", *DAILY)
    entries = events()
    assert [event.dtstart.value for event in entries] == [NINE + n * DAY for n in range(1, 36)]
    assert [event.summary.value for event in entries] == ["a"] * 5 + ["projected: a"] * 30
    assert [event.status.value for event in entries] == ["CONFIRMED"] * 5 + ["TENTATIVE"] * 30
    assert {event.transp.value for event in entries} == {"TRANSPARENT"}
    assert {event.url.value for event in entries} == {"https://dash.example/deployments/dep_a/"}
    assert {event.description.value for event in entries} == {"At 09:00 (0 9 * * *, UTC)"}
    assert {event.dtstamp.value for event in entries} == {NOW}


def test_every_entry_starts_in_utc_whatever_the_zone_of_the_job() -> None:
    plan("a", "0 9 * * *", datetime(2026, 6, 17, 1, tzinfo=UTC), zone="Asia/Shanghai")
    entries = [line for line in body().splitlines() if line.startswith("DTSTART")]
    assert entries[:2] == ["DTSTART:20260617T010000Z", "DTSTART:20260618T010000Z"]
    assert all(line.endswith("T010000Z") for line in entries)


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
    uids = [event.uid.value for event in events()]
    assert len(uids) == len(set(uids)) == 35


def test_the_same_instant_keeps_its_uid_from_call_to_call() -> None:
    plan("a", "0 9 * * *", *DAILY)
    first, second = events(), events(now=NOW + 5 * MINUTE)
    assert [event.uid.value for event in first] == [event.uid.value for event in second]


def test_a_projected_instant_keeps_its_uid_when_it_is_promised_and_when_it_is_past() -> None:
    at = NINE + 6 * DAY
    uids, words = [], []
    plan("a", "0 9 * * *", *DAILY)
    for now, upcoming, outcome in ((NOW, DAILY, ""), (NOW + DAY, [*DAILY[1:], at], ""), (at, [at], "missed")):
        plan("a", "0 9 * * *", *upcoming)
        if outcome:
            slot(at, outcome)
        [event] = [event for event in events(now=now) if event.dtstart.value == at]
        uids.append(event.uid.value)
        words.append(event.summary.value)
    assert words == ["projected: a", "a", "missed: a"]
    assert set(uids) == {"default-dep_a-20260622T090000Z@qoder-dashboard"}


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
    assert vobject.readOne(body("q=nightly")).contents["x-wr-calname"][0].value == "Agent runs: q nightly"


def test_a_feed_is_not_paged() -> None:
    stored_deployments(*(scheduled(f"{n:03}", "", *DAILY) for n in range(60)))
    assert len(events()) == 300


def test_a_feed_covers_a_week_back_and_five_weeks_ahead() -> None:
    plan("a", "0 0 * * *")
    midnight = NOW.replace(hour=0, minute=0)
    for at in (midnight - 7 * DAY - MINUTE, midnight - 7 * DAY, midnight + 36 * DAY):
        slot(at, "missed")
    entries = [event.dtstart.value for event in events()]
    assert (entries[0], entries[-1]) == (midnight - 7 * DAY, midnight + 35 * DAY)


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
    assert len(events()) == 35


def test_an_unreadable_schedule_is_not_projected() -> None:
    plan("a", "61 * * * *", *DAILY, zone="Mars/Olympus")
    assert [event.dtstart.value for event in events()] == DAILY
    assert events()[0].description.value == " (61 * * * *, Mars/Olympus)"


def test_unusable_parameters_change_nothing_in_the_feed() -> None:
    plan("a", "0 9 * * *", *DAILY)
    query = filters.calendar(QueryDict("view=nonsense&date=2026-02-30&tz=Mars"), Words())
    assert len(query.ignored) == 3
    assert ics.feed(query, Snapshot(NOW), str) == ics.feed(asked(), Snapshot(NOW), str)
