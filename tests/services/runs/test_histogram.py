"""The histogram above the list of runs: each bar against runs counted by hand, and the list it leads to."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.models import Feed, Gap, Run
from dashboard.services.cloud.accounts import Account
from dashboard.services.lists.questions import read_question
from dashboard.services.runs import histogram_counts
from dashboard.services.runs.histogram import Histogram, histogram
from dashboard.services.runs.histogram_counts import in_stretches
from dashboard.services.runs.list import list_runs
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WORDS = ("completed", "completed", "failed", "skipped", "running", "strange")


def drawn(query: str = "", now: datetime = NOW) -> Histogram | None:
    """The histogram of what a query string asks for."""
    return histogram(read_question("runs", QueryDict(query), Snapshot(now)), Snapshot(now))


def shown(query: str = "", now: datetime = NOW) -> Histogram:
    chart = drawn(query, now)
    assert chart is not None
    return chart


def test_what_is_past_keeping_is_counted_as_long_as_it_is_listed() -> None:
    live(now=NOW - 2 * HOUR)
    stored_runs(*(run_record(n, NOW - 90 * DAY - HOUR / (n + 1)) for n in range(2)), now=NOW - 2 * HOUR)
    chart = shown()
    assert sum(counts.text.endswith("2 completed") for counts in chart.bars) == 1
    [bar] = [bar for bar in chart.bars if "completed" in bar.text]
    assert (
        len(
            list_runs(
                read_question("runs", QueryDict(bar.url.partition("?")[2]), Snapshot(NOW)), Snapshot(NOW)
            ).rows
        )
        == 2
    )


@pytest.fixture
def fleet() -> None:
    """Runs at random over three weeks, most of them lately, of three deployments and every outcome."""
    live(words={"status": ["strange"]})
    dice = random.Random(5)  # noqa: S311 - a world made up for a test
    stored_deployments(*(deployment_record(key) for key in "abc"))
    ages = [21 * DAY * dice.random() ** 4 for _ in range(120)]
    stored_runs(
        *(
            run_record(
                n,
                NOW - age,
                dice.choice(WORDS),
                deployment_id=f"dep_{dice.choice('abc')}",
                trigger_context={"type": dice.choice(("schedule", "manual"))},
            )
            for n, age in enumerate(ages)
        )
    )


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    "query",
    [
        "",
        "since=24h",
        "since=7d&until=2d",
        "since=1h",
        "since=6h&deployment_id=dep_a",
        "since=30d&status=failed&limit=20",
        "trigger_type=manual",
        "q=dep_a&since=2026-06-10",
        "since=2026-06-14T10:07:00Z&until=2026-06-16T08:31:00Z",
        "since=40m&until=2m",
        "until=2026-06-15",
        "deployment_health=failing",
    ],
)
def test_the_bars_together_are_the_list_and_each_has_the_runs_of_its_own_span(query: str) -> None:
    asked = read_question("runs", QueryDict(query), Snapshot(NOW))
    listed = list_runs(asked.with_values(status="", limit="200"), Snapshot(NOW)).rows
    chart = shown(query)
    of_bars: Counter[str] = Counter()
    for bar in chart.bars:
        given = QueryDict(bar.url.partition("?")[2])
        since, until = (datetime.fromisoformat(given[name]) for name in ("since", "until"))
        rows = [row for row in listed if row.at and since <= row.at < until]
        assert sum(row.status == "failed" for row in rows) == bar.failed
        assert bar.text.endswith(": no runs") is (not rows)
        assert given.getlist("status") == list(asked.many("status"))
        of_bars.update(row.id for row in rows)
    assert of_bars == Counter(row.id for row in listed)
    assert chart.width == 12 * len(chart.bars) <= 12 * 96


@pytest.mark.usefixtures("fleet")
def test_a_bar_leads_to_the_same_list_of_its_own_span() -> None:
    bar = max(shown("since=7d&deployment_id=dep_a").bars, key=lambda bar: bar.failed)
    query = read_question("runs", QueryDict(bar.url.partition("?")[2]), Snapshot(NOW))
    rows = list_runs(query, Snapshot(NOW)).rows
    assert sum(row.status == "failed" for row in rows) == bar.failed > 0
    assert {row.deployment_id for row in rows} == {"dep_a"}


@pytest.mark.parametrize(
    ("length", "number", "step"),
    [
        (HOUR, 60, 60),
        (24 * HOUR, 96, 900),
        (7 * DAY, 85, 7_200),
        (30 * DAY, 61, 43_200),
        (90 * DAY, 91, 86_400),
        (9_000 * DAY, 26, 364 * 86_400),
        (40_000 * DAY, 111, 364 * 86_400),  # more than any mirror keeps
    ],
)
def test_a_span_has_at_most_ninety_six_bars_of_a_length_that_people_use(
    length: timedelta, number: int, step: int
) -> None:
    end = NOW.timestamp() + 420
    steps = (*histogram_counts._FINE, *histogram_counts._COARSE)
    stretches = in_stretches(end - length.total_seconds(), end, 0, steps)
    assert (stretches.number, stretches.step) == (number, step)
    assert stretches.since(0).timestamp() == end - length.total_seconds()
    assert stretches.until(stretches.number - 1).timestamp() >= end


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
@pytest.mark.parametrize("query", ["", "until=2025-12-02T10:00:00Z", "since=400d&until=2d"])
def test_years_are_added_up_by_the_day_wherever_the_reader_is(zone: str, query: str, settings: Any) -> None:
    settings.RUN_RETENTION_DAYS = 800
    live()
    dice = random.Random(3)  # noqa: S311 - the same world each time
    ages = [*(700 * DAY * dice.random() for _ in range(60)), *(n * HOUR for n in range(5, 30))]
    stored_runs(*(run_record(n, NOW - age, dice.choice(WORDS[:3])) for n, age in enumerate(ages)))
    with timezone.override(zone):
        here = NOW.astimezone(ZoneInfo(zone))
        chart, asked = shown(query, here), read_question("runs", QueryDict(query), Snapshot(here))
        matching = list(Run.objects.matching(asked, here))
        counted = histogram_counts.counted_runs(asked, Snapshot(here))
    for bar in chart.bars:
        given = QueryDict(bar.url.partition("?")[2])
        since, until = (datetime.fromisoformat(given[name]) for name in ("since", "until"))
        of_bar = [run.status for run in matching if since <= run.at < until]
        assert bar.failed == of_bar.count("failed")
        assert bar.text.endswith(": no runs") is (not of_bar)
    assert counted
    assert counted.number == len(matching)


def test_days_begin_at_midnight_where_the_reader_is() -> None:
    live()
    stored_runs(run_record(1, NOW), run_record(2, NOW - 40 * DAY))
    with timezone.override("Asia/Kolkata"):
        chart = shown("since=60d", NOW.astimezone(ZoneInfo("Asia/Kolkata")))
    assert "since=2026-06-15T18%3A30%3A00Z" in chart.bars[-1].url
    assert chart.bars[-1].text == "Tue 16 Jun: 1 completed"
    assert chart.text.startswith(f"Runs from {chart.span}: ")
    assert chart.span == "Fri 17 Apr 15:12 to Wed 17 Jun 00:00, 24 h a bar"
    assert chart.ticks[0] == "Fri 17 Apr"


@pytest.mark.parametrize(
    ("query", "text", "first"),
    [
        ("since=24h", "Runs from Mon 15 Jun 09:42 to Tue 16 Jun 09:45, 15 min a bar: 1 failed", "09:42"),
        ("since=7d", "Runs from Tue 9 Jun 09:42 to Tue 16 Jun 10:00, 2 h a bar: 1 failed", "Tue 9 Jun"),
        ("since=2h", "Runs from Tue 16 Jun 07:42 to 09:42, 2 min a bar: 1 failed", "07:42"),
        ("since=36h", "Runs from Sun 14 Jun 21:42 to Tue 16 Jun 10:00, 30 min a bar: 1 failed", "Sun 21:42"),
    ],
)
def test_it_is_read_out_in_one_sentence(query: str, text: str, first: str) -> None:
    live()
    stored_runs(run_record(1, NOW - HOUR, "failed"))
    chart = shown(query)
    assert (chart.text, chart.ticks[0]) == (text, first)
    assert len(chart.ticks) == 6


def test_two_days_a_bar_are_called_by_their_first_and_last_day() -> None:
    live()
    stored_runs(run_record(1, NOW))
    begin = (NOW - 150 * DAY).timestamp()
    stretches = in_stretches(begin, NOW.timestamp(), 0, histogram_counts._COARSE)
    assert stretches.step == 2 * 86_400


@pytest.mark.usefixtures("fleet")
def test_where_nothing_can_be_drawn_there_is_none() -> None:
    assert drawn("since=3h&until=4h") is None
    assert drawn("time=not-understood") is None
    assert drawn("deployment_id=dep_none&since=7d") is None
    assert drawn("q=nowhere") is None
    Run.objects.all().delete()
    assert drawn("deployment_id=dep_none") is None


def test_failures_are_marks_up_to_five_a_bar_and_blocks_of_one_scale_beyond() -> None:
    live()
    stored_runs(*(run_record(n, NOW - n * timedelta(minutes=1), "failed") for n in range(5)))
    few = shown("since=24h")
    assert [rect[0] for bar in few.bars for rect in bar.rects] == ["failed"] * 5
    assert few.most_failed == 0
    stored_runs(*(run_record(n, NOW - 3 * HOUR, "failed") for n in range(10, 30)))
    Feed.objects.update(version=1)
    many = shown("since=24h")
    heights = [rect[4] for bar in many.bars for rect in bar.rects]
    assert (many.most_failed, heights) == (20, [21, 5])


def test_what_is_not_read_is_drawn_as_unknown(settings: Any, account: Account) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    live()
    live("other", succeeded_at=NOW - 12 * HOUR, polled_at=NOW - 12 * HOUR, failing_since=NOW - 12 * HOUR)
    Gap.objects.create(account="default", after_id="", from_at=NOW - 6 * HOUR, until_at=NOW - 9 * DAY)
    stored_runs(run_record(1, NOW - HOUR))
    stored_runs(run_record(2, NOW - HOUR), account="other")
    unknown = [(part.x, part.width, part.text) for part in shown("since=24h").unknown]
    assert unknown == [(0, 862, "not read yet"), (574, 578, "not read since")]
    assert [part.text for part in shown("since=24h&account=other").unknown] == ["not read since"]


def test_before_anything_is_read_all_of_it_is_unknown() -> None:
    stored_runs(run_record(1, NOW - HOUR))
    assert [part.text for part in shown("since=24h").unknown] == ["not read yet"]


def test_counting_one_by_one_stops_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    live()
    monkeypatch.setattr(histogram_counts, "MOST", 5)
    stored_runs(*(run_record(n, NOW - n * HOUR) for n in range(10)))
    chart = shown("has_error=false&since=12h")
    assert chart.text.endswith(": 5 completed")
    assert [part.text for part in chart.unknown] == ["not counted"]
    assert chart.remark == "The newest 5 of these runs are counted here."
    monkeypatch.setattr(histogram_counts, "MOST_SCATTERED", 4)
    assert shown("min_duration=1s").remark == "The newest 4 of these runs are counted here."
    assert not shown("since=12h").remark


@pytest.mark.usefixtures("fleet")
def test_a_page_that_shows_the_same_asks_nothing_again() -> None:
    first = shown("since=7d")
    with CaptureQueriesContext(connection) as queries:
        assert shown("since=7d&status=failed&sort=duration").text == first.text
    assert [query["sql"] for query in queries if "dashboard_feed" not in query["sql"]] == []
    Feed.objects.update(version=99)
    stored_runs(run_record(999, NOW - HOUR, "failed"))
    assert shown("since=7d").text != first.text


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize("query", ["", "since=24h", "since=1h", "q=dep_a", "since=7d&until=1d"])
def test_it_takes_one_query_and_one_more_to_know_when_runs_begin(query: str) -> None:
    asked, snapshot = read_question("runs", QueryDict(query), Snapshot(NOW)), Snapshot(NOW)
    assert snapshot.feeds
    snapshot.hits(asked.one("q"))  # as the list knows them too
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        histogram(asked, snapshot)
    assert len(queries) == (1 if query else 2)


def test_the_future_of_a_span_is_not_drawn() -> None:
    live()
    stored_runs(run_record(1, NOW - HOUR))
    chart = shown("since=3h&until=2026-06-20T00:00:00Z")
    assert chart.text.startswith("Runs from Tue 16 Jun 06:42 to 09:42,")
    assert NOW.astimezone(UTC) == NOW
