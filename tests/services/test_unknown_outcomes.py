"""Runs of which it is not known how they ended: of the newer shape, or in a word nobody has heard of.

On each page and in each file: they are never called completed, never part of a rate, never trouble.
"""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.http import QueryDict

from dashboard import filters
from dashboard.models import Deployment, Run, Tally
from dashboard.services.deployments.detail import DeploymentPage, deployment_page
from dashboard.services.exports import atom, csv_json, prometheus
from dashboard.services.overview.page import Overview, overview
from dashboard.services.runs import list as run_list
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.wallboard.page import wall
from tests.calendars import plan, scheduled, shown
from tests.factories import (
    NOW,
    Record,
    deployment_record,
    newer_shape,
    run_record,
    stored_deployments,
    stored_runs,
)
from tests.feeds import WORDS, live
from tests.judging import judged
from tests.vocabulary import Words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOT_REPORTED = "no rate: outcomes not reported"
ERROR = {"type": "timeout_error", "message": "Turn 7 did not finish"}


def runs_of(*words: str, first: int = 0) -> list[Record]:
    """Runs that ended so, newest first, a minute apart.

    started, broke: of the newer shape, without and with an error
    """
    made = []
    for number, word in enumerate(words):
        status = {"started": "completed", "broke": "failed"}.get(word, word)
        record = run_record(first + number, NOW - number * MINUTE, status)
        made.append(newer_shape(record) if word in ("started", "broke") else record)
    return made


def tiles(page: Overview) -> list[tuple[int, str]]:
    return [(tile.count.number, tile.note) for tile in page.tiles[3:]]


def page_of() -> DeploymentPage:
    return deployment_page(judged(NOW).get(), Snapshot(NOW))


@pytest.fixture(autouse=True)
def feed() -> None:
    live(words=WORDS | {"status": [*WORDS["status"], "started", "cancelled", "succeeded"]})


@pytest.mark.parametrize(
    ("words", "notes"),
    [
        (["started"] * 3 + ["broke"] * 2, [(2, "3 with no outcome reported"), (0, NOT_REPORTED)]),
        (["completed", "failed", "started"], [(1, "1 with no outcome reported"), (1, NOT_REPORTED)]),
        (["completed", "failed", "broke"], [(2, "of 3 finished"), (1, NOT_REPORTED)]),
        (["completed", "failed", "cancelled"], [(1, "of 2 finished"), (1, "50 % of 2 finished")]),
        (
            ["failed", "succeeded", "succeeded"],
            [(1, "of 1 finished"), (0, "no rate: 2 ended in words that are not documented")],
        ),
    ],
)
def test_the_overview_gives_a_rate_only_where_outcomes_are_known(
    words: list[str], notes: list[tuple[int, str]]
) -> None:
    stored_runs(*runs_of(*words))
    assert tiles(overview(Snapshot(NOW))) == notes


def test_accounts_of_both_shapes_are_never_in_one_rate() -> None:
    stored_runs(*runs_of("completed", "completed", "failed"))
    stored_runs(*runs_of("broke", "broke"), account="other")
    assert tiles(overview(Snapshot(NOW))) == [(3, "of 5 finished"), (2, NOT_REPORTED)]


@pytest.mark.parametrize(
    ("words", "rates", "first_try"),
    [
        (["started", "started", "broke"], ("", "", NOT_REPORTED), ("", 0)),
        (["broke"], ("", "", NOT_REPORTED), ("", 0)),
        (["completed", "started"], ("", "", NOT_REPORTED), ("", 0)),
        (
            ["completed", "failed", "cancelled"],
            ("50 %", "1 of 2", "1 in words that are not documented left out"),
            ("50 %", 2),
        ),
        (
            ["failed", "succeeded"],
            ("", "", "no rate: 1 ended in words that are not documented"),
            ("0 %", 1),
        ),
        (["completed", "failed"], ("50 %", "1 of 2", ""), ("50 %", 2)),
    ],
)
def test_a_deployment_has_a_rate_only_where_outcomes_are_known(
    words: list[str], rates: tuple[str, str, str], first_try: tuple[str, int]
) -> None:
    stored_deployments(deployment_record())
    stored_runs(*runs_of(*words))
    page = page_of()
    assert {(rate.share, rate.basis, rate.remark) for rate in page.rates} == {rates}
    assert (page.first_try.share, page.first_try.ended) == first_try


