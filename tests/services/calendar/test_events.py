"""What stands in a calendar: what happened, what is promised, what is projected, each where it belongs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.models import Deployment
from dashboard.services.calendar import events
from dashboard.services.calendar.events import CalendarDeployments
from tests.calendars import (
    bars_of,
    day_of,
    density_of,
    entries_of,
    entry_of,
    placed,
    plan,
    scheduled,
    shown,
    slot,
    time_of,
)
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs

pytestmark = pytest.mark.django_db
SEEDS = Path(__file__).parents[2] / "simulator" / "seeds"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TODAY = NOW.replace(hour=0, minute=0)
NINE = NOW.replace(hour=9, minute=0)
WORDS = {"started": "outcome not reported"}
OUTCOMES = ["pending", "running", "completed", "failed", "skipped"]


def documented() -> Deployment:
    """The deployment of the API's documentation."""
    seeds = json.loads((SEEDS / "deployments.json").read_text())["data"]
    [record] = [record for record in seeds if record["id"] == "dep_019ec556114c78f8b60ee34fcb98bf59"]
    return stored_deployments(record)[0]


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (datetime(2026, 6, 14, 9, tzinfo=UTC), "due"),
        (datetime(2026, 11, 22, 9, tzinfo=UTC), "unobserved"),
    ],
)
def test_the_documented_deployment_is_at_nine_in_shanghai(now: datetime, state: str) -> None:
    documented()
    page = shown("date=2026-06-15&tz=Asia/Shanghai", now)
    expected = [(f"2026-06-{day}", "09:00", state) for day in range(15, 20)]
    assert [entry for entry in placed(page) if entry[2] != "projected"] == expected
    assert page.zone == "Asia/Shanghai"


def test_beyond_the_documented_promises_the_schedule_is_projected() -> None:
    documented()
    page = shown("date=2026-06-15&tz=Asia/Shanghai", datetime(2026, 6, 14, 9, tzinfo=UTC))
    assert placed(page)[5:] == [("2026-06-20", "09:00", "projected"), ("2026-06-21", "09:00", "projected")]
    assert page.promised_text == "Promised until Fri 19 Jun 09:00; projected from then on"


@pytest.mark.parametrize("status", [*OUTCOMES, "started"])
def test_a_run_of_each_outcome_is_an_entry_that_leads_to_it(status: str) -> None:
    plan("a", "")
    stored_runs(run_record(1, NINE, status))
    entry = entry_of(shown())
    assert (entry.state, time_of(entry), entry.url) == (status, "09:00", f"/runs/drun_{1:032x}/")
    assert entry.title == f"a, Tue 16 Jun 09:00 UTC: {WORDS.get(status, status)}"


def test_an_unknown_outcome_is_drawn_neutral_with_its_word() -> None:
    plan("a", "")
    stored_runs(run_record(1, NINE, "cancelled"))
    entry = entry_of(shown())
    assert (entry.state, entry.glyph, entry.title[-9:]) == ("unknown", "unknown", "cancelled")
    assert entry.label == "cancelled"


def test_a_manual_run_is_an_entry_like_any_other() -> None:
    plan("a", "")
    stored_runs(run_record(1, NINE + 7 * MINUTE, trigger_context={"type": "manual"}))
    assert placed(shown()) == [("2026-06-16", "09:07", "completed")]


@pytest.mark.parametrize(
    ("outcome", "text", "state"),
    [
        ("missed", "missed: promised, and no run came", "missed"),
        ("unobserved", "not seen: nobody was looking, and no run is known", "unobserved"),
        ("due", "promised", "due"),
    ],
)
def test_a_slot_without_a_run_is_an_entry_that_leads_to_its_deployment(
    outcome: str, text: str, state: str
) -> None:
    plan("a", "")
    slot(NINE, outcome)
    entry = entry_of(shown())
    assert (entry.state, entry.url) == (state, "/deployments/dep_a/")
    assert entry.title.endswith(text)


@pytest.mark.parametrize("reason", ["paused", "archived", "edited", "moved"])
def test_a_withdrawn_slot_shows_its_reason(reason: str) -> None:
    plan("a", "")
    slot(NINE, "withdrawn", reason=reason)
    entry = entry_of(shown())
    assert (entry.state, entry.note) == ("withdrawn", reason)
    assert entry.title.endswith(f"withdrawn before it was due, {reason}")


@pytest.mark.parametrize("outcome", ["on time", "late", "skipped", "running"])
def test_a_slot_that_a_run_met_is_shown_by_its_run_alone(outcome: str) -> None:
    plan("a", "")
    [run] = stored_runs(run_record(1, NINE + 5 * MINUTE))
    slot(NINE, outcome, run_id=run.run_id, late_s=300)
    assert placed(shown()) == [("2026-06-16", "09:05", "completed")]


