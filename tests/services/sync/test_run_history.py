"""What the sync promises about history: every run once, whenever it is killed, whatever the order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from dashboard.models import Feed, Gap, Run
from dashboard.services.cloud import Transport
from dashboard.services.cloud.accounts import Account
from dashboard.services.status.feeds import feeds
from dashboard.services.sync import absences
from dashboard.simulator import Fault, serving
from tests.factories import run_record
from tests.upstream import Upstream

pytestmark = pytest.mark.django_db(transaction=True)


def fill(upstream: Upstream, count: int, apart: timedelta = timedelta(minutes=1)) -> None:
    """Put that many finished runs upstream, the newest an instant ago."""
    now = timezone.now()
    upstream.world.runs[:] = [run_record(n, now - apart * n) for n in range(count)]


def ids(upstream: Upstream) -> list[str]:
    return sorted(record["id"] for record in upstream.world.runs)


def kept() -> list[str]:
    return sorted(Run.objects.values_list("run_id", flat=True))


def test_every_run_the_api_lists_ends_up_in_the_mirror_once(upstream: Upstream) -> None:
    fill(upstream, 2500)
    assert upstream.loop().turn()
    assert kept() == ids(upstream)
    assert not Gap.objects.exists()
    # The newest page, the history below it in pages of a thousand, and the audit: one after the other.
    runs = [entry for entry in upstream.api.log if entry.path.endswith("/deployment_runs")]
    assert len(runs) == 1 + 3 + 1
    assert Feed.objects.get().fill_share is None  # what it was while pages were left
    assert {entry.concurrent for entry in upstream.api.log} == {1}


def test_runs_before_the_retention_window_are_left_alone(upstream: Upstream) -> None:
    now = timezone.now()
    upstream.world.runs[:] = [run_record(1, now), run_record(2, now - timedelta(days=91))]
    upstream.loop().turn()
    assert kept() == [upstream.world.runs[0]["id"]]


@pytest.mark.parametrize("days", [5, 30])
@pytest.mark.parametrize("noted", [True, False], ids=["noted", "by an earlier version"])
def test_runs_that_are_to_be_kept_for_longer_are_read_again(
    upstream: Upstream, settings: Any, account: Account, days: int, noted: bool
) -> None:
    fill(upstream, 300, apart=timedelta(hours=6))
    loop = upstream.loop()
    assert loop.turn()
    settings.RUN_RETENTION_DAYS = days
    loop.turn()
    kept_meanwhile = len(kept())
    assert kept_meanwhile == 4 * days
    assert Feed.objects.get().runs_kept == kept_meanwhile
    if not noted:
        Feed.objects.update(history_from=None)
    settings.RUN_RETENTION_DAYS = 90
    assert feeds()[0].coverage.complete is not noted
    assert loop.turn()
    assert kept() == ids(upstream)
    assert feeds()[0].coverage.complete
    feed = Feed.objects.get()
    assert (feed.runs_kept, feed.runs_read) == (300, 600 - kept_meanwhile)


def test_what_is_read_stays_read_while_the_api_cannot_give_what_is_to_be_kept_longer(
    upstream: Upstream, settings: Any
) -> None:
    fill(upstream, 40, apart=timedelta(hours=6))
    settings.RUN_RETENTION_DAYS = 5
    loop = upstream.loop()
    assert loop.turn()
    since = feeds()[0].coverage.since
    settings.RUN_RETENTION_DAYS = 90
    upstream.api.faults.append(Fault(kind="status", status=503, path="deployment_runs", times=None))
    loop.turn()
    [gap] = Gap.objects.all()
    assert gap.from_at <= min(run.at for run in Run.objects.all())
    assert feeds()[0].coverage.since == since
    upstream.api.faults.clear()
    assert upstream.loop().turn()
    assert kept() == ids(upstream)


def test_a_gap_that_is_still_open_goes_down_to_what_is_to_be_kept(upstream: Upstream, settings: Any) -> None:
    fill(upstream, 300, apart=timedelta(hours=6))
    settings.RUN_RETENTION_DAYS = 40
    loop = upstream.loop()
    upstream.api.faults.append(Fault(kind="status", status=500, path="deployment_runs", after=1, times=None))
    loop.turn()
    assert len(kept()) == 100
    assert Gap.objects.count() == 1
    upstream.api.faults.clear()
    settings.RUN_RETENTION_DAYS = 90
    loop.turn()
    assert kept() == ids(upstream)
    assert not Gap.objects.exists()


def test_what_is_kept_is_read_once_however_many_cycles_follow(upstream: Upstream) -> None:
    fill(upstream, 30)
    loop = upstream.loop()
    loop.turn()
    version = Feed.objects.get().version
    for minutes in (1, 10, 100):
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            loop.turn()
    assert Feed.objects.get().version == version


def test_a_process_killed_between_two_pages_leaves_no_hole(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(upstream, 2500)
    upstream.api.faults.append(Fault(kind="status", status=500, path="deployment_runs", after=2, times=None))
    loop = upstream.loop()
    monkeypatch.setattr("dashboard.services.sync.rollups.refresh", lambda *_: None)
    loop.turn()  # two pages land, then nothing more: as if killed there
    assert 0 < Run.objects.count() < 2500
    upstream.api.faults.clear()
    fill_newer = [run_record(10_000 + n, timezone.now() + timedelta(seconds=n)) for n in range(300)]
    upstream.world.runs[:] = [*fill_newer, *upstream.world.runs]
    upstream.loop().turn()
    assert kept() == ids(upstream)


def test_a_hole_below_the_newest_page_is_remembered_until_it_is_read(upstream: Upstream) -> None:
    fill(upstream, 50)
    upstream.loop().turn()
    newer = [run_record(5_000 + n, timezone.now() + timedelta(seconds=n)) for n in range(700)]
    upstream.world.runs[:] = [*newer, *upstream.world.runs]
    # The head of 100 lands; the page below it does not.
    upstream.api.faults.append(Fault(kind="status", status=500, path="deployment_runs", after=1, times=None))
    upstream.loop().turn()
    assert Run.objects.count() < 750
    assert Gap.objects.count() == 1
    upstream.api.faults.clear()
    upstream.loop().turn()
    assert kept() == ids(upstream)


@pytest.mark.slow
def test_new_runs_appear_while_a_long_history_is_being_filled_in(upstream: Upstream) -> None:
    fill(upstream, 5000)
    loop = upstream.loop(interval=0.001)  # each turn has time for one page of history only
    loop.turn()
    assert not loop.complete()
    fresh = run_record(9_999, timezone.now())
    upstream.world.runs.insert(0, fresh)
    loop.turn()
    assert not loop.complete()
    assert Run.objects.filter(run_id=fresh["id"]).exists()
    while not loop.complete():
        loop.turn()
    assert kept() == ids(upstream)


def test_a_run_inserted_while_the_walk_is_under_way_is_found(upstream: Upstream) -> None:
    fill(upstream, 3000)
    loop = upstream.loop(interval=0.001)
    loop.turn()
    upstream.world.runs.insert(0, run_record(9_999, timezone.now()))
    while not loop.complete():
        loop.turn()
    assert kept() == ids(upstream)


def test_a_shuffled_page_loses_no_run(upstream: Upstream) -> None:
    fill(upstream, 300)
    upstream.loop().turn()
    newer = [run_record(5_000 + n, timezone.now() + timedelta(seconds=n)) for n in range(150)]
    upstream.world.runs[:] = [*newer, *upstream.world.runs]
    upstream.api.faults.append(Fault(kind="shuffle", path="deployment_runs", times=None))
    upstream.loop().turn()
    assert kept() == ids(upstream)


@pytest.mark.slow
def test_a_page_of_duplicates_does_not_end_the_walk(upstream: Upstream) -> None:
    fill(upstream, 3500)
    upstream.api.faults.append(Fault(kind="duplicates", path="deployment_runs", after=2, times=1))
    loop = upstream.loop()
    loop.turn()
    # The page that was repeated hid its own records; the audit brings them back.
    for _ in range(10):
        Feed.objects.update(audited_at=None)
        loop.turn()
    assert kept() == ids(upstream)


def test_a_cursor_that_vanished_restarts_the_walk(upstream: Upstream) -> None:
    fill(upstream, 3500)
    upstream.api.faults.append(Fault(kind="vanish", path="deployment_runs", after=2, times=1))
    upstream.loop().turn()
    assert kept() == ids(upstream)


def test_a_gap_whose_cursor_has_left_the_api_goes_on_a_little_higher(upstream: Upstream) -> None:
    fill(upstream, 2500)
    loop = upstream.loop(interval=0.001)
    loop.turn()
    gap = Gap.objects.get()
    upstream.world.runs[:] = [r for r in upstream.world.runs if r["id"] != gap.after_id]
    for _ in range(6):
        loop.turn()
    assert set(ids(upstream)) <= set(kept())
    assert loop.complete()


def test_an_empty_page_in_the_middle_is_not_the_end(upstream: Upstream) -> None:
    upstream.api.generation = 2
    fill(upstream, 450)
    upstream.api.faults.append(Fault(kind="empty", path="deployment_runs", after=2, times=1))
    upstream.loop().turn()
    assert kept() == ids(upstream)


def test_a_malformed_record_is_left_out_and_counted_and_the_rest_lands(
    upstream: Upstream, settings: Any
) -> None:
    fill(upstream, 50)
    upstream.api.faults.append(Fault(kind="malformed", path="deployment_runs", times=None))
    settings.RUN_RETENTION_DAYS = 30
    upstream.loop().turn()
    assert Run.objects.count() == 49
    assert Feed.objects.get().malformed == 1
    settings.RUN_RETENTION_DAYS = 90
    upstream.loop().turn()  # it is on the newest page, and on that from which older runs are read again
    assert Feed.objects.get().malformed == 1


def test_the_newer_shape_is_read_in_pages_of_a_hundred(upstream: Upstream) -> None:
    upstream.api.generation = 2
    fill(upstream, 350)
    upstream.loop().turn()
    assert kept() == ids(upstream)
    assert set(Run.objects.values_list("status", flat=True)) == {"started"}


def test_an_api_that_changes_shape_keeps_the_outcomes_already_reported(upstream: Upstream) -> None:
    fill(upstream, 40)
    loop = upstream.loop()
    loop.turn()
    upstream.api.generation = 2
    upstream.world.runs.insert(0, run_record(9_999, timezone.now()))
    loop.turn()
    assert kept() == ids(upstream)
    assert Run.objects.filter(status="completed").count() == 40
    assert Run.objects.get(run_id=upstream.world.runs[0]["id"]).status == "started"


@pytest.mark.parametrize("ahead", [2, 5, 20])
def test_runs_dated_ahead_do_not_hide_what_starts_until_then(upstream: Upstream, ahead: int) -> None:
    fill(upstream, 100)
    start = timezone.now()
    wrong = [run_record(8_000 + n, start + timedelta(hours=ahead)) for n in range(3)]
    upstream.world.runs[:] = [*wrong, *upstream.world.runs]
    upstream.loop().turn()
    with time_machine.travel(start + timedelta(hours=ahead)):
        later = [run_record(5_000 + n, timezone.now() - timedelta(minutes=n)) for n in range(60 * ahead - 5)]
        upstream.world.runs[:] = [*later[:1], *wrong, *later[1:], *upstream.world.runs[3:]]
        for _ in range(3):
            upstream.loops[-1].turn()
    assert kept() == ids(upstream)


@pytest.mark.parametrize("generation", [1, 2])
def test_many_runs_within_minutes_cost_no_more_than_few(upstream: Upstream, generation: int) -> None:
    upstream.api.generation = generation
    fill(upstream, 900, timedelta(seconds=0.2))
    loop = upstream.loop()
    loop.turn()
    assert kept() == ids(upstream)
    for _ in range(3):
        upstream.asked()
        loop.turn()
        assert len(upstream.asked()) <= 3
        assert not Gap.objects.exists()


def test_a_filling_history_of_a_busy_account_keeps_one_gap_and_comes_to_its_end(upstream: Upstream) -> None:
    upstream.api.generation = 2
    fill(upstream, 2_000, timedelta(seconds=0.1))
    loop = upstream.loop(interval=0.001)  # time for one page of history a turn
    for turn in range(40):
        upstream.world.runs[:0] = [
            run_record(10_000 + 10 * turn + n, timezone.now() - timedelta(milliseconds=n)) for n in range(10)
        ]
        loop.turn()
        assert Gap.objects.count() <= 1
    assert loop.complete()
    assert kept() == ids(upstream)


def test_a_gap_above_another_grows_and_the_oldest_has_its_turns(upstream: Upstream) -> None:
    fill(upstream, 3_000)
    loop = upstream.loop(interval=0.001)
    loop.turn()
    for burst in range(4):  # more than a page comes between any two turns
        newer = [run_record(10_000 + 2_000 * burst + n, timezone.now()) for n in range(1_500)]
        upstream.world.runs[:] = [*newer, *upstream.world.runs]
        before = Gap.objects.last()
        loop.turn()
        assert Gap.objects.count() <= 2
        assert before
    for _ in range(20):
        loop.turn()
    assert kept() == ids(upstream)


@pytest.mark.parametrize("has_more", [None, "true", 0])
def test_an_answer_without_has_more_closes_no_gap(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch, has_more: object
) -> None:
    fill(upstream, 50)
    upstream.loop().turn()
    newer = [run_record(5_000 + n, timezone.now() + timedelta(seconds=n)) for n in range(550)]
    upstream.world.runs[:] = [*reversed(newer), *upstream.world.runs]
    get = Transport.get

    def garbled(self: Transport, path: str, params: dict[str, str]) -> dict[str, Any]:
        return get(self, path, params) | ({"has_more": has_more} if "after_id" in params else {})

    with monkeypatch.context() as patched:
        patched.setattr(Transport, "get", garbled)
        assert not upstream.loops[-1].turn()
    assert Gap.objects.exists()
    upstream.loops[-1].turn()
    assert kept() == ids(upstream)


def test_a_list_cut_short_is_not_taken_for_the_whole(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(upstream, 50)
    upstream.loop().turn()
    newer = [run_record(5_000 + n, timezone.now() + timedelta(seconds=60 - n)) for n in range(50)]
    everything = [*newer, *upstream.world.runs]
    upstream.world.runs[:] = newer[:5]
    upstream.loops[-1].turn()
    assert Gap.objects.exists()
    upstream.world.runs[:] = everything
    upstream.loops[-1].turn()
    assert kept() == ids(upstream)


def test_a_gap_ends_where_the_api_says_twice_that_there_is_no_more(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absences, "SURE_AFTER", 0)
    fill(upstream, 50)
    upstream.loop().turn()
    upstream.world.runs[:] = [run_record(5_000, timezone.now())]
    upstream.loops[-1].turn()
    assert not upstream.loops[-1].complete()
    upstream.loops[-1].turn()
    assert upstream.loops[-1].complete()


def test_a_run_far_in_the_future_does_not_hide_the_ones_after_it(upstream: Upstream) -> None:
    fill(upstream, 30)
    upstream.world.runs.insert(0, run_record(8_888, timezone.now() + timedelta(days=3)))
    loop = upstream.loop()
    loop.turn()
    newer = [run_record(5_000 + n, timezone.now() + timedelta(seconds=n)) for n in range(300)]
    upstream.world.runs[:] = [upstream.world.runs[0], *newer, *upstream.world.runs[1:]]
    loop.turn()
    assert kept() == ids(upstream)


def test_an_audit_whose_place_has_left_the_api_starts_at_the_top_again(upstream: Upstream) -> None:
    fill(upstream, 30)
    loop = upstream.loop()
    loop.turn()
    Feed.objects.update(audited_at=None, audit_after_id="drun_of_nowhere")
    assert loop.turn()
    assert Feed.objects.get().audit_after_id == ""


@pytest.mark.parametrize("path", ["deployments", "deployment_runs"])
def test_a_list_that_names_a_next_page_and_gives_none_is_trouble_and_nothing_is_lost(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    fill(upstream, 1200)
    loop = upstream.loop()
    api = loop.syncs[0].api
    walk = getattr(api, path)

    def endless(**parameters: Any) -> Iterator[Any]:
        pages = walk(**parameters)
        yield replace(next(pages), has_more=True)

    monkeypatch.setattr(api, path, endless)
    assert not loop.turn()
    assert "names a next page that it does not give" in Feed.objects.get().error_message
    monkeypatch.undo()
    assert loop.turn()
    assert kept() == ids(upstream)


def test_the_audit_finds_what_the_order_hid(upstream: Upstream) -> None:
    fill(upstream, 400)
    loop = upstream.loop()
    loop.turn()
    hidden = run_record(7_777, timezone.now() - timedelta(minutes=300, seconds=30))
    upstream.world.runs.append(hidden)
    Feed.objects.update(audited_at=None)
    loop.turn()
    assert Run.objects.filter(run_id=hidden["id"]).exists()


def test_runs_without_any_time_cost_a_quiet_cycle_no_more_than_others(upstream: Upstream) -> None:
    fill(upstream, 2500)
    for record in upstream.world.runs:
        record |= {"triggered_at": "soon", "created_at": None, "completed_at": None, "cas_run_extras": None}
    loop = upstream.loop()
    loop.turn()
    assert kept() == ids(upstream)
    assert set(Run.objects.values_list("time", flat=True)) == {"not-understood"}
    loop.turn()
    upstream.api.log.clear()
    loop.turn()
    asked = [entry for entry in upstream.api.log if entry.path.endswith("deployment_runs")]
    assert len(asked) <= 2
    assert not Gap.objects.exists()


@pytest.mark.parametrize(
    ("behind", "ahead", "time"), [(1, 0, "known"), (0, 8, "clock-off"), (1, 8, "clock-off")]
)
def test_a_run_is_of_the_future_by_the_clock_of_the_api_where_ours_is_behind(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch, behind: int, ahead: int, time: str
) -> None:
    now = timezone.now()
    monkeypatch.setattr(serving._Handler, "date_time_string", lambda _: format_datetime(now, usegmt=True))
    upstream.world.runs[:] = [run_record(1, now + timedelta(hours=ahead), "failed")]
    with time_machine.travel(now - timedelta(hours=behind)):
        upstream.loop().turn()
    assert Run.objects.get().time == time