def test_no_version_of_an_agent_is_blamed_by_runs_whose_outcome_is_not_reported() -> None:
    stored_deployments(deployment_record())
    agent = {"agent": {"id": "agent_a", "type": "agent", "version": 2}}
    newer = [record | agent for record in runs_of(*["broke"] * 6, "started", "started")]
    older = [run_record(100 + n, NOW - (10 + n) * MINUTE) for n in range(6)]
    stored_runs(*newer, *older)
    [change] = page_of().changes
    assert (change.counted, change.worse, change.after.finished) == (False, False, 0)


def test_files_give_the_number_of_runs_without_an_outcome_beside_an_empty_rate() -> None:
    stored_deployments(deployment_record())
    stored_runs(*runs_of("started", "started", "broke", "cancelled"))
    query = filters.ask_deployments()
    rows = csv_json.deployment_rows(query, Snapshot(NOW), lambda path: path)
    text = b"".join(csv_json.as_csv(rows, csv_json.DEPLOYMENT_COLUMNS)).decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text))
    figures = [row[f"{name}_24h"] for name in ("success_rate", "finished", "unreported")]
    assert figures == ["", "1", "3"]
    assert (row["health"], row["failures_in_a_row"]) == ("outcome-unknown", "0")


def test_metrics_count_what_is_not_known_as_neither_good_nor_bad() -> None:
    stored_deployments(deployment_record())
    stored_runs(*runs_of("started", "cancelled"))
    text = prometheus.exposition(filters.ask_deployments(), Snapshot(NOW)).decode()
    assert 'qoder_deployments{account="default",health="outcome-unknown"} 1.0' in text
    assert 'qoder_deployments{account="default",health="ok"} 0.0' in text
    assert 'qoder_runs_last_day{account="default",status="started"} 1.0' in text
    assert 'qoder_runs_last_day{account="default",status="completed"}' not in text


def test_a_feed_reader_is_shown_the_word_of_each_run() -> None:
    stored_deployments(deployment_record())
    stored_runs(*runs_of("started", "cancelled"))
    document = atom.feed(filters.ask_runs(), Snapshot(NOW), lambda path: f"https://site.example{path}")
    assert "<title>outcome not reported: a</title>" in document
    assert "<title>cancelled: a</title>" in document


def test_of_the_only_deployment_nothing_is_counted() -> None:
    stored_deployments(deployment_record())
    stored_runs(*runs_of("started"))
    only = "The last outcome of the only deployment is not known; it is not known to be"
    assert overview(Snapshot(NOW)).calm == only


def test_nobody_is_called_fine_because_outcomes_are_not_known() -> None:
    stored_deployments(deployment_record(), deployment_record("b"))
    stored_runs(*runs_of("started"), run_record(9, NOW, deployment_id="dep_b"))
    page = overview(Snapshot(NOW))
    assert page.headline.rest == "Nothing is known to need you"
    assert [(pill.count.text, pill.word) for pill in page.headline.pills] == [
        ("1", "outcome unknown"),
        ("1", "fine"),
    ]
    assert page.calm == "Of 1 of 2 the last outcome is not known; none is known to be"
    assert (page.calm_glyph, page.day.other) == ("started", True)
    screen = wall(filters.wallboard(QueryDict(), Words()), Snapshot(NOW))
    assert (screen.headline.loud, screen.headline.tone) == ("Nothing is known to need you", "")
    assert screen.headline.rest == "1 outcome unknown, 1 ok"
    shown_tile = screen.tiles[0]
    assert (shown_tile.badge.word, shown_tile.badge.glyph) == ("outcome not reported", "started")


