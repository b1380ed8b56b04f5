"""How much a page asks the database: one table, and the same for few rows as for many."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.conf import LazySettings
from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.domain.fingerprints import fingerprint
from dashboard.models import Deployment, Note, Run
from dashboard.services import failures
from dashboard.services.alerts import quiet
from dashboard.services.alerts.quiet import QuietDraft
from dashboard.services.notes import writing
from dashboard.services.notes.writing import NoteDraft
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.sync.upsert import upsert
from tests.factories import NOW, Record, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = pytest.mark.django_db
STATUSES = ("failed", "completed", "running", "skipped", "pending")


# Each page, and the most queries that it may take. Files are read in batches, each a query of its own.
MOST = {
    "/": 20,
    "/?at=1h": 16,
    "/runs/?limit=200": 11,
    "/runs/?limit=200&status=failed&q=0&since=24h&sort=-duration": 11,
    "/runs/?limit=200&sort=duration": 11,
    f"/runs/drun_{0:032x}/": 14,
    "/failures/?limit=200": 16,
    "/failures/?limit=200&q=0&since=30d&sort=first_seen": 16,
    f"/failures/{fingerprint('unknown_error', 'no ggg')}/": 16,
    "/deployments/?limit=200": 17,
    "/deployments/?limit=200&q=0&health=failing&include_archived=true&sort=-last_run": 17,
    "/deployments/dep_000/": 36,
    "/deployments/dep_000/?status=failed&limit=200": 36,
    "/calendar/": 19,
    "/calendar/?view=month": 18,
    "/calendar/?view=agenda": 19,
    "/calendar/?view=day": 24,
    "/calendar.ics": 18,
    "/wallboard/": 11,
    "/wallboard/?at=1h": 14,
    "/timeline/?limit=50&span=30d": 12,
    "/handover/?since=7d": 16,
    "/handover.md?since=7d": 12,
    "/rules/": 8,
    "/runs.atom": 12,
    "/metrics": 12,
    "/jump/?q=drun_0": 11,
    "/links/": 6,
    "/healthz": 3,
}


def store(deployments: int, runs: int) -> None:
    """That many deployments, and as many runs that they share, the newest one minute apart."""
    stored_deployments(*(deployment_record(f"{n:03}") for n in range(deployments)))
    stored_runs(
        *(
            run_record(
                n,
                NOW - timedelta(minutes=n),
                STATUSES[n % 5],
                deployment_id=f"dep_{n % deployments:03}",
                **({"error": {"type": "unknown_error", "message": "no ggg"}} if n % 5 == 0 else {}),
            )
            for n in range(runs)
        )
    )


def queries_of(reader: Client, url: str) -> int:
    """How many a page takes that nobody has asked for, though others have been made of this state."""
    cache.clear()
    reader.get("/links/")
    cache.set(f"visit-{reader.session[SESSION_KEY]}", True)  # that its reader is here has been noted
    with CaptureQueriesContext(connection) as queries:
        response = reader.get(url)
        assert response.status_code == 200, url
        b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    return len(queries)


@time_machine.travel(NOW, tick=False)
def test_a_page_takes_no_more_queries_for_ten_thousand_runs_than_for_ten(reader: Client) -> None:
    live(remembers_from=NOW - timedelta(days=9))
    store(2, 10)
    _people_know()
    reader.get("/")  # what is asked once per process is not asked of a page
    few = {url: queries_of(reader, url) for url in MOST}
    store(200, 450)
    _grow(1_000, 10_000)
    many = {url: queries_of(reader, url) for url in MOST}
    assert {url: (few[url], many[url]) for url in MOST if many[url] > few[url]} == {}
    assert {url: few[url] for url in MOST if few[url] > MOST[url]} == {}


# The same where keys of metadata are listed, and every deployment has each.
MOST_WITH_METADATA = {
    "/": 20,
    "/runs/?limit=200": 11,
    "/runs/?limit=200&deployment_meta.team=data": 14,
    f"/runs/drun_{0:032x}/": 14,
    "/deployments/?limit=200&group=team&meta.team=data": 18,
    "/wallboard/?group=team": 11,
    "/metrics": 13,
}


@time_machine.travel(NOW, tick=False)
def test_with_listed_keys_a_page_takes_no_more_queries_for_many_values_than_for_one(
    reader: Client, settings: LazySettings
) -> None:
    settings.METADATA_KEYS = ("team", "owner", "runbook", "tier")
    live()
    store(2, 10)
    reader.get("/")
    counted = []
    for number in (2, 60):
        own = {"team": "data", "owner": "a", "runbook": "https://wiki.example/", "tier": 1}
        stored_deployments(*(deployment_record(f"{n:03}", metadata=own) for n in range(number)))
        counted.append({url: queries_of(reader, url) for url in MOST_WITH_METADATA})
    few, many = counted
    assert {url: (few[url], many[url]) for url in few if many[url] > few[url]} == {}
    assert {url: few[url] for url in few if few[url] > MOST_WITH_METADATA[url]} == {}


def test_a_deployment_takes_as_many_queries_for_two_hundred_runs_as_for_two(reader: Client) -> None:
    live()
    store(1, 2)
    few = queries_of(reader, "/deployments/dep_000/")
    older = (run_record(n, NOW - timedelta(minutes=n), deployment_id="dep_000") for n in range(2, 200))
    stored_runs(*older)
    assert queries_of(reader, "/deployments/dep_000/") == few


def test_a_further_page_takes_as_many_queries_as_the_first(reader: Client) -> None:
    live()
    store(40, 40)
    first = queries_of(reader, "/runs/?limit=10")
    response = reader.get("/runs/?limit=10")
    older = response.content.decode().split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert queries_of(reader, older) == first


def test_a_further_page_of_failures_takes_as_many_queries_as_the_first(reader: Client) -> None:
    live()
    stored_deployments(deployment_record())
    stored_runs(*(_failed(n, LETTERS[n % 15] * 3, "dep_a") for n in range(30)))
    first = queries_of(reader, "/failures/?limit=10")
    response = reader.get("/failures/?limit=10")
    older = response.content.decode().split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert queries_of(reader, older) == first


def _people_know() -> None:
    """Notes on a deployment and on a kind of failure, and a quiet window that is in force."""
    snapshot, known = Snapshot(NOW), NoteDraft("known", acknowledges=True)
    for about in (("", "dep_000", ""), ("", "", fingerprint("unknown_error", "no ggg"))):
        writing.write(writing.known(*about) or Note(), known, "anna", "UTC", NOW)
    quiet.make(QuietDraft("Night", "/deployments/", from_time="00:00", to_time="00:00"), "anna", snapshot)


LETTERS = "ghijklmnopqrstuvwxyz"


def _failed(number: int, kind: str, deployment_id: str) -> Record:
    error = {"type": "unknown_error", "message": f"no {kind}"}
    return run_record(
        number, NOW - timedelta(minutes=number), "failed", error=error, deployment_id=deployment_id
    )


def _grow(deployments: int, runs: int) -> None:
    """That many deployments and failed runs, written in one go each."""
    [dep], [run] = stored_deployments(deployment_record()), stored_runs(_failed(0, LETTERS[0], "dep_a"))
    columns = {field.attname: getattr(dep, field.attname) for field in Deployment._meta.concrete_fields[1:]}
    fleet = (
        Deployment(**columns | {"deployment_id": f"dep_{n}", "name": f"{n}"}) for n in range(1, deployments)
    )
    Deployment.objects.bulk_create(fleet, ignore_conflicts=True)
    kinds = [fingerprint("unknown_error", f"no {kind}") for kind in LETTERS]
    columns = {field.attname: getattr(run, field.attname) for field in Run._meta.concrete_fields[1:]}
    upsert(
        [
            Run(
                **columns
                | {
                    "run_id": f"drun_{n}",
                    "deployment_id": f"dep_{n % deployments}",
                    "at": NOW - timedelta(seconds=n),
                    "fingerprint": kinds[n % len(kinds)],
                }
            )
            for n in range(1, runs)
        ],
        ["account", "run_id"],
        ["at"],
    )


def test_incidents_take_as_many_queries_for_a_thousand_deployments_as_for_ten() -> None:
    counts = []
    for deployments, runs in ((10, 100), (1_000, 10_000)):
        _grow(deployments, runs)
        with CaptureQueriesContext(connection) as queries:
            assert failures.list_incidents(Snapshot(NOW))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 5
