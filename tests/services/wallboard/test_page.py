"""The wall: which deployments have a tile, what each says, what all of them add up to, and how true it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from dashboard.domain.states import Health
from dashboard.models import Deployment, Gap, Note
from dashboard.services.cloud.accounts import Account
from dashboard.services.lists.questions import read_question
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.wallboard.page import Wall, wall
from dashboard.services.wallboard.tiles import TileLine, WallTile
from tests import walls
from tests.factories import NOW
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def ask(query: str = "", now: datetime = NOW) -> Wall:
    """The wall that a query string asks for."""
    return wall(read_question("wallboard", QueryDict(query), Snapshot(now)), Snapshot(now))


def tile(query: str = "") -> WallTile:
    [only] = ask(query).tiles
    return only


def words(shown: WallTile) -> list[str]:
    return [line.words for line in shown.lines]


def one(**changes: Any) -> None:
    """A live feed, and one deployment that is as `changes` says."""
    live()
    walls.deployments(1, NOW, **changes)


# -- What a tile says -------------------------------------------------------------------------------


def test_what_fails_says_since_when_how_often_why_and_when_it_last_went_well() -> None:
    live()
    walls.failing(1, NOW)
    shown = tile()
    assert (shown.name, shown.health, shown.badge.state) == ("warehouse-reconcile-0000", "failing", "failing")
    assert (shown.badge.word, shown.beside) == ("56 in a row", "for 28 h")
    assert words(shown) == ["environment archived", walls.ERROR, "last good 29 h ago"]
    walls.deployments(30, NOW)  # in less room the reason alone
    assert words(ask().tiles[0]) == ["environment archived", "last good 29 h ago"]


@pytest.mark.parametrize(
    ("query", "reads_notes", "beside", "first"),
    [
        ("", True, "acknowledged", "We wait"),
        ("columns=8", True, "", "known: We wait"),
        ("", False, "acknowledged", "environment archived"),
        ("columns=8", False, "", "acknowledged"),
    ],
)
def test_what_is_acknowledged_says_so_beside_its_state_or_with_what_people_know(
    query: str, reads_notes: bool, beside: str, first: str
) -> None:
    live()
    walls.failing(1, NOW)
    note = Note.objects.create(text="We wait", author="anna", acknowledges=True, written_at=NOW)
    where = {"account": "default", "deployment_id": Deployment.objects.get().deployment_id}
    note.acknowledgements.create(**where, cause="failing", since_at=NOW)
    snapshot = Snapshot(NOW, reads_notes=reads_notes)
    [shown] = wall(read_question("wallboard", QueryDict(query), snapshot), snapshot).tiles
    assert (shown.acknowledged, shown.beside, words(shown)[0]) == (True, beside, first)


def test_what_fails_and_runs_again_keeps_its_colour() -> None:
    live()
    walls.failing(1, NOW)
    Deployment.objects.update(open_since=NOW - MINUTE, running_since=NOW - 3 * MINUTE)
    shown = tile()
    assert (shown.badge.state, shown.running) == ("failing", True)
    assert TileLine("running, 3 min", running=True) in shown.lines


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"last_error_type": "timeout_error", "last_error_message": " \n"}, "timeout"),
        ({"last_error_type": "session_rate_limited_error", "last_error_message": "No 1"}, "rate limited"),
        ({"last_error_type": "unknown_error", "last_error_message": "No 1"}, "No 1"),
        ({"last_error_type": "", "last_error_message": ""}, "no error given"),
    ],
)
def test_a_failure_without_a_message_says_what_is_known(changes: dict[str, Any], why: str) -> None:
    one(streak=1, **changes)
    assert words(tile())[0] == why


@pytest.mark.parametrize(
    ("complete", "cleared", "word"),
    [(True, None, "3 in a row"), (False, None, "3+ in a row"), (False, NOW - DAY, "3 in a row")],
)
def test_a_streak_that_may_be_longer_says_so(complete: bool, cleared: datetime | None, word: str) -> None:
    one(streak=3, last_success_at=cleared)
    if not complete:
        Gap.objects.create(account="default", from_at=NOW - HOUR, until_at=NOW)
    assert tile().badge.word == word


@pytest.mark.parametrize(
    ("changes", "state", "since", "lines"),
    [
        ({}, "ok", "", ["next in 1 min"]),
        ({"open_since": NOW - 4 * MINUTE}, "ok", "", ["pending, 4 min", "next in 1 min"]),
        (
            {"open_since": NOW - MINUTE, "running_since": NOW - 4 * MINUTE},
            "ok",
            "",
            ["running, 4 min", "next in 1 min"],
        ),
        ({"expression": "", "next_run_at": None}, "ok", "", ["by hand only"]),
        ({"next_run_at": None}, "ok", "", ["nothing promised"]),
        ({"next_run_at": NOW - MINUTE, "record_json": "{}"}, "ok", "", ["due 09:41"]),
        (
            {"missed_at": NOW - 3 * HOUR, "last_success_at": NOW - 7 * DAY},
            "missed",
            "for 3 h",
            ["nothing started", "last good 7 d ago"],
        ),
        (
            {"missed_at": NOW - 3 * HOUR, "missed_count": 12, "last_success_at": NOW - 7 * DAY},
            "missed",
            "for 3 h",
            ["12 missed", "last good 7 d ago"],
        ),
        (
            {"missed_at": NOW, "last_success_at": None},
            "missed",
            "for 0 s",
            ["nothing started", "no good run seen"],
        ),
        (
            {"open_since": NOW - HOUR, "stuck_at": NOW, "timeout_ms": 1_800_000},
            "stuck",
            "for 1 h",
            ["1 h, limit 30 min", "last good 1 min ago"],
        ),
        ({"due_at": NOW - 11 * MINUTE}, "late", "for 11 min", ["11 min over", "last good 1 min ago"]),
        (
            {"silent_at": NOW, "silent_since": NOW - 6 * DAY},
            "silent",
            "for 6 d",
            ["nothing runs", "last good 1 min ago"],
        ),
        (
            {"skipped_count": 14, "skipped_since": NOW - 14 * MINUTE, "last_success_at": None},
            "blocked",
            "for 14 min",
            ["14 skipped in a row", "no good run seen"],
        ),
        (
            {"slow_at": NOW - timedelta(minutes=1), "last_ms": 2_114_000, "usual_ms": 804_000},
            "slow",
            "for 1 min",
            ["35 min, usual 13 min", "last good 1 min ago"],
        ),
        (
            {
                "status": "paused",
                "paused_reason": "error",
                "updated_at": NOW - DAY,
                "record_json": json.dumps({"paused_reason": {"error": {"type": "vault_archived_error"}}}),
            },
            "paused-error",
            "",
            ["vault archived", "since Mon 15 Jun", "last good 1 min ago"],
        ),
        ({"unseen_at": NOW}, "unknown", "for 0 s", ["nobody was looking", "last good 1 min ago"]),
        ({"last_run_at": None, "last_success_at": None}, "never", "", ["next in 1 min"]),
        ({"status": "paused", "updated_at": NOW - 6 * DAY}, "paused", "", ["since Wed 10 Jun"]),
        ({"status": "paused", "open_since": NOW - MINUTE}, "paused", "", ["pending, 1 min"]),
    ],
)
def test_each_health_says_what_it_is_about(
    changes: dict[str, Any], state: str, since: str, lines: list[str]
) -> None:
    one(**changes)
    shown = tile()
    assert (shown.badge.state, shown.beside, words(shown)) == (state, since, lines)
    assert shown.running == ("open_since" in changes)


def test_what_is_not_called_active_uses_the_word_of_the_api() -> None:
    one(status="draining")
    assert (tile().badge.word, words(tile())) == ("draining", ["last good 1 min ago"])


def test_a_first_run_that_goes_on_is_not_called_well() -> None:
    one(open_since=NOW - MINUTE, last_success_at=None)
    shown = tile()
    assert (shown.health, shown.badge.state, shown.badge.word) == ("ok", "never", "no result yet")


def test_what_is_counted_from_now_knows_what_the_clock_shows_instead() -> None:
    one(streak=1, last_success_at=NOW - 2 * DAY)
    assert tile().lines[1] == TileLine("last good 2 d ago", "last good Sun 09:42")
    Deployment.objects.update(last_success_at=NOW - 20 * DAY)
    assert tile().lines[1].clock == "last good 27 May"
    Deployment.objects.update(streak=0)
    assert tile().lines == (TileLine("next in 1 min", "next 09:43"),)


def test_a_tile_says_whose_it_is_where_there_are_several_accounts(account: Account, settings: Any) -> None:
    one()
    assert tile().account == ""
    settings.ACCOUNTS = (account, replace(account, name="other"))
    assert tile().account == "default"


def test_only_tiles_that_are_large_enough_have_a_strip_and_small_ones_say_less() -> None:
    one(open_since=NOW - MINUTE, streak=2)
    strip = tile("columns=6").strip
    assert strip is not None
    assert strip.text == "no runs yet"
    assert (tile("columns=20").strip, tile("columns=20").lines) == (None, ())
    walls.deployments(70, NOW, "more")
    flat = ask().tiles[0]
    assert (flat.strip, words(flat)) == (None, ["no error given"])


# -- What is on the wall ----------------------------------------------------------------------------


def test_the_worst_comes_first_and_the_tally_adds_up() -> None:
    live()
    walls.deployments(40, NOW)
    walls.failing(3, NOW)
    walls.odd(NOW)
    screen = ask()
    assert [tile.health for tile in screen.tiles[:11]] == ["failing"] * 3 + list(Health.NEEDY[1:])
    tally = {badge.word: number for badge, number in screen.tally}
    assert tally["ok"] == 40
    assert tally["not seen"] == 1
    assert sum(tally.values()) == screen.total == len(screen.tiles) == 53
    assert (screen.more, screen.failing) == ("", 3)


def test_what_has_no_tile_is_counted_and_named() -> None:
    live()
    walls.deployments(100, NOW)
    screen = ask()
    assert (len(screen.tiles), screen.more) == (80, "+20 more, all ok")
    walls.odd(NOW)
    assert ask().more == "+30 more: 28 ok, 1 never ran, 1 paused"


def test_what_needs_somebody_is_named_where_not_even_that_has_room() -> None:
    live()
    walls.failing(1_003, NOW)
    screen = ask()
    assert (len(screen.tiles), screen.more) == (1_000, "+3 more: 3 failing")


def test_what_is_archived_is_left_out_unless_asked_for() -> None:
    one()
    walls.deployments(2, NOW, "old", archived_at=NOW)
    assert ask().total == 1
    assert {tile.badge.word for tile in ask("include_archived=true").tiles} == {"ok", "archived"}
    assert ask("health=archived").total == 2


def test_filters_choose_and_an_order_only_orders() -> None:
    live()
    walls.failing(2, NOW)
    walls.deployments(2, NOW)
    assert {tile.health for tile in ask("health=failing").tiles} == {"failing"}
    assert [tile.name[:7] for tile in ask("sort=name").tiles] == ["nightly"] * 2 + ["warehou"] * 2
    assert [tile.health for tile in ask("sort=name&columns=1").tiles] == ["ok"] * 2 + ["failing"] * 2


def test_an_order_does_not_decide_what_has_a_tile() -> None:
    live()
    walls.failing(2, NOW)
    walls.deployments(100, NOW)
    shown = ask("sort=name").tiles
    assert [tile.health for tile in shown] == ["ok"] * 78 + ["failing"] * 2


def test_columns_are_kept_to_unless_something_red_would_have_no_place() -> None:
    live()
    walls.failing(15, NOW)
    walls.deployments(30, NOW)
    screen = ask("columns=4")
    assert (screen.fit.step.columns, len(screen.tiles), screen.filter.ignored) == (4, 40, ())
    screen = ask("columns=1")
    assert (screen.fit.step.columns, len(screen.tiles)) == (2, 20)
    [ignored] = screen.filter.ignored
    assert (ignored.name, ignored.value) == ("columns", "1")
    assert "in 2" in ignored.why


def test_a_rotation_shows_every_tile_in_its_turn_and_keeps_what_is_red() -> None:
    live()
    walls.failing(2, NOW)
    walls.deployments(100, NOW)
    turns = [ask("rotate=20&columns=6", NOW + n * timedelta(seconds=20)) for n in range(2)]
    assert sorted(turn.page for turn in turns) == [1, 2]
    assert all([tile.health for tile in turn.tiles[:2]] == ["failing"] * 2 for turn in turns)
    seen = [tile.full_name for turn in turns for tile in turn.tiles[2:]]
    assert len(seen) == len(set(seen)) == 100


def test_where_all_have_a_tile_a_rotation_has_no_pages() -> None:
    one()
    assert ask("rotate=30").page == 0


@pytest.mark.parametrize(("query", "theme"), [("", "dark"), ("theme=light", "light"), ("theme=auto", "")])
def test_the_theme_is_empty_where_the_screen_decides(query: str, theme: str) -> None:
    assert ask(query).theme == theme


def test_without_being_asked_nothing_rotates() -> None:
    live()
    walls.deployments(100, NOW)
    assert {ask("", NOW + n * MINUTE).page for n in range(5)} == {0}


@pytest.mark.parametrize(
    ("query", "seconds"), [("", 15), ("refresh=60", 60), ("refresh=60&rotate=20", 20), ("rotate=30", 15)]
)
def test_a_rotation_is_not_outrun(query: str, seconds: int) -> None:
    assert ask(query).refresh == seconds


# -- What it all comes to ---------------------------------------------------------------------------


def _everything() -> None:
    walls.failing(1, NOW)
    walls.odd(NOW)


@pytest.mark.parametrize(
    ("make", "loud", "rest", "tone"),
    [
        (lambda: walls.failing(2, NOW), "2 failing", "", "failing"),
        (
            _everything,
            "1 failing",
            "1 missed, 1 silent, 1 blocked, 1 stuck, 1 late, 1 slow, 1 paused by error, 1 not seen",
            "failing",
        ),
        (lambda: walls.deployments(2, NOW, due_at=NOW - HOUR), "2 late", "nothing failing", "trouble"),
        (lambda: walls.deployments(41, NOW), "Nothing needs you", "41 ok", "calm"),
    ],
)
def test_the_headline_says_how_bad_it_is(make: Callable[[], None], loud: str, rest: str, tone: str) -> None:
    live()
    make()
    headline = ask().headline
    assert (headline.loud, headline.rest, headline.tone) == (loud, rest, tone)


SO_FAR = "0 runs of all 90 days and {} deployments so far"


@pytest.mark.parametrize(
    ("make", "loud", "rest", "tone"),
    [
        (lambda: walls.deployments(41, NOW), "Not judged yet", f"first reading: {SO_FAR.format(41)}", ""),
        (lambda: walls.failing(2, NOW), "2 failing", "not all is read yet", "failing"),
    ],
)
def test_a_first_reading_is_never_calm(make: Callable[[], None], loud: str, rest: str, tone: str) -> None:
    live(succeeded_at=None)
    make()
    screen = ask()
    assert (screen.headline.loud, screen.headline.rest, screen.headline.tone) == (loud, rest, tone)
    assert {tile.badge.word for tile in screen.tiles} <= {"not judged yet", "56 in a row", "56+ in a row"}


def test_an_account_that_was_never_read_keeps_the_others_from_being_calm(
    account: Account, settings: Any
) -> None:
    settings.ACCOUNTS = (account, replace(account, name="new"))
    live()
    walls.deployments(3, NOW)
    shown = ask().headline
    assert (shown.loud, shown.rest) == ("Not judged yet", "first reading of new: nothing read yet")
    walls.deployments(1, NOW, "late", due_at=NOW - HOUR)
    assert ask().headline.rest == "not all is read yet"


def test_a_deployment_whose_runs_are_still_being_read_is_not_calm() -> None:
    live()
    walls.deployments(1, NOW, last_run_at=None, created_at=NOW - DAY)
    Gap.objects.create(account="default", from_at=NOW - HOUR, until_at=NOW - DAY)
    shown = ask().headline
    assert (shown.loud, shown.rest, shown.tone) == ("Not judged yet", "1 not judged yet", "")


def test_a_first_reading_that_broke_off_is_no_blank_screen() -> None:
    walls.feed(NOW, succeeded_at=None, failing_since=NOW, error_status=503, runs_kept=7)
    warning = ask().warning
    assert warning is not None
    assert warning.loud == "NOT READ COMPLETELY YET"


def test_nothing_at_all_is_neither_good_nor_bad() -> None:
    live()
    assert (ask().headline.loud, ask().headline.tone) == ("Nothing to show", "")


@pytest.mark.parametrize(
    ("made", "query", "title"),
    [
        (lambda: None, "", "Not read yet"),
        (live, "", "No deployment exists yet"),
        (live, "q=nightly", "No deployment matches"),
    ],
)
def test_an_empty_wall_says_why(made: Callable[[], Any], query: str, title: str) -> None:
    made()
    empty = ask(query).empty
    assert empty is not None
    assert empty.title == title


def test_a_wall_with_a_tile_is_not_empty() -> None:
    one()
    assert ask().empty is None


# -- How true it is ---------------------------------------------------------------------------------


def test_live_data_has_an_age_and_no_warning() -> None:
    one()
    assert (ask().age.seconds, ask().warning) == (4.0, None)
    assert ask("", NOW - HOUR).age.seconds == 0.0  # the clock of the host that reads runs ahead


def test_a_stale_feed_is_judged_as_of_its_last_reading() -> None:
    one()
    walls.failing(1, NOW)
    walls.deployments(1, NOW, "due-since", due_at=NOW - 10 * MINUTE)
    walls.stale(NOW)
    screen = ask()
    assert screen.warning is not None
    assert (screen.warning.loud, screen.warning.clauses) == (
        "STALE DATA",
        ("last complete read 09:12:00: the API answers 503, next try 09:43:00",),
    )
    assert screen.age.seconds == 1_800
    assert (screen.headline.loud, screen.headline.rest) == ("1 failing", "at 09:12")
    tile_of = {tile.full_name: tile for tile in screen.tiles}
    assert all(tile.stale for tile in screen.tiles)
    assert words(tile_of["due-since-0000"]) == ["as of 09:12"]  # nobody knows whether it is late by now
    assert tile_of["due-since-0000"].health == "ok"
    assert tile_of["warehouse-reconcile-0000"].lines[-1] == TileLine("last good Mon 04:42")


def test_calm_that_is_stale_is_not_called_calm() -> None:
    one()
    walls.stale(NOW)
    headline = ask().headline
    assert (headline.loud, headline.rest, headline.tone) == ("Nothing needs you", "at 09:12: 1 ok", "")


def test_one_account_of_several_that_is_stale_is_named_and_only_its_tiles_are(
    account: Account, settings: Any
) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    one(due_at=NOW - 10 * MINUTE)
    walls.stale(NOW)
    live("other")
    walls.deployments(1, NOW, "elsewhere", account="other", due_at=NOW - 10 * MINUTE)
    screen = ask()
    assert {(tile.account, tile.stale, tile.health) for tile in screen.tiles} == {
        ("default", True, "ok"),
        ("other", False, "late"),
    }
    assert screen.warning is not None
    assert screen.warning.clauses[0].startswith("default: last complete read 09:12:00")
    assert screen.headline.rest == "nothing failing"  # not all of it is from then
    assert ask("account=other").warning is None
    assert ask("account=other").age.seconds == 4.0


def test_many_accounts_in_trouble_are_counted(account: Account, settings: Any) -> None:
    names = ("a", "b", "c", "d", "e")
    settings.ACCOUNTS = tuple(replace(account, name=name) for name in names)
    for name in names:
        live(name)
    walls.stale(NOW)
    warning = ask().warning
    assert warning is not None
    assert [clause[:2] for clause in warning.clauses] == ["a:", "b:", "c:", "an"]
    assert warning.clauses[-1] == "and 2 more accounts"


def test_an_account_that_was_never_read_has_no_age(account: Account, settings: Any) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    one()
    assert not ask().age.every_account


def test_a_first_reading_that_fails_says_why() -> None:
    walls.feed(NOW, polled_at=None, succeeded_at=None, failing_since=NOW, error_family="NotAccepted")
    warning = ask().warning
    assert warning is not None
    assert warning.loud == "NOTHING READ YET"
    assert warning.clauses[0].startswith("never read completely: the API does not accept the token")


# -- What it costs ----------------------------------------------------------------------------------


def asked(query: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        ask(query)
    return len(queries)


@pytest.mark.parametrize("query", ["columns=4", "columns=20"])
def test_a_thousand_deployments_ask_as_much_as_ten(query: str) -> None:
    live()
    walls.deployments(5, NOW)
    walls.failing(5, NOW)
    few = asked(query)
    walls.deployments(990, NOW, "more")
    assert asked(query) <= few <= 10


def test_a_thousand_failures_ask_no_more() -> None:
    live()
    walls.failing(1_000, NOW)
    assert asked("") <= 6