def test_a_tile_in_trouble_does_not_say_that_no_run_was_good_where_none_reports_it() -> None:
    stored_deployments(deployment_record())
    stored_runs(*runs_of("started"))
    Deployment.objects.update(missed_at=NOW)
    [tile] = wall(filters.wallboard(QueryDict(), Words()), Snapshot(NOW)).tiles
    assert [line.words for line in tile.lines] == ["nothing started", "outcomes not reported"]


def test_a_list_can_be_asked_for_a_word_nobody_has_heard_of() -> None:
    stored_runs(*runs_of("cancelled", "started", "completed"))
    for word in ("cancelled", "started"):
        listing = run_list.list_runs(filters.ask_runs(status=word), Snapshot(NOW))
        assert [row.status for row in listing.rows] == [word]


@pytest.mark.parametrize("word", ["timed_out", "error", "FAILED", "late", ""])
def test_an_unheard_of_word_with_an_error_is_a_failure_everywhere(word: str) -> None:
    stored_deployments(deployment_record())
    [run] = stored_runs(run_record(1, NOW - HOUR, word, error=ERROR))
    assert (run.status, run.open, bool(run.fingerprint)) == ("failed", False, True)
    assert Tally.objects.get().status == "failed"
    deployment = judged(NOW).get()
    assert (deployment.health, deployment.streak, deployment.last_outcome) == ("failing", 1, "failed")
    listing = run_list.list_runs(filters.ask_runs(status="failed"), Snapshot(NOW))
    assert [row.id for row in listing.rows] == [run.run_id]


@pytest.mark.parametrize("word", ["cancelled", "missed", "stuck", "ok", "unknown"])
def test_an_unheard_of_word_without_an_error_is_over_and_neutral(word: str) -> None:
    stored_deployments(deployment_record())
    [run] = stored_runs(run_record(1, NOW - DAY, word, cas_run_extras={}))
    assert word in run.status
    assert not run.open
    deployment = judged(NOW).get()
    assert (deployment.health, deployment.stuck_at, deployment.open_since) == ("outcome-unknown", None, None)
    [row] = run_list.list_runs(filters.ask_runs(), Snapshot(NOW)).rows
    assert (row.badge.state, row.badge.word, row.live) == ("unknown", run.status, False)
    assert Run.objects.open("default").count() == 0


def test_the_calendar_counts_and_explains_what_is_not_reported() -> None:
    plan("a", "")
    stored_runs(*runs_of("started", "started", "cancelled", "failed"))
    page = shown()
    assert "outcome not reported" in [item.text for item in page.key]
    [day] = [day for day in page.days if day.today]
    assert day.totals.text == "1 failed, 2 outcome not reported, 1 other"
    assert day.totals.runs == 4
    labels = {entry.label for entry in (*day.entries.earlier, *day.entries.later)}
    assert labels == {"outcome not reported", "cancelled", "failed"}


def test_the_band_of_frequent_deployments_draws_them_apart() -> None:
    stored_deployments(scheduled("a", "*/10 * * * *"))
    stored_runs(*runs_of("started", "cancelled", "completed"))
    [day] = [day for day in shown().days if day.today]
    assert day.density
    kinds = [rect.kind for bar in day.density.bars for rect in bar.rects]
    assert [kind for kind in kinds if kind != "coming"] == ["done", "other"]


def test_a_strip_explains_what_is_not_reported_where_it_is_drawn() -> None:
    stored_deployments(deployment_record())
    stored_runs(*runs_of("completed"))
    assert "outcome not reported" not in dict(page_of().strip.legend).values()
    stored_runs(*runs_of("completed", "started"))
    strip = page_of().strip
    assert strip.legend[-1] == ("started", "outcome not reported")
    assert strip.text == "last 2: 1 completed, 1 outcome not reported"
