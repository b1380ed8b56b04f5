"""The verdict: worst first, what else there is as links, and how old and how complete the data is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dashboard.services.overview.cause import Cause, FailingNow
from dashboard.services.overview.headline import Headline, headline
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
    vars(made)["silent_schedulers"] = ()
    return made


def ask(
    healths: dict[str, int], *feeds: FeedView, runs: Count = NONE, now: FailingNow | None = None
) -> Headline:
    return headline(healths, now or FailingNow(), runs, "all read", snapshot(*feeds))


def pills_of(made: Headline) -> str:
    return ", ".join(f"{pill.count.text} {pill.word}" for pill in made.pills)


@pytest.mark.parametrize(
    ("healths", "heading", "pills", "calm"),
    [
        ({"ok": 3}, "Nothing needs you", "3 fine", True),
        ({"outcome-unknown": 1, "ok": 2}, "Nothing is known to need you", "1 outcome unknown, 2 fine", True),
        ({"never": 1, "paused": 2}, "Nothing needs you", "1 never ran, 2 paused", True),
        ({"failing": 1, "ok": 1}, "1 deployment failing", "1 fine", False),
        ({"failing": 2_000}, "2,000 deployments failing", "", False),
        ({"failing": 1, "missed": 2, "stuck": 3}, "1 deployment failing", "2 missed, 3 stuck", False),
        (
            {"late": 1, "slow": 2},
            "Nothing failing, 3 deployments need attention",
            "1 late, 2 slow",
            False,
        ),
        ({"unknown": 1}, "Nothing failing, 1 deployment needs attention", "1 not seen", False),
        ({}, "The API lists no current deployment", "", False),
    ],
)
def test_what_is_worst_is_the_heading_and_the_rest_are_links(
    healths: dict[str, int], heading: str, pills: str, calm: bool
) -> None:
    made = ask(healths)
    assert (made.failing or made.rest, pills_of(made), made.calm) == (heading, pills, calm)
    assert (made.failing and made.rest) == ""
    assert [pill.url for pill in made.pills] == [
        f"/deployments/?health={pill.badge.state}" for pill in made.pills if pill.badge
    ]


def test_since_when_and_why_follow_how_many_fail() -> None:
    together = FailingNow(NOW, Cause("both share", "quota_error", "/failures/1/"))
    made = ask({"failing": 2, "late": 1}, now=together)
    assert (made.failing_url, made.since, made.cause) == (
        "/deployments/?health=failing",
        NOW,
        together.cause,
    )
    assert ask({"late": 1}).since is None


def test_data_that_is_stale_is_not_called_calm_now() -> None:
    made = ask({"ok": 1}, feed(), feed("stale", NOW - timedelta(days=3)))
    assert made.rest == "Nothing needed you at the last reading"
    assert made.age is not None
    assert (made.age.text, made.stale) == ("3 d", True)  # as old as the oldest of them


def first() -> FeedView:
    """An account that is being read for the first time."""
    known = coverage.of_account(NOW, read=True, gap_from=NOW - timedelta(days=1))
    return FeedView("default", False, "never", None, known, 0, 0, 0, None, runs_kept=2_459)


@pytest.mark.parametrize(
    ("healths", "heading", "pills"),
    [
        ({"unread": 13}, "Nothing is judged yet", "13 not judged yet"),
        ({"unread": 1, "ok": 12}, "Nothing that is known so far needs you", "1 not judged yet, 12 fine"),
        ({"missed": 2, "unread": 11}, "2 deployments need attention", "2 missed, 11 not judged yet"),
        ({"failing": 1, "unread": 12}, "1 deployment failing", "12 not judged yet"),
    ],
)
def test_a_first_reading_says_what_is_not_judged_and_calls_nothing_calm(
    healths: dict[str, int], heading: str, pills: str
) -> None:
    made = ask(healths, first())
    assert (made.failing or made.rest, pills_of(made), made.calm) == (heading, pills, False)
    assert (made.basis, made.age) == (
        f"{sum(healths.values())} deployment{'s' if made.pills else ''}, 0 runs in 24 h, not all is read yet",
        None,
    )


def test_a_deployment_whose_runs_are_still_being_read_is_not_called_calm() -> None:
    made = ask({"ok": 3, "unread": 1})
    assert (made.rest, made.calm) == ("Nothing that is known so far needs you", False)


def test_before_anything_was_read_there_is_no_line_below() -> None:
    made = ask({}, feed("never", None))
    assert (made.rest, made.pills, made.basis, made.age) == ("No deployment has been read yet", (), "", None)
    assert not made.calm


@pytest.mark.parametrize(
    ("healths", "runs", "basis"),
    [
        ({"ok": 1}, Count(1), "1 deployment, 1 run in 24 h, all read"),
        ({"failing": 2}, Count(10_000, True), "2 deployments, 10,000+ runs in 24 h, all read"),
    ],
)
def test_the_line_below_names_what_the_numbers_are_based_on(
    healths: dict[str, int], runs: Count, basis: str
) -> None:
    assert ask(healths, runs=runs).basis == basis
