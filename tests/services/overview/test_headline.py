"""The first sentence of the overview: worst first, and how old and whole what it rests on is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dashboard.services.failures import Incident
from dashboard.services.overview.headline import Headline, cause, headline
from dashboard.services.status.feeds import FeedView
from dashboard.web.components import Count
from tests.factories import NOW

SECOND = timedelta(seconds=1)
NONE = Count(0)


def view(state: str = "live", read_at: datetime | None = NOW - 4 * SECOND) -> FeedView:
    return FeedView("default", False, state, read_at, read_at, True, 1.0, 0, 0, 0, None)


def event(*names: str, error_type: str = "quota_error", line: str = "No quota left") -> Incident:
    keys = frozenset(("default", name) for name in names)
    return Incident("f" * 12, "/", error_type, line, keys, names, 4, NOW, NOW, False, (), True)


def said(healths: dict[str, int], *feeds: FeedView, ran: Count = NONE) -> Headline:
    return headline(healths, "", ran, "all read", feeds or (view(),), NOW)


@pytest.mark.parametrize(
    ("healths", "loud", "rest", "calm"),
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
def test_what_is_worst_is_shown_first(healths: dict[str, int], loud: str, rest: str, calm: bool) -> None:
    result = said(healths)
    assert (result.loud, result.rest, result.calm) == (loud, rest, calm)


@pytest.mark.parametrize(
    ("feeds", "age"),
    [
        ([view(), view(read_at=NOW - 90 * SECOND)], "data 1 min old"),  # as old as the oldest of them
        ([view("stale", NOW - timedelta(days=3))], "data 3 d old, stale"),
        ([view(), view("never", None)], "not all accounts have been read"),
        ([view("never", None)], "nothing has been read yet"),
    ],
)
def test_how_old_it_is_is_always_shown(feeds: list[FeedView], age: str) -> None:
    assert said({"ok": 1}, *feeds).rest == f"Nothing needs you; {age}"
    assert said({"failing": 1}, *feeds).rest == f"; {age}"


def test_before_anything_was_read_nothing_is_shown_of_deployments() -> None:
    result = said({}, view("never", None))
    assert result.rest == "No deployment has been read yet; nothing has been read yet"
    assert (result.under, result.calm) == ("", False)


@pytest.mark.parametrize(
    ("healths", "ran", "under"),
    [
        ({"ok": 1}, Count(1), "1 is fine. 1 deployment, 1 run in 24 h, all read."),
        ({"ok": 3, "failing": 1}, Count(0), "3 are fine. 4 deployments, 0 runs in 24 h, all read."),
        ({"failing": 2}, Count(10_000, True), "0 are fine. 2 deployments, 10,000+ runs in 24 h, all read."),
    ],
)
def test_the_line_below_says_what_it_is_based_on(healths: dict[str, int], ran: Count, under: str) -> None:
    assert said(healths, ran=ran).under == under


@pytest.mark.parametrize(
    ("events", "failing", "text"),
    [
        ([], "ab", ""),
        ([event("a", "b")], "", ""),
        ([event("a", "b")], "ac", ""),  # of those that failed together only one fails now
        ([event("a", "b")], "ab", "likely one cause: quota_error"),
        ([event("a", "b")], "abc", "2 of them likely for one cause: quota_error"),
        ([event("a", "b"), event("a", "b", "c", error_type="x")], "abc", "likely one cause: x"),
        ([event("a", "b", error_type="")], "ab", "likely one cause: No quota left"),
        ([event("a", "b", error_type="", line="")], "ab", "likely one cause: no error given"),
    ],
)
def test_a_cause_is_what_several_that_fail_now_began_with_together(
    events: list[Incident], failing: str, text: str
) -> None:
    assert cause(events, [("default", name) for name in failing]) == text


def test_a_cause_is_shown_right_after_how_many_fail() -> None:
    result = headline({"failing": 2, "late": 1}, "likely one cause: x", NONE, "all read", (view(),), NOW)
    assert result.loud + result.rest == "2 deployments failing, likely one cause: x; 1 late; data 4 s old"