@pytest.mark.parametrize(
    ("outcome", "late_s", "note"),
    [("late", 300, "+5 min"), ("late", 61, "+1 min"), ("late", 60, ""), ("on time", 300, "")],
)
def test_a_late_run_shows_its_delay(outcome: str, late_s: float, note: str) -> None:
    plan("a", "")
    [run] = stored_runs(run_record(1, NINE))
    slot(NINE - timedelta(seconds=late_s), outcome, run_id=run.run_id, late_s=late_s)
    assert entry_of(shown()).note == note


def test_the_future_is_promised_and_then_projected() -> None:
    plan("a", "0 9 * * *", NINE + DAY, NINE + 2 * DAY)
    slot(NINE + DAY)
    assert placed(shown()) == [
        ("2026-06-17", "09:00", "due"),
        ("2026-06-18", "09:00", "due"),
        ("2026-06-19", "09:00", "projected"),
        ("2026-06-20", "09:00", "projected"),
        ("2026-06-21", "09:00", "projected"),
    ]


def test_without_any_promise_the_projection_begins_now() -> None:
    plan("a", "0 9,10 * * *")
    assert placed(shown())[0] == ("2026-06-16", "10:00", "projected")


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "paused", "paused_reason": {"type": "manual"}},
        {"status": "paused", "paused_reason": {"type": "error"}},
        {"archived_at": "2026-06-16T00:00:00Z"},
        {"status": "draining"},
    ],
)
def test_a_deployment_that_will_not_fire_promises_nothing(changes: dict[str, Any]) -> None:
    row = plan("a", "0 9 * * *", NINE + DAY, **changes)
    page = shown("include_archived=true")
    assert placed(page) == []
    assert page.promised_text == ""
    assert events.promised_until(row, NOW) is None


def test_a_deployment_gone_from_the_api_promises_nothing() -> None:
    plan("a", "0 9 * * *", NINE + DAY)
    Deployment.objects.update(gone_at=NOW, next_run_at=None)
    page = shown("include_archived=true")
    assert (placed(page), page.notices) == ([], ())


def test_an_archived_deployment_is_shown_only_when_asked_for() -> None:
    plan("a", archived_at="2026-06-16T09:30:00Z")
    stored_runs(run_record(1, NINE))
    assert placed(shown()) == []
    assert placed(shown("include_archived=true")) == [("2026-06-16", "09:00", "completed")]
    assert placed(shown("health=archived")) == [("2026-06-16", "09:00", "completed")]


GARBAGE: list[Any] = [
    None,
    7,
    True,
    {},
    [],
    "",
    "soon",
    "2026-06-17",
    "2026-13-40T00:00:00Z",
    "\ud800T",
    "x" * 1000,
]


@pytest.mark.parametrize(
    "upcoming",
    [
        None,
        "2026-06-17T09:00:00Z",
        {"0": "2026-06-17T09:00:00Z"},
        7,
        [],
        GARBAGE,
        [[["2026-06-17T09:00:00Z"]]],
    ],
)
@pytest.mark.parametrize("view", ["week", "month", "day", "agenda"])
def test_unreadable_promises_lose_nothing_else(view: str, upcoming: Any) -> None:
    schedule = {"expression": "0 9 * * *", "timezone": "UTC", "upcoming_runs_at": upcoming}
    stored_deployments(deployment_record(schedule=json.loads(json.dumps(schedule))))
    stored_runs(run_record(1, NINE))
    page = shown(f"view={view}")
    assert day_of(page, "2026-06-16").totals.completed == 1
    if view == "week":
        assert [state for *_, state in placed(page)] == ["completed"] + ["projected"] * 5


@pytest.mark.parametrize("schedule", [None, "daily", [], {}, {"expression": None}, {"upcoming_runs_at": {}}])
def test_an_unreadable_schedule_leaves_the_runs(schedule: Any) -> None:
    stored_deployments(deployment_record(schedule=schedule))
    stored_runs(run_record(1, NINE))
    assert placed(shown()) == [("2026-06-16", "09:00", "completed")]


def test_promises_are_read_in_order_and_each_once() -> None:
    promised = ["2026-06-18T09:00:00Z", "nonsense", "2026-06-17T17:00:00+08:00", None, "2026-06-17T09:00:00Z"]
    schedule = {"expression": "0 9 * * *", "timezone": "UTC", "upcoming_runs_at": promised}
    [row] = stored_deployments(deployment_record(schedule=schedule))
    assert row.promises == [NINE + DAY, NINE + 2 * DAY]
    assert [state for *_, state in placed(shown())] == ["due", "due", "projected", "projected", "projected"]


@pytest.mark.parametrize("expression", ["61 * * * *", "nonsense", "0 9 * * * *", "@daily", "0 0 30 2 *"])
def test_an_unreadable_expression_loses_no_promise_and_no_run(expression: str) -> None:
    plan("a", expression, NINE + DAY)
    stored_runs(run_record(1, NINE))
    assert placed(shown()) == [("2026-06-16", "09:00", "completed"), ("2026-06-17", "09:00", "due")]


