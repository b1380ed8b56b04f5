"""The overview: its figures, its lists and what they leave to the lists behind them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.domain.states import Health
from dashboard.models import Deployment, Gap, Run
from dashboard.services.overview.page import MOST_NEEDY, MOST_ROWS, Overview, overview
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.sync.store import mark_run_gone
from dashboard.web.components import Count
from tests.factories import NOW, Record, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def kept(health: str, *names: str) -> None:
    """Deployments that are made to have that health."""
    columns: dict[str, dict[str, Any]] = {
        "failing": {"streak": 1},
        "missed": {"missed_at": NOW},
        "silent": {"silent_at": NOW, "silent_since": NOW - HOUR},
        "blocked": {"skipped_count": 3, "skipped_since": NOW - HOUR},
        "stuck": {"stuck_at": NOW},
        "late": {"due_at": NOW - HOUR},
        "slow": {"slow_at": NOW},
        "paused-error": {"status": "paused", "paused_reason": "error"},
        "unknown": {"unseen_at": NOW},
        "ok": {},
        "never": {"last_run_at": None},
        "paused": {"status": "paused"},
        "archived": {"archived_at": NOW},
    }
    stored_deployments(*(deployment_record(name) for name in names))
    ids = [f"dep_{name}" for name in names]
    changes = {"last_run_at": NOW - HOUR} | columns[health]
    Deployment.objects.filter(deployment_id__in=ids).update(**changes)


def tiles(page: Overview) -> dict[str, tuple[int, str, str]]:
    return {tile.label: (tile.count.number, tile.note, tile.state) for tile in page.tiles}


def test_an_overview_of_nothing_has_noughts_and_no_lists() -> None:
    page = overview(Snapshot(NOW))
    assert page.headline.rest == "No deployment has been read yet"
    assert tiles(page) == {
        "Failing now": (0, "of 0 deployments", ""),
        "Missed": (0, "none late", ""),
        "Running": (0, "none stuck", ""),
        "Failed, 24 h": (0, "of 0 finished so far", ""),
        "Completed, 24 h": (0, "of 0 finished so far", ""),
    }
    assert (page.needy, page.running, page.upcoming, page.recent) == ([], [], [], [])
    assert (page.day_coverage, page.week_coverage) == ("nothing read yet", "nothing read yet")


def test_tiles_say_their_number_of_how_many_and_lead_to_the_list() -> None:
    live()
    kept("failing", "a", "b")
    kept("missed", "c")
    kept("late", "d", "e")
    kept("stuck", "f")
    kept("archived", "g")
    runs = ("completed", "completed", "failed", "skipped", "running", "pending")
    stored_runs(
        *(run_record(n, NOW - n * HOUR, status, deployment_id="dep_z") for n, status in enumerate(runs))
    )
    stored_runs(run_record(99, NOW - 25 * HOUR, "failed", deployment_id="dep_z"))
    page = overview(Snapshot(NOW))
    assert tiles(page) == {
        "Failing now": (2, "of 6 deployments", "failing"),
        "Missed": (1, "2 late", "missed"),
        "Running": (1, "1 stuck", "running"),
        "Failed, 24 h": (1, "of 3 finished", "failed"),
        "Completed, 24 h": (2, "66.7 % of 3 finished", ""),
    }
    assert [tile.url for tile in page.tiles] == [
        "/deployments/?health=failing",
        "/deployments/?health=missed",
        "/runs/?status=running",
        "/runs/?status=failed&since=24h",
        "/runs/?status=completed&since=24h",
    ]


def test_before_the_first_complete_reading_no_figure_claims_to_be_whole() -> None:
    live(succeeded_at=None)
    kept("ok", "a", "b")
    kept("failing", "c")
    Gap.objects.create(account="default", from_at=NOW - 2 * HOUR, until_at=NOW - 48 * HOUR)
    stored_runs(
        run_record(1, NOW, deployment_id="dep_z"), run_record(2, NOW, "failed", deployment_id="dep_z")
    )
    page = overview(Snapshot(NOW))
    assert {label: note for label, (_, note, _) in tiles(page).items()} == {
        "Failing now": "of 1 judged so far",
        "Missed": "not all judged yet",
        "Running": "not all judged yet",
        "Failed, 24 h": "of 2 finished so far",
        "Completed, 24 h": "of 2 finished so far",
    }
    assert page.calm == ""


def test_every_run_of_the_day_is_counted_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    live()
    monkeypatch.setattr("dashboard.services.lists.listing.COUNT_TO", 2)
    kept("ok", "a")
    stored_runs(*(run_record(n, NOW - n * MINUTE) for n in range(5)), run_record(9, NOW, "failed"))
    page = overview(Snapshot(NOW))
    assert (page.tiles[-1].count, page.tiles[-1].note) == (Count(5), "83.3 % of 6 finished")
    assert "6 runs in 24 h" in page.headline.basis


def test_what_needs_somebody_comes_worst_first_and_the_rest_is_behind_a_link() -> None:
    for n, health in enumerate(reversed(Health.NEEDY)):
        kept(health, f"n{n}")
    for health in ("ok", "never", "paused", "archived"):
        kept(health, health)
    page = overview(Snapshot(NOW))
    assert [needy.row.badge.state for needy in page.needy] == [
        *("failing", "missed", "silent", "blocked", "stuck", "late", "slow", "paused-error", "unknown")
    ]
    assert page.needy_more == 0
    kept("failing", *(f"f{n:02}" for n in range(MOST_NEEDY)))
    page = overview(Snapshot(NOW))
    assert [needy.row.badge.state for needy in page.needy] == ["failing"] * MOST_NEEDY
    assert page.needy_more == 9
    assert page.needy_url.startswith("/deployments/?health=blocked&health=failing&health=late&")


def test_the_reason_is_what_the_state_says_unless_an_error_paused_it() -> None:
    kept("paused-error", "p")
    kept("late", "l")
    late, paused = overview(Snapshot(NOW)).needy
    assert (late.reason, paused.reason) == (late.row.detail, paused.row.detail)
    assert late.reason
    Deployment.objects.update(last_error_type="timeout_error", last_error_message="Too slow")
    late, paused = overview(Snapshot(NOW)).needy
    assert late.reason == late.row.detail
    assert (paused.reason, paused.row.error_type) == ("", "timeout_error")


def test_of_one_that_is_stuck_the_reason_says_that_this_is_how_long_it_runs() -> None:
    kept("stuck", "s")
    Deployment.objects.update(open_since=NOW - 2 * HOUR, timeout_ms=1_800_000)
    [stuck] = overview(Snapshot(NOW)).needy
    assert stuck.reason == "running for 2 h, limit 30 min"


def test_where_nothing_needs_attention_one_clause_says_so() -> None:
    live()
    kept("ok", "a")
    page = overview(Snapshot(NOW))
    assert page.calm == "The only deployment is as it should be: not"
    assert tiles(page)["Failing now"] == (0, "of 1 deployment", "")
    kept("ok", "b")
    assert overview(Snapshot(NOW)).calm == "All 2 deployments are as they should be: none"
    kept("late", "c")
    assert overview(Snapshot(NOW)).calm == ""


def promised(*at: datetime) -> Record:
    texts = [instant.isoformat() for instant in at]
    return {"schedule": {"expression": "0 9 * * *", "timezone": "UTC", "upcoming_runs_at": texts}}


def test_what_comes_next_is_one_row_for_each_deployment_nearest_first() -> None:
    stored_deployments(
        deployment_record("b", **promised(NOW + HOUR, NOW + 2 * HOUR)),
        deployment_record("a", **promised(NOW + HOUR)),
        deployment_record("c", **promised(NOW + MINUTE)),
        deployment_record("p", **promised(NOW + MINUTE), status="paused"),
        deployment_record("m", schedule=None),
    )
    upcoming = overview(Snapshot(NOW)).upcoming
    assert [(firing.name, firing.at, firing.due) for firing in upcoming] == [
        ("c", NOW + MINUTE, False),
        ("a", NOW + HOUR, False),
        ("b", NOW + HOUR, False),
    ]
    assert (upcoming[0].url, upcoming[0].schedule) == ("/deployments/dep_c/", "At 09:00")
    later = overview(Snapshot(NOW + 5 * MINUTE)).upcoming
    assert [(firing.name, firing.due) for firing in later] == [("c", True), ("a", False), ("b", False)]


def test_what_runs_longest_and_what_ran_last_are_so_many_rows_each() -> None:
    stored_runs(*(run_record(n, NOW - n * MINUTE, "running") for n in range(MOST_ROWS + 3)))
    page = overview(Snapshot(NOW))
    ids = [int(run.id[-2:], 16) for run in page.running]
    assert ids == list(range(MOST_ROWS + 2, 2, -1))
    assert [int(run.id[-2:], 16) for run in page.recent] == list(range(MOST_ROWS))


@pytest.mark.parametrize(("runs", "fits"), [(2, False), (3, True), (MOST_ROWS + 1, True)])
def test_what_runs_and_comes_next_stand_beside_the_recent_runs_where_both_fit(runs: int, fits: bool) -> None:
    stored_deployments(deployment_record(**promised(NOW + HOUR)))
    stored_runs(*(run_record(n, NOW - n * HOUR) for n in range(1, runs + 1)))
    assert overview(Snapshot(NOW)).few_to_come is fits
    stored_runs(*(run_record(50 + n, NOW - MINUTE, "running") for n in range(MOST_ROWS)))
    assert not overview(Snapshot(NOW)).few_to_come


def test_a_run_that_left_the_api_unfinished_does_not_run_now() -> None:
    live()
    stored_runs(*(run_record(n, NOW - n * MINUTE, "running") for n in (1, 2)))
    mark_run_gone(Run.objects.get(run_id=run_record(2, NOW)["id"]), NOW)
    page = overview(Snapshot(NOW))
    assert [run.id for run in page.running] == [run_record(1, NOW)["id"]]
    assert next(tile for tile in page.tiles if tile.label == "Running").count.number == 1


def test_an_overview_says_how_far_back_it_was_read() -> None:
    live()
    assert overview(Snapshot(NOW)).day_coverage == overview(Snapshot(NOW)).week_coverage == "all read"
    Gap.objects.create(account="default", from_at=NOW - 48 * HOUR, until_at=datetime(2026, 3, 1, tzinfo=UTC))
    page = overview(Snapshot(NOW))
    assert (page.day_coverage, page.week_coverage) == ("all read", "read back to 14 Jun 09:42")
    assert page.headline.calm is False
    kept("ok", "a")
    assert overview(Snapshot(NOW)).headline.basis == "1 deployment, 0 runs in 24 h, all read"
