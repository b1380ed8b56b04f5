"""Runs whose time is not known: in no span, streak or median, never last, and counted apart everywhere."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict

from dashboard.domain.fingerprints import fingerprint
from dashboard.models import Deployment, Run, Tally
from dashboard.services import failures
from dashboard.services.deployments import detail as deployment_detail
from dashboard.services.deployments import list as deployment_list
from dashboard.services.exports import atom, csv_json, prometheus
from dashboard.services.lists.questions import read_question
from dashboard.services.overview.page import Overview, overview
from dashboard.services.runs import detail as run_detail
from dashboard.services.runs import list as run_list
from dashboard.services.runs.detail import RunPage
from dashboard.services.status.snapshot import Snapshot
from tests.calendars import shown as calendar
from tests.factories import NOW, Record, deployment_record, run_record, stored_deployments, stored_runs, text
from tests.feeds import live
from tests.judging import judge, judged

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AHEAD = NOW + 8 * HOUR
LATER = (NOW, AHEAD + HOUR, AHEAD + 2 * DAY)
UNREAD: Record = {"triggered_at": "soon", "created_at": ["never"], "completed_at": None, "cas_run_extras": {}}
ONE_AHEAD = "1 run is dated after it was read: the clock of the source is off, left out where time matters"
ONE_UNREAD = "1 run has no time that is understood, left out where time matters"


def ahead(number: int, status: str = "completed", **changes: Any) -> Record:
    return run_record(number, AHEAD, status, **changes)


def unread(number: int, status: str = "completed", **changes: Any) -> Record:
    return run_record(number, NOW, status) | UNREAD | changes


@pytest.fixture
def world() -> Deployment:
    """A completed run two hours ago, five failures since, and two completed runs whose time is not known."""
    live()
    stored_deployments(deployment_record())
    known = [run_record(n, NOW - 10 * n * MINUTE, "failed") for n in range(1, 6)]
    stored_runs(
        *known, run_record(6, NOW - 2 * HOUR), ahead(7, duration_ms=1), unread(8, duration_ms=1), now=NOW
    )
    return deployment(NOW)


def deployment(at: Any) -> Deployment:
    judge(at)
    detail = deployment_detail.find("dep_a")
    assert detail is not None
    return detail


def row_ids(query: str = "", now: Any = NOW) -> list[int]:
    listed = run_list.list_runs(read_question("runs", QueryDict(query), Snapshot(now)), Snapshot(now))
    return [int(row.id[-4:], 16) for row in listed.rows]


def run_page(number: int) -> RunPage:
    page = run_detail.get_run(f"drun_{number:032x}", Snapshot(NOW))
    assert page is not None
    return page


@pytest.mark.parametrize("at", LATER)
def test_a_run_dated_in_the_future_ends_no_streak_and_is_never_the_last(world: Deployment, at: Any) -> None:
    stored_runs(ahead(7, duration_ms=1, attempt=at.hour), now=at)
    row = deployment(at)
    assert (row.health, row.streak, row.failing_since) == ("failing", 5, NOW - 50 * MINUTE)
    assert (row.last_run_at, row.last_run_status) == (NOW - 10 * MINUTE, "failed")
    assert row.last_success_at == NOW - 2 * HOUR
    assert (row.usual_of, row.usual_ms, row.last_ms) == (1, 17_000, 17_000)
    assert (row.runs_ahead, row.runs_without_time) == (1, 1)


def test_a_running_run_without_a_time_makes_nothing_stuck() -> None:
    live()
    stored_deployments(deployment_record())
    stored_runs(run_record(1, NOW - HOUR), ahead(2, "running"), unread(3, "running"), now=NOW)
    row = deployment(NOW)
    assert (row.open_since, row.stuck_at, row.health) == (None, None, "ok")
    assert run_page(3).verdict == "Running."
    assert [run.id[-1] for run in overview(Snapshot(NOW)).running] == ["2", "3"]


def test_a_deployment_of_whose_runs_no_time_is_known_is_not_called_one_that_never_ran() -> None:
    live()
    stored_deployments(deployment_record())
    stored_runs(ahead(1), unread(2, "failed"), now=NOW)
    assert (deployment(NOW).health, deployment(NOW).last_run_at) == ("unknown", None)
    [needy] = overview(Snapshot(NOW)).needy
    assert needy.reason == "clock of the source is off: 1 run; time not understood: 1 run"


def test_a_deployment_whose_newest_runs_have_no_known_time_is_silent_only_from_their_reading_on() -> None:
    live()
    stored_deployments(deployment_record(updated_at=text(NOW - 30 * DAY)))
    runs = [run_record(1, NOW - 9 * DAY), run_record(2, NOW - 8 * DAY, "skipped")]
    stored_runs(*runs, now=NOW)
    assert deployment(NOW).health == "silent"
    stored_runs(unread(3, "skipped"), ahead(4, "skipped"), now=NOW - HOUR)
    row = deployment(NOW)
    assert (row.health, row.silent_since, row.skipped_count) == ("ok", NOW - HOUR, 1)
    assert judged(NOW + 9 * DAY).get().health == "silent"


@pytest.mark.parametrize("at", LATER)
@pytest.mark.usefixtures("world")
def test_they_stand_at_the_end_of_the_list_and_are_in_no_span(at: Any) -> None:
    assert row_ids("", at) == [1, 2, 3, 4, 5, 6, 8, 7]
    assert row_ids("sort=triggered_at", at) == [7, 8, 6, 5, 4, 3, 2, 1]
    for span in ("since=9000h", "until=2027-01-01", "since=1960-01-01", "until=1980-01-01"):
        assert not {7, 8} & set(row_ids(span, at))
    assert row_ids("time=clock-off", at) == [7]
    assert row_ids("time=not-understood", at) == [8]
    assert row_ids("time=not-understood&time=clock-off", at) == [8, 7]
    assert row_ids("time=known&time=clock-off&status=completed", at) == [6, 7]


@pytest.mark.usefixtures("world")
def test_a_list_says_how_many_there_are_besides_whatever_its_span() -> None:
    for query in ("", "since=1h", "status=completed&until=yesterday"):
        asked = read_question("runs", QueryDict(query), Snapshot(NOW))
        sentences = run_list.list_runs(asked, Snapshot(NOW)).undated
        assert [runs.text for runs in sentences] == [ONE_AHEAD, ONE_UNREAD]
        for runs, number in zip(sentences, (7, 8), strict=True):
            assert row_ids(runs.url.partition("?")[2]) == [number]
    for query in ("time=known", "status=failed", "deployment_id=dep_b"):
        asked = read_question("runs", QueryDict(query), Snapshot(NOW))
        assert run_list.list_runs(asked, Snapshot(NOW)).undated == ()


def test_several_are_counted() -> None:
    live()
    stored_runs(ahead(1), ahead(2), unread(3), unread(4), now=NOW)
    assert [runs.text for runs in overview(Snapshot(NOW)).undated] == [
        "2 runs are dated after they were read: the clock of the source is off, left out where time matters",
        "2 runs have no time that is understood, left out where time matters",
    ]


def figures(page: Overview) -> dict[str, int]:
    return {tile.label: tile.count.number for tile in page.tiles}


@pytest.mark.parametrize("at", LATER)
@pytest.mark.usefixtures("world")
def test_the_overview_counts_them_in_one_sentence_and_nowhere_else(at: Any) -> None:
    page = overview(Snapshot(at))
    assert [(runs.text, runs.url) for runs in page.undated] == [
        (ONE_AHEAD, "/runs/?time=clock-off"),
        (ONE_UNREAD, "/runs/?time=not-understood"),
    ]
    assert [int(run.id[-4:], 16) for run in page.recent] == [1, 2, 3, 4, 5, 6]
    day = at - NOW < DAY
    assert figures(page)["Completed, 24 h"] == (1 if day else 0)
    assert sum(Tally.objects.values_list("number", flat=True)) == 6


def test_the_page_of_a_run_dated_in_the_future_says_so(world: Deployment) -> None:
    page = run_page(7)
    assert page.undated is not None
    assert (page.row.at, page.row.time_text) == (None, "clock of the source is off")
    assert page.undated.title == "The clock of the source is off"
    assert page.undated.text.startswith("This run is dated 8 h after it was first read. It is left out")
    assert [step.word for step in page.order.steps] == ["First read", "Triggered", "Started", "Completed"]
    assert (page.beside.earlier, page.beside.later) == (None, None)
    assert run_page(6).undated is None
    assert world.runs_ahead


@pytest.mark.usefixtures("world")
def test_the_page_of_a_run_without_a_time_shows_what_cannot_be_read() -> None:
    page = run_page(8)
    assert page.undated is not None
    assert (page.row.at, page.row.time_text) == (None, "time not understood")
    assert page.undated.text == (
        'In the record, triggered_at is "soon"; created_at is ["never"]. '
        "The run is left out where time matters."
    )
    assert 'Not understood in the record: triggered_at, which is "soon".' in page.order.unknown
    assert [step.word for step in page.order.steps] == ["First read"]
    assert run_page(6).beside.earlier is None


def test_a_run_of_which_the_api_gives_no_time_is_not_called_unreadable() -> None:
    stored_runs(unread(1, triggered_at=None, created_at=0))
    page = run_page(1)
    assert page.undated is not None
    assert (page.row.time_text, page.undated.title) == ("no time given", "No time given")


def test_the_page_of_a_deployment_leads_to_them(world: Deployment) -> None:
    page = deployment_detail.deployment_page(world, Snapshot(NOW))
    for runs, number in zip(page.undated, (7, 8), strict=True):
        assert row_ids(runs.url.partition("?")[2]) == [number]
    assert len(page.strip.bars) == page.looked_at == 6
    assert page.plot is not None
    assert len(page.plot.points) == 6
    assert page.not_understood == ()
    assert (
        page.row.undated == page.row.remark == "clock of the source is off: 1 run; time not understood: 1 run"
    )


def test_what_cannot_be_read_of_a_deployment_is_on_its_page() -> None:
    live()
    stored_deployments(deployment_record(created_at="soon", archived_at={"on": "Monday"}))
    page = deployment_detail.deployment_page(deployment(NOW), Snapshot(NOW))
    assert [(item.field, item.value) for item in page.not_understood] == [
        ("created_at", '"soon"'),
        ("archived_at", '{"on": "Monday"}'),
    ]
    shown = {fact.label: fact.value for fact in page.facts}
    assert (shown["Created"], shown["Archived"]) == (None, None)
    assert page.row.archived


@pytest.mark.usefixtures("world")
def test_files_give_them_without_an_instant_and_with_what_is_known_of_it() -> None:
    asked = read_question("runs.csv", QueryDict(), Snapshot(NOW))
    rows = csv_json.run_rows(asked, Snapshot(NOW), str)
    body = b"".join(csv_json.as_csv(rows, csv_json.RUN_COLUMNS)).decode("utf-8-sig")
    read = [
        (row["time"], row["triggered_at"], row["created_at"]) for row in csv.DictReader(io.StringIO(body))
    ]
    assert read[-2:] == [("not-understood", "", ""), ("clock-off", "", text(AHEAD))]
    assert {time for time, _, _ in read[:-2]} == {"known"}
    asked = read_question("deployments.csv", QueryDict(), Snapshot(NOW))
    [row] = csv_json.deployment_rows(asked, Snapshot(NOW), str)
    assert (row["runs_ahead"], row["runs_without_time"], row["last_run_at"]) == (1, 1, NOW - 10 * MINUTE)


@pytest.mark.parametrize("at", LATER)
@pytest.mark.usefixtures("world")
def test_feeds_and_metrics_leave_them_out_and_count_them(at: Any) -> None:
    body = atom.feed(read_question("runs.atom", QueryDict(), Snapshot(at)), Snapshot(at), str)
    assert body.count("<entry>") == 6
    shown = prometheus.exposition(read_question("metrics", QueryDict(), Snapshot(at)), Snapshot(at)).decode()
    key = '{account="default",deployment_id="dep_a"}'
    assert f"qoder_deployment_runs_dated_ahead{key} 1.0" in shown
    assert f"qoder_deployment_runs_without_time{key} 1.0" in shown
    lines = shown.splitlines()
    [line] = [line for line in lines if line.startswith("qoder_deployment_last_success_timestamp")]
    assert float(line.split()[-1]) == (NOW - 2 * HOUR).timestamp()


@pytest.mark.usefixtures("world")
def test_a_calendar_has_them_on_no_day_and_says_so() -> None:
    for number, query in enumerate(("view=month", "view=month&date=2026-06-17", "view=day&date=2026-06-16")):
        page = calendar(query)
        texts = [notice.text for notice in (*page.notices, *page.more_notices)]
        assert texts == [f"a: {ONE_AHEAD}", f"a: {ONE_UNREAD}"], number
    [first, _] = calendar("view=week").notices
    assert row_ids(first.url.partition("?")[2]) == [7]


def test_a_group_of_failures_is_dated_by_the_runs_whose_time_is_known() -> None:
    live()
    message = {"error": {"type": "odd", "message": "broke"}}
    stored_runs(
        *(run_record(n, NOW - n * HOUR, "failed", **message) for n in (1, 2)),
        *(ahead(3, "failed", **message), unread(4, "failed", **message)),
        now=NOW,
    )
    asked = read_question("failures", QueryDict("since=30d"), Snapshot(NOW))
    group = failures.get_failure(fingerprint("odd", "broke"), asked, Snapshot(NOW))
    assert group is not None
    assert group.row is not None
    assert (group.row.runs, group.row.first_at, group.row.last_at) == (2, NOW - 2 * HOUR, NOW - HOUR)
    assert sum(group.row.spark.bars) == 2
    assert len(row_ids(group.runs_url.partition("?")[2])) == 2
    listed = failures.list_failures(read_question("failures", QueryDict(), Snapshot(NOW)), Snapshot(NOW))
    [row] = listed.rows
    assert (row.runs, row.first_at) == (2, NOW - 2 * HOUR)
    assert len(row_ids(row.runs_url.partition("?")[2])) == 2
    assert [row_ids(runs.url.partition("?")[2]) for runs in listed.undated] == [[3], [4]]
    assert run_page(4).alike_url == f"/runs/?fingerprint={row.fingerprint}"
    assert run_page(1).alike_url == f"/failures/{row.fingerprint}/"


def test_a_group_of_failures_without_any_known_time_has_none_in_its_span() -> None:
    live()
    stored_runs(ahead(1, "failed"), now=NOW)
    mark = str(Run.objects.get().fingerprint)
    group = failures.get_failure(mark, read_question("failures", QueryDict(), Snapshot(NOW)), Snapshot(NOW))
    assert group is not None
    assert (group.row, group.latest) == (None, [])
    assert run_page(1).alike_url == f"/runs/?fingerprint={mark}"


def test_a_list_of_deployments_orders_by_the_last_run_that_is_known() -> None:
    live()
    stored_deployments(deployment_record("a"), deployment_record("b"))
    stored_runs(ahead(1), run_record(2, NOW - HOUR), run_record(3, NOW, deployment_id="dep_b"), now=NOW)
    asked = read_question("deployments", QueryDict("sort=-last_run"), Snapshot(NOW))
    assert [row.id for row in deployment_list.list_deployments(asked, Snapshot(NOW)).rows] == [
        "dep_b",
        "dep_a",
    ]
