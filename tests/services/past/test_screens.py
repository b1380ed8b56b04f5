"""The overview and the wall as they were: no more than was known then."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from django.http import QueryDict

from dashboard.domain.states import Health
from dashboard.models import Deployment, Run, Watch
from dashboard.services.lists.questions import read_question
from dashboard.services.past.overview import PastOverview, past_overview
from dashboard.services.past.wall import past_wall
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.sync.journal import note_changes
from dashboard.services.wallboard.page import Wall
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live
from tests.health_bars import HOUR, changed, watched

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
FAILING, OK = Health.FAILING, Health.OK
KEYS = "abcdef"


@pytest.fixture(autouse=True)
def fleet() -> None:
    live(remembers_from=NOW - 400 * HOUR, history_from=NOW - 2_000 * HOUR)
    watched()
    stored_deployments(*(deployment_record(key) for key in KEYS))


def overview(at: str = "5h") -> PastOverview:
    snapshot = Snapshot(NOW)
    return past_overview(read_question("past", QueryDict(f"at={at}"), snapshot), snapshot)


def wall(query: str = "at=5h") -> Wall:
    snapshot = Snapshot(NOW)
    return past_wall(read_question("wallboard", QueryDict(query), snapshot), snapshot)


def run(
    number: int, hours: float, status: str, read: float, outcome: float | None = None, **more: Any
) -> None:
    """One that began so many hours ago, was read first at `read`, and with its outcome at `outcome`."""
    stored_runs(run_record(number, NOW - hours * HOUR, status, **more))
    times: dict[str, datetime | None] = {"first_read_at": NOW - read * HOUR}
    times["outcome_read_at"] = None if outcome is None else NOW - outcome * HOUR
    Run.objects.filter(run_id=f"drun_{number:032x}").update(**times)


def tiles(page: PastOverview) -> dict[str, tuple[str, str]]:
    return {tile.label: (tile.count.text, tile.note) for tile in page.tiles}


def needy(page: PastOverview) -> Sequence[tuple[str, str, datetime | None]]:
    return [(need.row.name, need.row.health, need.row.since) for need in page.needy]


def test_each_deployment_stands_as_it_had_been_judged() -> None:
    changed((OK, 99), (FAILING, 9), (OK, 2), key="a")
    changed((FAILING, 99), (OK, 6), (FAILING, 1), key="b")
    changed((OK, 4), key="c")  # not judged by then
    changed((OK, 99), (Health.ARCHIVED, 20), key="d")
    changed((Health.LATE, 99), key="e")  # so at the first look: since when nobody knows
    page = overview()
    assert page.heading == "1 deployment failing"
    assert page.failing
    assert needy(page) == [("a", FAILING, NOW - 9 * HOUR), ("e", Health.LATE, None)]
    assert [(pill.count.text, pill.word, pill.url) for pill in page.pills] == [
        ("1", "late", ""),
        ("1", "fine", ""),
    ]
    assert tiles(page)["Failing"] == ("1", "of 3 deployments")
    assert overview("3h").heading == "1 deployment failing"
    assert overview("90m").heading == "Nothing failing, 1 deployment needs attention"


def test_runs_count_as_far_as_they_had_been_read() -> None:
    run(1, 6, "completed", read=5.9, outcome=5.5)
    run(2, 6, "failed", read=5.9, outcome=4)  # was in progress
    run(3, 6, "failed", read=5.8)  # over when it was read first
    run(4, 6, "completed", read=4.9)  # not read yet
    run(5, 4, "completed", read=3.9)  # begun later
    run(6, 7, "running", read=6.9)
    run(7, 40, "failed", read=39)  # of no day before
    page = overview()
    assert tiles(page) == {
        "Failing": ("0", "of 0 deployments"),
        "Missed": ("0", "0 late"),
        "In progress": ("2", "begun in 24 h"),
        "Failed, 24 h": ("1", "of 2 finished"),
        "Completed, 24 h": ("1", "50 % of 2 finished"),
    }
    assert page.basis == "0 deployments, 4 runs in 24 h"
    assert [row.badge.word for row in page.recent] == [
        "failed",
        "in progress",
        "completed",
        "in progress",
        "failed",
    ]
    assert page.tiles[3].url == (
        "/runs/?status=failed&since=2026-06-15T04%3A42%3A00Z&until=2026-06-16T04%3A42%3A00Z"
    )


def test_what_failed_is_shown_with_the_error_that_had_been_read() -> None:
    changed((OK, 99), (FAILING, 9), key="a")
    for number, (hours, message) in enumerate(((9, "first"), (6, "second"), (5.1, "not read"), (4, "later"))):
        read = 4.5 if message == "not read" else hours
        run(
            number,
            hours,
            "failed",
            read,
            error={"type": "crash_error", "message": message},
            deployment_id="dep_a",
        )
    [need] = overview().needy
    assert (need.error_type, need.error_line) == ("crash_error", "second")
    [tile] = wall().tiles
    assert ([line.words for line in tile.lines], tile.beside) == (["crash", "second"], "for 4 h")


def test_a_deployment_has_the_name_that_it_had() -> None:
    changed((OK, 99), (FAILING, 9), key="a")
    before, after = (Deployment.objects.get(deployment_id="dep_a") for _ in range(2))
    after.record_json = json.dumps(json.loads(after.record_json) | {"name": "z"})
    note_changes([(before, after)], NOW - 4 * HOUR, NOW - 3 * HOUR)
    Deployment.objects.filter(deployment_id="dep_a").update(name="z")
    assert overview().needy[0].row.name == "a"
    assert overview("2h").needy[0].row.name == "z"


def test_more_than_have_room_are_counted() -> None:
    stored_deployments(*(deployment_record(f"x{n:02}") for n in range(14)))
    for n in range(14):
        changed((FAILING, 99), key=f"x{n:02}")
    page = overview()
    assert (len(page.needy), page.needy_more) == (12, 2)


def test_the_wall_has_a_tile_for_each_and_the_filters_choose_among_them() -> None:
    changed((OK, 99), (FAILING, 9), (OK, 2), key="a")
    changed((OK, 99), key="b")
    shown = wall()
    assert [(tile.name, tile.health) for tile in shown.tiles] == [("a", FAILING), ("b", OK)]
    assert (shown.headline.loud, shown.failing, shown.total, shown.now) == ("1 failing", 1, 2, NOW - 5 * HOUR)
    assert next(step.url for step in shown.was or ()) == "/wallboard/?at=2026-06-16T03%3A42%3A00Z"
    assert [tile.name for tile in wall("at=5h&health=ok").tiles] == ["b"]
    assert [tile.name for tile in wall("at=5h&q=dep_a").tiles] == ["a"]
    calm = wall("at=90m")
    assert (calm.headline.tone, calm.warning) == ("calm", None)
    assert wall("at=110h").empty is not None


def test_a_wall_of_what_was_old_by_then_says_so_and_is_not_calm() -> None:
    Watch.objects.all().delete()
    watched((40, 9))
    changed((OK, 99), key="a")
    shown = wall()
    assert shown.warning
    assert shown.warning.clauses == ("The API had been read last Tue 16 Jun 00:42: nothing newer was known.",)
    assert shown.headline.tone == ""
    assert shown.tiles[0].stale
