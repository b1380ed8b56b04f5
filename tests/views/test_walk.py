"""A large account, read over HTTP and walked page by page as a browser would: every run, once, in order.

Five times as many rows are walked address by address without drawing the pages in between.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from html import unescape
from threading import Event
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import pytest
import time_machine
from django.core.management import call_command
from django.http import QueryDict
from django.test import Client

from dashboard.models import Gap, Run
from dashboard.services.cloud import transport
from dashboard.services.cloud.accounts import Account
from dashboard.services.lists import listing
from dashboard.services.lists.questions import read_question
from dashboard.services.runs import list as run_list
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.sync import Loop
from dashboard.services.sync.upsert import upsert
from dashboard.simulator import Fleet, Simulator, serve
from tests.factories import NOW
from tests.upstream import TOKEN

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
Record = dict[str, Any]
Holds = Callable[[Record], bool]
DEPLOYMENTS, RUNS, MANY = 500, 8_000, 40_000
LONGEST = 60.0  # seconds of work for reading all of it, however busy the machine is
# A page is read by these two, not as a whole: there are many.
ROW = re.compile(r'<tr id="run-([^"]+)"')
NEXT = re.compile(r'<a [^>]*rel="next" href="([^"]+)"')


@pytest.fixture(scope="module")
def upstream(django_db_setup: None, django_db_blocker: Any) -> Iterator[Simulator]:
    """The account, read into the mirror once for all tests here."""
    fleet = Fleet(seed=3, deployments=DEPLOYMENTS, days=1, runs=RUNS, now=lambda: NOW)
    simulator = Simulator(fleet, token=TOKEN)
    with django_db_blocker.unblock():
        try:
            assert _read(simulator) < LONGEST
            assert not Gap.objects.exists()
            yield simulator
        finally:
            call_command("flush", verbosity=0, interactive=False)


def _read(simulator: Simulator) -> float:
    """Read everything as the sync does it, and say how many seconds of work it took."""
    began = time.process_time()
    with (
        time_machine.travel(NOW),
        serve(simulator) as url,
        patch.multiple(transport, APART=0.0),
    ):
        account = Account("default", url, "", "QODER_PAT", lambda: TOKEN)
        loop = Loop([account], 10 * LONGEST, Event())
        assert loop.turn()
        loop.close()
    return time.process_time() - began


@pytest.fixture(scope="module")
def truth(upstream: Simulator) -> list[Record]:
    """The runs as the API itself would list them, newest first."""
    runs: list[Record] = upstream.runs()
    return sorted(runs, key=lambda run: (moment(run), run["id"]), reverse=True)


@pytest.fixture(scope="module")
def names(upstream: Simulator) -> dict[str, str]:
    """The names of the deployments by id."""
    return {deployment["id"]: deployment["name"] for deployment in upstream.deployments()}


def moment(run: Record) -> datetime:
    return datetime.fromisoformat(run["triggered_at"] or run["created_at"])


def lasted(run: Record) -> timedelta:
    """As the API reports it, else from the start of the work to its end; nothing for what has not ended."""
    if run.get("duration_ms") is not None:
        return timedelta(milliseconds=run["duration_ms"])
    began, ended = run["cas_run_extras"].get("started_at"), run.get("completed_at")
    return datetime.fromisoformat(ended) - datetime.fromisoformat(began) if began and ended else timedelta()


def walked(reader: Client, query: str) -> list[str]:
    """The ids of the runs on every page from the first to the last."""
    collected: list[str] = []
    url = f"/runs/?limit=200&{query}" if query else "/runs/?limit=200"
    while url:
        response = reader.get(url, headers={"HX-Request": "true", "HX-Target": "list"})
        assert response.status_code == 200
        page = response.content.decode()
        collected += ROW.findall(page)
        onwards = NEXT.findall(page)
        url = unescape(onwards[0]) if onwards else ""
    return collected


def test_a_walk_visits_every_run_once_in_order(reader: Client, truth: list[Record]) -> None:
    assert len(truth) == RUNS
    ids = walked(reader, "")
    assert len(ids) == len(set(ids))
    assert ids == [run["id"] for run in truth]


def test_a_walk_from_address_to_address_visits_every_row_of_very_many_once(upstream: Simulator) -> None:
    # Seven to an instant, so that the order within one counts on the pages' edges as well.
    upsert([_row(n) for n in range(MANY - RUNS)], ["account", "run_id"], ["at"])
    ordered = Run.objects.order_by("-at", "-run_id", "-pk").values_list("pk", flat=True)
    collected: list[int] = []
    url = "?limit=200"
    while url:
        query = read_question("runs", QueryDict(url.partition("?")[2]), Snapshot(NOW))
        query, page = listing.page_of(Run.objects.matching(query, NOW), run_list.ORDERS, query)
        collected += [run.pk for run in page.rows]
        url = listing.pager(query, page).older_url
    assert len(collected) == len(set(collected)) == MANY
    assert collected == list(ordered)


def _row(number: int) -> Run:
    at = NOW - timedelta(days=3, seconds=number // 7)
    named = f"drun_{number * 7919 % (MANY - RUNS):032x}"
    return Run(account="default", run_id=named, at=at, status_reported=True, open=False, has_error=False)


def filters(truth: list[Record], names: dict[str, str]) -> dict[str, Holds]:
    """Filters that find some hundreds of runs, and what they mean, written without the dashboard's help."""
    failed = [run for run in truth if run["status"] == "failed"]
    busy = failed[0]["deployment_id"]
    agents = Counter(run["agent"]["id"] for run in truth)
    agent = min(agents, key=lambda agent: agents[agent])
    early = moment(truth[-400])
    kind = failed[0]["error"]["type"]
    name = names[failed[1]["deployment_id"]]
    word = name.split()[0].split("-")[0].lower()

    def holds_word(run: Record) -> bool:
        error = run["error"] or {}
        places = (run["id"], run.get("session_id"), run["deployment_id"], names.get(run["deployment_id"]))
        return any(
            word in (place or "").lower() for place in (*places, error.get("type"), error.get("message"))
        )

    return {
        "account=default&since=1h": lambda run: moment(run) >= NOW - timedelta(hours=1),
        f"deployment_id={busy}": lambda run: bool(run["deployment_id"] == busy),
        "status=skipped": lambda run: bool(run["status"] == "skipped"),
        "status=running&status=pending": lambda run: run["status"] in ("running", "pending"),
        "trigger_type=retry": lambda run: bool(run["trigger_context"]["type"] == "retry"),
        "has_error=true&since=6h": lambda run: bool(run["error"]) and moment(run) >= NOW - timedelta(hours=6),
        f"agent_id={agent}": lambda run: bool(run["agent"]["id"] == agent),
        f"q={word}": holds_word,
        "since=3h": lambda run: moment(run) >= NOW - timedelta(hours=3),
        f"until={quote(early.isoformat())}": lambda run: moment(run) < early,
        "min_duration=20m": lambda run: lasted(run) >= timedelta(minutes=20),
        f"error={kind}": lambda run: bool(run["error"] and run["error"]["type"] == kind),
        "status=failed&since=12h": lambda run: (
            run["status"] == "failed" and moment(run) >= NOW - timedelta(hours=12)
        ),
    }


def test_a_walk_through_each_filter_finds_what_the_upstream_holds(
    reader: Client, truth: list[Record], names: dict[str, str]
) -> None:
    for query, holds in filters(truth, names).items():
        expected = [run["id"] for run in truth if holds(run)]
        assert expected, query
        assert walked(reader, query) == expected, query
