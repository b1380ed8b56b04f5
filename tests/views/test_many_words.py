"""Thousands of words that nobody has heard of: pages stay small, and every run is counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from dashboard.domain import record_reading
from dashboard.services.runs.shown_statuses import MOST
from dashboard.services.sync import rollups, store
from tests.factories import NOW, deployment_record, run_record, stored_deployments
from tests.feeds import live
from tests.markup import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("words")]
WORDS = [f"a status that nobody has heard of no. {n:05}" for n in range(5_000)]
RUNS, DEPLOYMENTS, LARGEST = 400, 60, 200_000  # bytes of a page
FREQUENT = WORDS[7]
PAGES = (
    *("/", "/runs/", "/runs/?q=status", "/runs/?agent_id=agent_a&min_duration=1s", "/runs/?status=nonsense"),
    *("/runs/?since=24h", "/runs/?trigger_type=nonsense", "/deployments/", "/deployments/?status=nonsense"),
    *("/deployments/dep_1/", "/failures/", "/calendar/", "/calendar/?view=day", "/calendar/?view=month"),
    *("/timeline/", "/wallboard/", "/handover/"),
)


@pytest.fixture
def words() -> Iterator[None]:
    """Every run has a status and a trigger of its own, but for one status that some share."""
    live(words={"status": WORDS, "trigger_type": WORDS})
    stored_deployments(*(deployment_record(str(n), status=WORDS[n]) for n in range(DEPLOYMENTS)))
    records = [
        run_record(
            n,
            NOW - timedelta(minutes=n),
            WORDS[n] if n > 20 else FREQUENT,
            deployment_id=f"dep_{n % DEPLOYMENTS}",
            trigger_context={"type": WORDS[n]},
        )
        for n in range(RUNS)
    ]
    read_runs = [record_reading.read_run(record, json.dumps(record)) for record in records]
    rollups.refresh(
        "default", store.store_runs("default", read_runs, NOW, datetime.min.replace(tzinfo=UTC)).touched
    )
    with time_machine.travel(NOW, tick=False):
        yield


def test_no_page_grows_with_the_number_of_words(reader: Client) -> None:
    sizes = {}
    for url in PAGES:
        answer = reader.get(url)
        assert answer.status_code == 200, url
        sizes[url] = len(answer.content)
    assert {url: size for url, size in sizes.items() if size > LARGEST} == {}


def test_the_most_frequent_words_are_counted_and_the_others_together(reader: Client) -> None:
    for asked in ("", "?agent_id=agent_a&has_error=false", "?q=drun_000000", "?since=24h"):
        pills = read(reader.get(f"/runs/{asked}")).one("nav", aria_label="Status")
        links = [pill.words() for pill in pills.all("a")]
        assert f"{FREQUENT} 21" in links, asked
        assert (links[0], len(links)) == (f"All {RUNS}", 6 + MOST), asked
        assert pills.one("span", class_="rest").words() == f"Others {RUNS - 21 - (MOST - 1)}", asked


def test_metrics_have_one_series_for_all_words_that_nobody_has_heard_of(reader: Client) -> None:
    text = reader.get("/metrics").content.decode()
    counted = [line for line in text.splitlines() if line.startswith("qoder_runs_last_day{")]
    assert counted == [f'qoder_runs_last_day{{account="default",status="other"}} {RUNS}.0']


def test_a_word_that_has_no_pill_can_be_asked_for_and_one_that_means_nothing_is_named(reader: Client) -> None:
    page = read(reader.get("/runs/", {"status": WORDS[300]}))
    assert len(page.ids("runs")) == 1
    pills = page.one("nav", aria_label="Status")
    assert [pill.words() for pill in pills.all("a", aria_current="true")] == [f"{WORDS[300]} 1"]
    assert [field for field in page.all("input", name="status") if field.attrs["value"] == WORDS[300]]
    words = read(reader.get("/runs/?status=nonsense")).words()
    assert "it is none of failed, running" in words
    assert "and 4,977 others" in words
