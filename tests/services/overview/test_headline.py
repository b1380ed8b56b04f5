"""The first sentence of the overview: worst first, and how old and how complete the data is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dashboard.services.failures import Incident
from dashboard.services.overview.headline import Headline, cause, headline
from dashboard.services.status import coverage
from dashboard.services.status.feeds import FeedView
from dashboard.services.status.snapshot import Snapshot
from dashboard.web.components import Count
from tests.factories import NOW

SECOND = timedelta(seconds=1)
NONE = Count(0)


def feed(state: str = "live", read_at: datetime | None = NOW - 4 * SECOND) -> FeedView:
    known = coverage.of_account(NOW, read=read_at is not None, gap_from=None)
    return FeedView("default", False, state, read_at, known, 0, 0, 0, None)


def snapshot(*feeds: FeedView) -> Snapshot:
    made = Snapshot(NOW)
    vars(made)["feeds"] = list(feeds or (feed(),))
    vars(made)["_health_counts"] = {("default", "unread"): 13}
    return made


def incident(*names: str, error_type: str = "quota_error", line: str = "No quota left") -> Incident:
    keys = frozenset(("default", name) for name in names)
    return Incident("f" * 12, "/", error_type, line, keys, names, 4, NOW, NOW, False, (), True)


def ask(healths: dict[str, int], *feeds: FeedView, runs: Count = NONE, cause: str = "") -> Headline:
    return headline(healths, cause, runs, "all read", snapshot(*feeds))


def rest_of(made: Headline) -> str:
    """What follows how many fail, read in one."""
    return f"{made.before}{made.age.text}{made.after}" if made.age else made.before


@pytest.mark.parametrize(
    ("healths", "failing", "rest", "calm"),
    [
        ({"ok": 3}, "", "Nothing needs you; data 4 s old", True),
        ({"never": 1, "paused": 2}, "", "Nothing needs you; data 4 s old", True),
        ({"failing": 1, "ok": 1}, "1 deployment failing", "; data 4 s old", False),
        ({"failing": 2_000}, "2,000 deployments failing", "; data 4 s old", False),
        (
            {"failing": 1, "missed": 2, "stuck": 3},
            "1 deployment failing",
            "; 2 missed; 3 stuck; data 4 s old",
            False,
        ),
        ({"late": 1, "slow": 2}, "", "1 late, nothing failing; 2 slow; data 4 s old", False),
        (
            {"paused-error": 1, "unknown": 1},
            "",
            "1 paused by error, nothing failing; 1 not seen; data 4 s old",
            False,
        ),
        ({}, "", "The API lists no current deployment; data 4 s old", False),
    ],
)
def test_what_is_worst_comes_first(healths: dict[str, int], failing: str, rest: str, calm: bool) -> None:
    made = ask(healths)
    assert (made.failing, rest_of(made), made.calm) == (failing, rest, calm)


@pytest.mark.parametrize(
    ("feeds", "age"),
    [
        ([feed(), feed(read_at=NOW - 90 * SECOND)], "data 1 min old"),  # as old as the oldest of them
        ([feed("stale", NOW - timedelta(days=3))], "data 3 d old, stale"),
    ],
)
def test_the_age_of_the_data_is_always_named(feeds: list[FeedView], age: str) -> None:
    assert rest_of(ask({"ok": 1}, *feeds)) == f"Nothing needs you; {age}"
    assert rest_of(ask({"failing": 1}, *feeds)) == f"; {age}"


def first() -> FeedView:
    """An account that is being read for the first time."""
    known = coverage.of_account(NOW, read=True, gap_from=NOW - timedelta(days=1))
    return FeedView("default", False, "never", None, known, 0, 0, 0, None, runs_kept=2_459)


@pytest.mark.parametrize(
    ("healths", "failing", "rest", "below"),
    [
        ({"unread": 13}, "", "Nothing is judged yet; ", "None is judged yet. 13 deployments"),
        (
            {"unread": 1, "ok": 12},
            "",
            "Nothing that is known so far needs you; ",
            "12 are fine, 1 is not judged yet. 13 deployments",
        ),
        (
            {"unread": 11, "ok": 2},
            "",
            "Nothing that is known so far needs you; ",
            "2 are fine, 11 are not judged yet. 13 deployments",
        ),
        ({"missed": 2, "unread": 11}, "", "2 missed; ", "0 are fine, 11 are not judged yet. 13"),
        ({"failing": 1, "unread": 12}, "1 deployment failing", "; ", "0 are fine, 12 are not"),
    ],
)
def test_a_first_reading_says_what_is_not_judged_and_calls_nothing_calm(
    healths: dict[str, int], failing: str, rest: str, below: str
) -> None:
    made = ask(healths, first())
    assert (made.failing, rest_of(made), made.calm) == (failing, f"{rest}not all is read yet", False)
    assert made.below.startswith(below)


def test_a_deployment_whose_runs_are_still_being_read_is_not_called_calm() -> None:
    made = ask({"ok": 3, "unread": 1})
    assert rest_of(made) == "Nothing that is known so far needs you; data 4 s old"
    assert not made.calm


def test_the_age_is_apart_from_the_words_so_that_it_can_go_on_ageing() -> None:
    made = ask({"ok": 1})
    assert made.age is not None
    assert (made.before, made.age.whole_seconds, made.after) == ("Nothing needs you; data ", 4, " old")


def test_before_anything_was_read_there_is_no_line_below() -> None:
    made = ask({}, feed("never", None))
    assert rest_of(made) == "No deployment has been read yet"
    assert (made.below, made.calm) == ("", False)


@pytest.mark.parametrize(
    ("healths", "runs", "below"),
    [
        ({"ok": 1}, Count(1), "1 is fine. 1 deployment, 1 run in 24 h, all read."),
        ({"ok": 3, "failing": 1}, Count(0), "3 are fine. 4 deployments, 0 runs in 24 h, all read."),
        ({"failing": 2}, Count(10_000, True), "0 are fine. 2 deployments, 10,000+ runs in 24 h, all read."),
    ],
)
def test_the_line_below_names_what_the_numbers_are_based_on(
    healths: dict[str, int], runs: Count, below: str
) -> None:
    assert ask(healths, runs=runs).below == below


@pytest.mark.parametrize(
    ("incidents", "failing", "text"),
    [
        ([], "ab", ""),
        ([incident("a", "b")], "", ""),
        ([incident("a", "b")], "ac", ""),  # of those that failed together only one fails now
        ([incident("a", "b")], "ab", "likely one cause: quota_error"),
        ([incident("a", "b")], "abc", "2 of them likely for one cause: quota_error"),
        ([incident("a", "b"), incident("a", "b", "c", error_type="x")], "abc", "likely one cause: x"),
        ([incident("a", "b", error_type="")], "ab", "likely one cause: No quota left"),
        ([incident("a", "b", error_type="", line="")], "ab", "likely one cause: no error given"),
    ],
)
def test_a_cause_is_what_several_that_fail_now_began_with_together(
    incidents: list[Incident], failing: str, text: str
) -> None:
    assert cause(incidents, [("default", name) for name in failing]) == text


def test_a_cause_follows_how_many_fail() -> None:
    made = ask({"failing": 2, "late": 1}, cause="likely one cause: x")
    sentence = made.failing + rest_of(made)
    assert sentence == "2 deployments failing, likely one cause: x; 1 late; data 4 s old"
