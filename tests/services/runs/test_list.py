"""The runs page: every filter against one written by hand, and what a row and a page say."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict

from dashboard.services.cloud.accounts import Account
from dashboard.services.exports import csv_json
from dashboard.services.lists import listing
from dashboard.services.lists.listing import Listing
from dashboard.services.lists.questions import read_question
from dashboard.services.runs import list as run_list
from dashboard.services.runs import rows as run_rows
from dashboard.services.runs.rows import RunRow, session_url
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.sync.store import mark_run_gone
from dashboard.web.components import Count, DurationBar
from tests.factories import (
    NOW,
    Record,
    deployment_record,
    run_record,
    stored_deployments,
    stored_runs,
)
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
HOUR = timedelta(hours=1)
NAMES = {"dep_a": "Nightly report", "dep_b": "weekly Digest", "dep_c": ""}


def ask(query: str = "", now: datetime = NOW) -> Listing[RunRow]:
    """The page of runs that a query string asks for."""
    return run_list.list_runs(read_question("runs", QueryDict(query), Snapshot(now)), Snapshot(now))


def shown(query: str = "", now: datetime = NOW) -> list[str]:
    return [row.id for row in ask(query, now).rows]


def world() -> list[tuple[str, Record]]:
    """Sixty runs of two accounts, everything about them mixed."""
    dice = random.Random(11)  # noqa: S311 - a world made up for a test
    made = []
    for n in range(60):
        status = dice.choice(["completed", "failed", "running", "pending", "skipped"])
        minutes = dice.randrange(0, 4 * 24 * 60)
        record = run_record(n, NOW - timedelta(minutes=minutes), status)
        record["deployment_id"] = dice.choice(["dep_a", "dep_b", "dep_c", "dep_unread"])
        record["agent"]["id"] = dice.choice(["agent_a", "agent_b"])
        record["trigger_context"]["type"] = dice.choice(["schedule", "manual", "retry"])
        if status == "completed":
            record["duration_ms"] = dice.choice([900, 60_000, 60_001, 900_000])
        if status == "failed":
            record["error"]["type"] = dice.choice(["timeout_error", "quota_error"])
            record["duration_ms"] = dice.choice([0, 59_999, 3_600_000])
        if dice.random() < 0.1:
            record["error"] = {"message": "Recovered"}  # an error on whatever status, without a type
        made.append((dice.choice(["default", "other"]), record))
    return made


@pytest.fixture
def stored(settings: Any, account: Account) -> list[tuple[str, Record]]:
    """That world in the mirror."""
    settings.ACCOUNTS = (account, replace(account, name="other"))
    made = world()
    for name in ("default", "other"):
        live(name)
        named = [deployment_record(key[-1]) | {"name": name} for key, name in NAMES.items()]
        stored_deployments(*named, account=name)
        stored_runs(*(record for row, record in made if row == name), account=name)
    return made


Shown = Callable[[str, Record], Any]


def moment(record: Record) -> datetime:
    return datetime.fromisoformat(record["triggered_at"])


def error_of(record: Record, key: str) -> str:
    return str((record["error"] or {}).get(key, ""))


def holds(record: Record, text: str) -> bool:
    named = record["deployment_id"], NAMES.get(record["deployment_id"])
    in_name = named[1] is not None and any(text.lower() in (place or "").lower() for place in named)
    error = f"{error_of(record, 'type')}\n{error_of(record, 'message')}".lower()
    ids = (record["id"], record.get("session_id") or "")
    by_id = len(text) >= 6 and any(id_.startswith(text) or id_.endswith(text) for id_ in ids)
    return in_name or by_id or (len(text) >= 3 and text.lower() in error)


BY_HAND: dict[str, Shown] = {
    "account=other": lambda account, run: account == "other",
    "account=default&account=other": lambda account, run: True,
    "deployment_id=dep_b": lambda account, run: run["deployment_id"] == "dep_b",
    "deployment_id=dep_c&deployment_id=dep_unread": lambda account, run: (
        run["deployment_id"] in ("dep_c", "dep_unread")
    ),
    "status=failed": lambda account, run: run["status"] == "failed",
    "status=running&status=skipped": lambda account, run: run["status"] in ("running", "skipped"),
    "trigger_type=retry": lambda account, run: run["trigger_context"]["type"] == "retry",
    "has_error=true": lambda account, run: bool(run["error"]),
    "has_error=false": lambda account, run: not run["error"],
    "agent_id=agent_b": lambda account, run: run["agent"]["id"] == "agent_b",
    "q=nightly": lambda account, run: holds(run, "nightly"),
    "q=QUOTA": lambda account, run: holds(run, "quota"),
    "q=Turn 1": lambda account, run: holds(run, "turn 1"),
    "q=dep_c": lambda account, run: holds(run, "dep_c"),
    "q=000001": lambda account, run: holds(run, "000001"),
    "q=sess_0": lambda account, run: holds(run, "sess_0"),
    "since=24h": lambda account, run: moment(run) >= NOW - 24 * HOUR,
    "since=2026-06-15": lambda account, run: run["triggered_at"] >= "2026-06-15",
    "until=yesterday": lambda account, run: run["triggered_at"] < "2026-06-16",
    "until=2026-06-15T12:00Z": lambda account, run: run["triggered_at"] < "2026-06-15T12",
    "min_duration=1m": lambda account, run: run.get("duration_ms", 0) >= 60_000,
    "min_duration=60001ms": lambda account, run: run.get("duration_ms", 0) >= 60_001,
    "error=timeout_error": lambda account, run: error_of(run, "type") == "timeout_error",
    "error=timeout_error&error=quota_error": lambda account, run: error_of(run, "type") != "",
}


def by_hand(made: list[tuple[str, Record]], *known: Shown) -> list[str]:
    rows = [run for account, run in made if all(holds(account, run) for holds in known)]
    return [run["id"] for run in sorted(rows, key=lambda run: (moment(run), run["id"]), reverse=True)]


@pytest.mark.parametrize("query", sorted(BY_HAND))
def test_a_filter_shows_what_a_filter_written_by_hand_finds(
    stored: list[tuple[str, Record]], query: str
) -> None:
    expected = by_hand(stored, BY_HAND[query])
    answer = ask(f"{query}&limit=200")
    assert expected
    assert [row.id for row in answer.rows] == expected
    assert answer.count == Count(len(expected))


@pytest.mark.slow
def test_two_filters_show_what_both_of_them_written_by_hand_find(stored: list[tuple[str, Record]]) -> None:
    pairs = [
        (one, other)
        for one, other in combinations(sorted(BY_HAND), 2)
        if one.split("=")[0] != other.split("=")[0]
    ]
    assert len(pairs) > 150
    for one, other in pairs:
        answer = ask(f"{one}&{other}&limit=200")
        expected = by_hand(stored, BY_HAND[one], BY_HAND[other])
        assert ([row.id for row in answer.rows], answer.count.number) == (expected, len(expected)), (
            one,
            other,
        )


def test_no_filter_shows_everything_newest_first(stored: list[tuple[str, Record]]) -> None:
    assert shown("limit=200") == by_hand(stored)


@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        ("-triggered_at", [1, 2, 3, 4]),
        ("triggered_at", [4, 3, 2, 1]),
        ("-duration", [3, 1, 4, 2]),
        ("duration", [4, 1, 3, 2]),  # what has no duration comes last either way
    ],
)
def test_sorting_sorts_the_whole_set(sort: str, ids: list[int]) -> None:
    lasted = {1: 500, 2: None, 3: 900, 4: 100}
    stored_runs(*(run_record(n, NOW - n * HOUR, "skipped", duration_ms=ms) for n, ms in lasted.items()))
    assert [int(row[-1]) for row in shown(f"sort={sort}")] == ids


def test_the_last_hour_is_an_hour_also_when_the_clock_was_just_set_forward() -> None:
    now = datetime(2026, 3, 29, 3, 30, tzinfo=ZoneInfo("Europe/Berlin"))  # 01:30 UTC, set forward at 01:00
    stored_runs(run_record(1, datetime(2026, 3, 29, 1, 0, tzinfo=UTC)))
    assert len(shown("since=1h", now)) == 1


def test_pills_count_what_each_status_would_show_and_switch_it() -> None:
    live()
    stored_runs(*(run_record(n, NOW, "failed") for n in range(3)), run_record(9, NOW, "skipped"))
    answer = ask("status=failed&q=drun_0")
    by_key = {pill.word: (pill.count.number, pill.current, pill.url) for pill in answer.pills}
    assert by_key == {
        "All": (4, False, "/runs/?q=drun_0"),
        "failed": (3, True, "/runs/?q=drun_0"),
        "running": (0, False, "/runs/?status=failed&status=running&q=drun_0"),
        "pending": (0, False, "/runs/?status=failed&status=pending&q=drun_0"),
        "skipped": (1, False, "/runs/?status=failed&status=skipped&q=drun_0"),
        "completed": (0, False, "/runs/?status=completed&status=failed&q=drun_0"),
    }
    assert (answer.count, answer.total) == (Count(3), Count(4))


def test_a_status_that_the_api_used_gets_a_pill_of_its_own() -> None:
    live(words={"status": ["started", "cancelled", ""]})
    words = [pill.word for pill in ask().pills]
    assert words == [
        "All",
        "failed",
        "running",
        "pending",
        "skipped",
        "completed",
        "outcome not reported",
        "cancelled",
    ]


def test_a_status_asked_for_has_its_pill_also_where_it_was_never_seen() -> None:
    assert "outcome not reported" not in [pill.word for pill in ask().pills]
    assert "outcome not reported" in [pill.word for pill in ask("status=started").pills]


def test_a_count_beyond_the_bound_says_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "COUNT_TO", 11)
    stored_runs(*(run_record(n, NOW, "failed") for n in range(12)), run_record(99, NOW, "skipped"))
    answer = ask("has_error=true&limit=10")
    assert (answer.count, answer.total) == (Count(11, at_least=True), Count(11, at_least=True))
    assert ask("has_error=false&status=skipped").count == Count(1)
    assert ask("has_error=true&status=failed&limit=10").count == Count(11, at_least=True)


def test_a_count_that_stopped_is_no_less_than_what_the_page_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "COUNT_TO", 3)
    stored_runs(*(run_record(n, NOW, "failed") for n in range(5)))
    answer = ask("has_error=true")
    assert answer.count == answer.total == Count(5, at_least=True)
    assert [pill.count for pill in answer.pills if pill.word == "failed"] == [Count(5, at_least=True)]


def test_a_count_at_the_bound_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "COUNT_TO", 3)
    stored_runs(*(run_record(n, NOW, "failed") for n in range(3)))
    assert ask("has_error=true").count == Count(3)


def test_the_pager_leads_on_and_back_with_the_filters_kept() -> None:
    stored_runs(*(run_record(n, NOW - n * HOUR, "failed") for n in range(25)))
    first = ask("status=failed&limit=10")
    assert (first.pager.shown, first.pager.newer_url) == (10, "")
    assert first.pager.older_url.startswith("/runs/?status=failed&limit=10&cursor=")
    second = ask(first.pager.older_url.partition("?")[2])
    assert second.url == first.pager.older_url
    assert [int(row.id[-2:], 16) for row in second.rows] == list(range(10, 20))
    last = ask(second.pager.older_url.partition("?")[2])
    assert (last.pager.shown, last.pager.older_url) == (5, "")
    assert shown(last.pager.newer_url.partition("?")[2]) == [row.id for row in second.rows]
    sizes = [(size.word, size.url, size.current) for size in ask("limit=100&status=failed").pager.sizes]
    assert sizes == [
        ("20", "/runs/?status=failed&limit=20", False),
        ("50", "/runs/?status=failed", False),
        ("100", "/runs/?status=failed&limit=100", True),
        ("200", "/runs/?status=failed&limit=200", False),
    ]


def test_a_place_that_is_gone_knows_the_first_page_and_an_empty_list_does_not() -> None:
    [run] = stored_runs(run_record(1, NOW))
    cursor = run_list.ORDERS["-triggered_at"].cursor(run, backwards=False)
    assert ask(f"cursor={cursor}").first_page_url == "/runs/"
    assert not ask("q=nothing like it").first_page_url
    assert not ask(f"q=nothing like it&cursor={cursor}").first_page_url
    assert not ask().first_page_url


def test_a_cursor_that_is_none_is_named_and_the_first_page_is_shown() -> None:
    [run] = stored_runs(run_record(1, NOW))
    answer = ask("cursor=nonsense&status=completed")
    assert [row.id for row in answer.rows] == [run.run_id]
    assert [(dropped.name, dropped.value) for dropped in answer.filter.ignored] == [("cursor", "nonsense")]
    assert answer.url == "/runs/?status=completed"


def test_column_heads_sort_and_turn_round() -> None:
    heads = ask("status=failed").sorts
    assert (heads["triggered_at"].url, heads["triggered_at"].direction) == (
        "/runs/?status=failed&sort=triggered_at",
        "descending",
    )
    assert (heads["duration"].url, heads["duration"].direction) == (
        "/runs/?status=failed&sort=-duration",
        "",
    )
    turned = ask("sort=duration").sorts
    assert (turned["duration"].url, turned["duration"].direction) == ("/runs/?sort=-duration", "ascending")
    assert (turned["triggered_at"].url, turned["triggered_at"].direction) == ("/runs/", "")


def test_the_spans_lead_to_the_same_list_since_then() -> None:
    span = ask("since=24h&status=failed").span
    assert span is not None
    assert [(s.word, s.url, s.current) for s in span.presets] == [
        ("1h", "/runs/?status=failed&since=1h", False),
        ("today", "/runs/?status=failed&since=today", False),
        ("last night", "/runs/?status=failed&since=last-night&until=last-night", False),
        ("24h", "/runs/?status=failed&since=24h", True),
        ("7d", "/runs/?status=failed&since=7d", False),
        ("30d", "/runs/?status=failed&since=30d", False),
    ]


def test_controls_offer_what_there_is_and_show_what_is_in_force() -> None:
    live(words={"trigger_type": ["webhook"]})
    stored_deployments(*(deployment_record(key[-1]) | {"name": name} for key, name in NAMES.items()))
    answer = ask("deployment_id=dep_gone&deployment_id=dep_b&q=x&has_error=1&status=failed&min_duration=5m")
    controls = {control.name: control for control in answer.controls}
    assert [(o.value, o.text, o.selected) for o in controls["deployment"].options] == [
        ("dep_b", "weekly Digest", True),
        ("dep_gone", "dep_gone", True),  # in force though it has not been read
    ]
    assert (controls["deployment"].placeholder, controls["agent"].placeholder) == ("2 selected", "Any agent")
    assert [o.value for o in controls["trigger_type"].options] == [
        *("", "schedule", "manual", "retry", "webhook")
    ]
    assert [o.text for o in controls["has_error"].options if o.selected] == ["with an error"]
    assert (controls["q"].values, controls["min_duration"].values) == (("x",), ("5m",))
    assert answer.hidden == (("status", "failed"),)  # what has no control travels with the form
    assert answer.path == "/runs/"


def test_a_choice_of_the_account_is_offered_only_where_there_are_two(settings: Any, account: Account) -> None:
    assert "account" not in [control.name for control in ask().controls]
    settings.ACCOUNTS = (account, replace(account, name="other"))
    [control] = [control for control in ask("account=other").controls if control.name == "account"]
    assert [(option.value, option.selected) for option in control.options] == [
        *(("", False), ("default", False), ("other", True))
    ]


def row(record: Record, now: datetime = NOW) -> RunRow:
    [run] = stored_runs(record)
    return run_rows.rows([run], Snapshot(now))[0]


def test_a_row_of_a_completed_run_says_it_all() -> None:
    stored_deployments(deployment_record())
    shown_row = row(run_record(7, NOW))
    assert (shown_row.id, shown_row.url) == (f"drun_{7:032x}", f"/runs/drun_{7:032x}/")
    assert (shown_row.deployment_name, shown_row.deployment_url) == ("a", "/deployments/dep_a/")
    assert (shown_row.badge.word, shown_row.duration, shown_row.note, shown_row.live, shown_row.gone) == (
        *("completed", "17 s", "", False, False),
    )
    assert (shown_row.attempt, shown_row.agent_version, shown_row.trigger_glyph) == (1, 1, "schedule")
    assert shown_row.session_url == f"https://qoder.com/cloud/sessions/sess_{7:032x}"


@pytest.mark.parametrize(
    ("error", "kind", "line"),
    [
        ({"type": "timeout_error", "message": "\n First line\nsecond"}, "timeout_error", "First line"),
        ({"type": "timeout_error", "message": ""}, "timeout_error", ""),
        ({"message": "No type"}, "error", "No type"),
        ({"type": "timeout_error"}, "timeout_error", ""),
    ],
)
def test_a_row_shows_the_first_line_of_the_error(error: Any, kind: str, line: str) -> None:
    shown_row = row(run_record(1, NOW, "failed", error=error))
    assert (shown_row.error_type, shown_row.error_line) == (kind, line)


def test_a_row_without_its_deployment_shows_the_id() -> None:
    assert row(run_record(1, NOW)).deployment_name == "dep_a"


def test_a_row_that_names_no_deployment_leads_to_none() -> None:
    shown_row = row(run_record(1, NOW, deployment_id=None))
    assert (shown_row.deployment_name, shown_row.deployment_url) == ("", "")


def test_a_deployment_of_another_account_lends_no_name() -> None:
    stored_deployments(deployment_record() | {"name": "Not ours"}, account="other")
    assert row(run_record(1, NOW)).deployment_name == "dep_a"


def test_ids_that_are_not_plain_are_escaped_in_addresses() -> None:
    shown_row = row(run_record(1, NOW) | {"id": "a/b?c#d e", "deployment_id": "é/&"})
    assert shown_row.url == "/runs/a%2Fb%3Fc%23d%20e/"
    assert shown_row.deployment_url == "/deployments/%C3%A9%2F%26/"


@pytest.mark.parametrize(
    ("status", "changes", "text"),
    [
        ("running", {}, "9 min"),  # since work began a second after the trigger
        ("running", {"cas_run_extras": {}}, "10 min"),
        ("pending", {}, ""),
        ("skipped", {}, ""),
        ("completed", {"duration_ms": 221_000}, "3 min 41 s"),
        ("completed", {"duration_ms": 0}, "0 s"),
    ],
)
def test_a_duration_grows_while_a_run_is_running(status: str, changes: Record, text: str) -> None:
    assert row(run_record(1, NOW - timedelta(minutes=10), status, **changes)).duration == text


def test_a_note_says_what_no_error_says() -> None:
    assert row(run_record(1, NOW, "skipped")).note == "not started: the API skipped it"
    assert row(run_record(3, NOW, "failed")).note == ""


@pytest.mark.parametrize("status", ["running", "pending"])
def test_a_run_that_left_the_api_says_so_and_is_listed_by_that(status: str) -> None:
    live()
    [run] = stored_runs(run_record(1, NOW, status))
    mark_run_gone(run, NOW)
    result = run_rows.rows([run], Snapshot(NOW))[0]
    assert (result.gone, result.note) == (True, "left the API before it was seen to finish")
    assert (result.badge.word, shown(f"status={status}"), shown("status=left the API")) == (
        "left the API",
        [],
        [run.run_id],
    )


def test_a_run_that_left_the_api_is_not_shown_to_run_on() -> None:
    [run] = stored_runs(run_record(1, NOW - HOUR, "running"))
    run.gone_at = NOW
    result = run_rows.rows([run], Snapshot(NOW))[0]
    assert (result.live, result.duration, result.duration_bar.live) == (False, "", False)


def test_a_failure_without_a_session_has_its_duration_in_its_row_its_file_its_filter_and_its_order() -> None:
    stored_runs(run_record(1, NOW, "failed"), run_record(2, NOW, "skipped"), run_record(3, NOW))
    assert [row.duration for row in ask("sort=-duration").rows] == ["18 s", "17 s", ""]
    assert [(row.id, row.status) for row in ask("min_duration=18s").rows] == [(f"drun_{1:032x}", "failed")]
    query = read_question("runs.csv", QueryDict("min_duration=18s"), Snapshot(NOW))
    exported = csv_json.run_rows(query, Snapshot(NOW), str)
    assert [(row["id"], row["duration_ms"]) for row in exported] == [(f"drun_{1:032x}", 18_000)]


def test_a_duration_is_held_against_the_usual_and_the_limit_of_its_own_deployment() -> None:
    stored_deployments(deployment_record("a"), deployment_record("b"))
    stored_runs(*(run_record(n, NOW - n * HOUR, duration_ms=10_000) for n in range(1, 6)))
    slow = row(run_record(6, NOW, duration_ms=45_000))
    assert slow.duration_bar == DurationBar(
        "45 s", "usual 10 s (of 6 runs), limit 10 min", 1.0, 1 / 3, "slow"
    )
    other = row(run_record(7, NOW, "failed", deployment_id="dep_b", duration_ms=25_000))
    assert other.duration_bar == DurationBar("25 s", "limit 10 min", tick=1 / 3)
    unread = row(run_record(8, NOW, deployment_id="dep_unread", duration_ms=25_000))
    assert unread.duration_bar == DurationBar("25 s", tick=1 / 3)


def test_a_running_one_is_held_against_them_too() -> None:
    stored_deployments(deployment_record())
    duration_bar = row(run_record(1, NOW - timedelta(minutes=11), "running")).duration_bar
    assert duration_bar == DurationBar(
        "10 min", "limit 10 min", None, 1 / 3, "over the limit 10 min", live=True
    )


def test_a_run_with_a_duration_no_longer_grows_whatever_its_status() -> None:
    assert not row(run_record(1, NOW - HOUR, "running", duration_ms=5_000)).duration_bar.live


@pytest.mark.parametrize(
    ("account_name", "session_id", "console", "url"),
    [
        ("default", "sess_1", "https://qoder.com/cloud", "https://qoder.com/cloud/sessions/sess_1"),
        ("default", "", "https://qoder.com/cloud", ""),
        ("default", "sess_1", "", ""),
        ("one that was taken out", "sess_1", "https://qoder.com/cloud", ""),
    ],
)
def test_a_session_leads_to_the_console_of_its_account(
    settings: Any, account: Account, account_name: str, session_id: str, console: str, url: str
) -> None:
    settings.ACCOUNTS = (replace(account, console_url=console),)
    assert session_url(account_name, session_id) == url


def test_what_pages_call_none_finds_the_runs_that_have_none() -> None:
    stored_runs(
        run_record(1, NOW - HOUR, "failed", error=None),
        run_record(2, NOW - HOUR, "failed", error="boom"),
        run_record(3, NOW - HOUR, "failed"),
        run_record(4, NOW - HOUR, deployment_id=None),
    )
    ids = {f"drun_{number:032x}": number for number in range(1, 5)}
    for query, numbers in {
        "error=no error type": [2, 1],
        "error=no error type&error=timeout_error": [3, 2, 1],
        "error=timeout_error": [3],
        "q=No error type": [2, 1],
        "q=no deployment": [4],
        "deployment=No deployment": [4],
        "deployment_id=no deployment": [4],
        "q=Turn 3 did not fin…": [3],
    }.items():
        answer = ask(query)
        assert [ids[row.id] for row in answer.rows] == numbers, query
        assert answer.count == Count(len(numbers)), query
