"""A run that had not finished shows its final state one cycle after the API does, however old it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard.models import Deployment, Feed, Run
from dashboard.services.sync import absences, store
from dashboard.simulator import Fault
from tests.factories import Record, deployment_record, run_record
from tests.upstream import Upstream

pytestmark = pytest.mark.django_db(transaction=True)
WEEKS = timedelta(weeks=3)


def history(upstream: Upstream, *old: Record) -> None:
    """1,500 finished runs of the last day, so that no newest page reaches the old ones; then those."""
    now = timezone.now()
    finished = [run_record(n, now - timedelta(minutes=n)) for n in range(1500)]
    upstream.world.runs[:] = [*finished, *old]
    upstream.world.deployments[:] = [deployment_record()]
    upstream.loop().turn()


def finish(upstream: Upstream, number: int, status: str = "failed") -> None:
    """Let that run finish upstream."""
    for position, record in enumerate(upstream.world.runs):
        if record["id"].endswith(f"{number:032x}"):
            at = timezone.datetime.fromisoformat(record["triggered_at"])  # type: ignore[attr-defined]
            upstream.world.runs[position] = run_record(number, at, status)


def status(number: int) -> str:
    return Run.objects.get(run_id=f"drun_{number:032x}").status


def old(number: int, state: str = "running", **changes: object) -> Record:
    return run_record(number, timezone.now() - WEEKS - timedelta(hours=number - 9_000), state, **changes)


def test_a_late_finisher_three_weeks_old_is_seen_to_finish_in_the_next_cycle(upstream: Upstream) -> None:
    history(upstream, old(9_001))
    assert status(9_001) == "running"
    finish(upstream, 9_001)
    upstream.loops[-1].turn()
    assert status(9_001) == "failed"
    assert Deployment.objects.get().last_failure_at is not None


def test_a_run_that_the_newest_page_reaches_costs_no_request_of_its_own(upstream: Upstream) -> None:
    history(upstream)
    upstream.world.runs.insert(0, run_record(8_000, timezone.now(), "running"))
    upstream.loops[-1].turn()
    upstream.api.log.clear()
    upstream.loops[-1].turn()
    assert len([entry for entry in upstream.api.log if entry.path.endswith("deployment_runs")]) == 1


def test_one_unfinished_run_costs_one_small_request(upstream: Upstream) -> None:
    history(upstream, old(9_001))
    upstream.api.log.clear()
    upstream.loops[-1].turn()
    asked = [entry.query for entry in upstream.api.log if entry.path.endswith("deployment_runs")]
    assert [query["limit"] for query in asked] == ["100", "20"]


def test_an_unreadable_record_that_is_met_again_is_counted_once(upstream: Upstream) -> None:
    records: list[Any] = [run_record(1, timezone.now(), "running"), None]
    upstream.world.runs[:] = records
    upstream.loop().turn()
    upstream.world.runs[:] = records[1:]
    upstream.loops[-1].turn()  # the run is looked for on the page that has been read just now
    assert Feed.objects.get().malformed == 1


def test_many_unfinished_runs_cost_one_request_while_none_has_changed(upstream: Upstream) -> None:
    history(upstream, *(old(9_000 + n) for n in range(30)))
    upstream.api.log.clear()
    upstream.loops[-1].turn()
    assert [entry.query.get("status") for entry in upstream.api.log] == [None, "running", None]


def test_whoever_is_missing_from_the_list_of_running_ones_is_looked_up(upstream: Upstream) -> None:
    history(upstream, *(old(9_000 + n) for n in range(5)))
    finish(upstream, 9_002, "completed")
    upstream.loops[-1].turn()
    assert [status(9_000 + n) for n in range(5)] == ["running"] * 2 + ["completed"] + ["running"] * 2


def test_pending_and_running_ones_leave_every_second_cycle_to_the_deployments(upstream: Upstream) -> None:
    runs = [old(9_000 + n, "running") for n in range(3)] + [old(9_010 + n, "pending") for n in range(3)]
    history(upstream, *runs)
    loop = upstream.loops[-1]
    loop.turn()
    asked = []
    for _ in range(2):
        upstream.api.log.clear()
        loop.turn()
        asked.append([entry.path.rsplit("/", 1)[-1] for entry in upstream.api.log])
    assert sorted(map(len, asked)) == [3, 3]
    assert sum("deployments" in paths for paths in asked) == 1


def test_a_filter_that_the_api_ignores_is_noticed(upstream: Upstream) -> None:
    history(upstream, old(9_001), old(9_002))
    upstream.api.generation = 2  # where `status` is gone, and answers nothing
    upstream.loops[-1].turn()
    assert {status(9_001), status(9_002)} == {"started"}


def test_a_filter_that_the_api_refuses_is_done_without(upstream: Upstream) -> None:
    history(upstream, old(9_001), old(9_002))
    finish(upstream, 9_001)
    upstream.api.faults.append(Fault(kind="status", status=400, path="deployment_runs", after=1, times=1))
    upstream.loops[-1].turn()
    assert (status(9_001), status(9_002)) == ("failed", "running")


def test_a_run_that_has_left_the_api_is_kept_and_marked_once_two_answers_agree(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absences, "SURE_AFTER", 0)
    history(upstream, old(9_001), old(9_500, "completed"))
    upstream.world.runs[:] = [r for r in upstream.world.runs if not r["id"].endswith(f"{9_001:032x}")]
    upstream.loops[-1].turn()
    assert Run.objects.get(run_id=f"drun_{9_001:032x}").open
    upstream.loops[-1].turn()
    run = Run.objects.get(run_id=f"drun_{9_001:032x}")
    assert (run.status, run.open) == ("gone", False)
    assert "gone" in Feed.objects.get().words["status"]
    assert run.gone_at is not None
    assert Deployment.objects.get().open_since is None


def test_one_empty_or_unreadable_answer_marks_no_run_as_gone(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absences, "SURE_AFTER", 0)
    history(upstream, old(9_001), old(9_500, "completed"))
    everything = list(upstream.world.runs)
    for _ in range(2):
        upstream.world.runs[:] = []
        upstream.loops[-1].turn()
        upstream.world.runs[:] = everything
        upstream.loops[-1].turn()
    upstream.api.faults.append(Fault(kind="malformed", path="deployment_runs", times=None))
    for _ in range(3):
        upstream.loops[-1].turn()
    assert Run.objects.get(run_id=f"drun_{9_001:032x}").open


def test_a_run_that_comes_back_is_no_longer_marked(upstream: Upstream) -> None:
    history(upstream, old(9_001))
    for generation, word in ((2, "started"), (1, "completed")):
        store.mark_run_gone(Run.objects.get(run_id=f"drun_{9_001:032x}"), timezone.now())
        upstream.api.generation = generation
        upstream.world.runs.insert(0, run_record(9_001, timezone.now(), "completed"))
        upstream.loops[-1].turn()
        run = Run.objects.get(run_id=f"drun_{9_001:032x}")
        assert (run.gone_at, run.status) == (None, word)


def test_a_neighbour_that_has_left_the_api_is_passed_over(upstream: Upstream) -> None:
    history(upstream, old(9_000, "completed"), old(9_001), old(9_002, "completed"))
    upstream.world.runs[:] = [r for r in upstream.world.runs if not r["id"].endswith(f"{9_000:032x}")]
    finish(upstream, 9_001)
    upstream.loops[-1].turn()
    assert status(9_001) == "failed"


def test_a_run_all_of_whose_neighbours_are_gone_waits_for_the_next_cycle(upstream: Upstream) -> None:
    history(upstream, old(9_001))
    finish(upstream, 9_001)
    upstream.api.faults.append(Fault(kind="vanish", path="deployment_runs", times=3))
    upstream.loops[-1].turn()
    assert status(9_001) == "running"
    upstream.loops[-1].turn()
    assert status(9_001) == "failed"


def test_a_place_that_the_page_does_not_reach_proves_nothing(upstream: Upstream) -> None:
    # Thirty runs of one instant: the page after the neighbour may end before the one we look for.
    same = timezone.now() - WEEKS
    ties = [run_record(9_000 + n, same) for n in range(30)]
    history(upstream, run_record(8_000, same, "running"), *ties)
    upstream.loops[-1].turn()
    assert Run.objects.get(run_id=f"drun_{8_000:032x}").gone_at is None


def test_an_unheard_of_status_is_final_and_not_asked_for_again(upstream: Upstream) -> None:
    history(upstream, old(9_001, "hibernating"), old(9_002, "hibernating"), old(9_003, "RUNNING"))
    assert list(Run.objects.open("default").values_list("run_id", "status")) == [
        (f"drun_{9_003:032x}", "running")
    ]
    finish(upstream, 9_003, "completed")
    upstream.loops[-1].turn()
    upstream.asked()
    upstream.loops[-1].turn()
    assert "deployment_runs" not in upstream.asked()[2:]
    assert [status(n) for n in (9_001, 9_002, 9_003)] == ["hibernating", "hibernating", "completed"]


UNREAD: Record = {"triggered_at": "soon", "created_at": "soon", "cas_run_extras": {}}


def test_an_unfinished_run_whose_time_is_not_known_is_seen_to_finish(upstream: Upstream) -> None:
    upstream.world.order = "as given"
    history(upstream, old(9_001, **UNREAD))
    assert (status(9_001), Run.objects.get(run_id=f"drun_{9_001:032x}").time) == ("running", "not-understood")
    upstream.world.runs[-1] = old(9_001, "failed", **UNREAD)
    upstream.world.runs.insert(0, upstream.world.runs.pop())  # its place is not known: it may be anywhere
    upstream.loops[-1].turn()
    assert status(9_001) == "failed"


def test_an_unfinished_run_whose_time_is_not_known_is_read_in_the_list_of_its_status(
    upstream: Upstream,
) -> None:
    history(upstream, old(9_001, **UNREAD))
    upstream.api.log.clear()
    upstream.loops[-1].turn()
    asked = [entry.query for entry in upstream.api.log if entry.path.endswith("deployment_runs")]
    assert [query.get("status") for query in asked] == [None, "running"]
    upstream.world.runs[-1] = old(9_001, **UNREAD, session_id="sess_another")
    upstream.loops[-1].turn()
    assert Run.objects.get(run_id=f"drun_{9_001:032x}").session_id == "sess_another"


def test_a_run_whose_time_is_not_known_is_not_called_gone_where_it_was_not_looked_for(
    upstream: Upstream,
) -> None:
    history(upstream, old(9_001, **UNREAD))
    del upstream.world.runs[-1]
    for _ in range(4):
        upstream.loops[-1].turn()
    assert Run.objects.get(run_id=f"drun_{9_001:032x}").gone_at is None