@pytest.mark.parametrize("query", ["", "tz=job", "view=month&tz=job"])
def test_a_zone_that_does_not_exist_loses_no_promise_and_no_run(query: str) -> None:
    plan("a", "0 9 * * *", NINE + DAY, zone="Mars/Olympus")
    stored_runs(run_record(1, NINE))
    assert [(date, state) for date, _, state in placed(shown(query))] == [
        ("2026-06-16", "completed"),
        ("2026-06-17", "due"),
    ]


def test_deployments_are_parted_by_how_frequently_they_fire() -> None:
    rows = stored_deployments(
        scheduled("infrequent", "0 9 * * *"),
        scheduled("frequent", "*/5 * * * *"),
        scheduled("hand", ""),
        scheduled("odd", "*/5 * * * *", zone="Mars/Olympus"),
    )
    deployments = CalendarDeployments.of(rows)
    assert {row.name for row in deployments.infrequent.values()} == {"infrequent", "hand"}
    assert {row.name for row in deployments.frequent.values()} == {"frequent", "odd"}
    assert set(deployments.all) == {row.key for row in rows}


def test_days_to_come_are_not_searched_for_runs() -> None:
    plan("a", "")
    stored_runs(run_record(1, NINE + 30 * DAY))
    assert placed(shown("date=2026-07-16")) == []


def test_a_deployment_without_a_name_is_called_by_its_id() -> None:
    stored_deployments(scheduled("a", "") | {"name": ""})
    stored_runs(run_record(1, NINE))
    assert entry_of(shown()).name == "dep_a"
    assert entry_of(shown("view=month")).name == "dep_a"


def test_filters_narrow_every_kind_of_entry() -> None:
    stored_deployments(
        scheduled("a", "0 9 * * *", NINE + DAY), scheduled("b", "0 10 * * *", NINE + DAY + HOUR)
    )
    stored_runs(run_record(1, NINE), run_record(2, NINE, deployment_id="dep_b"))
    slot(NINE - HOUR, "missed")
    slot(NINE - HOUR, "missed", "b")
    names = {entry.name for entry in entries_of(shown("q=b"))}
    assert names == {"b"}


@pytest.mark.parametrize("view", ["week", "month"])
def test_a_promise_first_read_after_its_run_is_not_unobserved(view: str) -> None:
    plan("a", "0 9 * * *", TODAY + 9 * HOUR)
    stored_runs(run_record(1, TODAY + 9 * HOUR + timedelta(seconds=4)))
    entries = day_of(shown(f"view={view}"), "2026-06-16").entries.earlier
    assert [entry.state for entry in entries if entry.state in ("unobserved", "completed")] == ["completed"]


def test_a_promise_kept_as_a_slot_is_shown_once_however_many_slots_there_are() -> None:
    plan("a", "0 9 * * *", TODAY + 9 * HOUR)
    for n in range(4):
        slot(TODAY + n * HOUR, "on time")
    slot(TODAY + 9 * HOUR, "on time")
    assert [entry.state for entry in day_of(shown(), "2026-06-16").entries.earlier] == []


@pytest.mark.parametrize("expression", ["0 9 * * *", "0 * * * *"])
def test_a_due_slot_that_is_to_come_again_is_shown_where_the_api_still_lists_it(expression: str) -> None:
    plan("a", expression, NOW + 2 * HOUR)
    slot(NOW + HOUR)  # its time had come before the clock was set back
    slot(NOW + 2 * HOUR)
    assert [bar[:5] for bar in bars_of(shown("view=day")) if "projected" not in bar] == [
        f"{NOW + 2 * HOUR:%H:%M}"
    ]
    assert day_of(shown("view=month"), "2026-06-16").totals.promised == 1


@pytest.mark.parametrize("now", [NOW, TODAY])
def test_what_comes_at_the_first_instant_of_a_day_is_in_it(now: datetime) -> None:
    plan("a", "0 0 * * *", TODAY + DAY)
    assert bars_of(shown("view=day&date=2026-06-20", now)) == [
        "00:00 a, projected from its schedule, not promised yet, usual length not known"
    ]
    assert bars_of(shown("view=day&date=2026-06-17", now)) == ["00:00 a, promised, usual length not known"]
    assert bars_of(shown("view=day&date=2026-06-16", now)) == []


def test_an_hourly_deployment_is_projected_in_each_hour_of_a_day() -> None:
    plan("a", "0 * * * *", NINE + HOUR)
    day = density_of(day_of(shown("date=2026-06-20"), "2026-06-20"))
    assert (day.coming, day.bars[0].text) == (24, "00:00: 1 projected")


def test_a_promise_at_the_first_instant_of_a_view_is_in_it() -> None:
    plan("a", "0 * * * *", TODAY + 6 * DAY, TODAY + 6 * DAY + HOUR)
    day = density_of(day_of(shown("date=2026-06-22"), "2026-06-22"))
    assert day.bars[0].text == "00:00: 1 promised"
    assert day.coming == 24
