"""What a page asks the database does not depend on how much there is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.domain.fingerprints import fingerprint
from dashboard.models import Deployment, Run
from dashboard.services import failures
from dashboard.services.sync.upsert import upsert
from tests.factories import NOW, Record, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = pytest.mark.django_db
STATUSES = ("failed", "completed", "running", "skipped")


def store(rows: int) -> None:
    """That many deployments, and as many runs, each of another deployment."""
    stored_deployments(*(deployment_record(f"{n:03}") for n in range(rows)))
    stored_runs(
        *(
            run_record(n, NOW - timedelta(minutes=n), STATUSES[n % 4], deployment_id=f"dep_{n:03}")
            for n in range(rows)
        )
    )


def asked(reader: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert reader.get(url).status_code == 200
    return len(queries)


# The pages, and the most that each may ask.
MOST = {
    "/runs/?limit=200": 22,
    "/runs/?limit=200&status=failed&q=0&since=24h&sort=-duration": 22,
    "/runs/?limit=200&sort=duration": 22,
    f"/runs/drun_{0:032x}/": 12,
    "/failures/?limit=200": 18,
    "/failures/?limit=200&q=0&since=30d&sort=first_seen": 18,
    "/deployments/?limit=200": 17,
    "/deployments/?limit=200&q=0&health=failing&include_archived=true&sort=-last_run": 17,
    "/deployments/dep_000/": 36,
}


def test_a_page_asks_as_much_for_two_hundred_rows_as_for_one(reader: Client) -> None:
    live()
    store(1)
    reader.get("/runs/")  # what is asked once per process is not asked of a page
    few = {url: asked(reader, url) for url in MOST}
    store(200)
    assert {url: asked(reader, url) for url in MOST} == few
    assert {url: number for url, number in few.items() if number > MOST[url]} == {}


def test_a_deployment_asks_as_much_for_two_hundred_runs_as_for_one(reader: Client) -> None:
    live()
    store(1)
    few = asked(reader, "/deployments/dep_000/")
    stored_runs(*(run_record(n, NOW, deployment_id="dep_000") for n in range(1, 200)))
    assert asked(reader, "/deployments/dep_000/") == few


def test_a_further_page_asks_as_much_as_the_first(reader: Client) -> None:
    live()
    store(40)
    first = asked(reader, "/runs/?limit=10")
    response = reader.get("/runs/?limit=10")
    older = response.content.decode().split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert asked(reader, older) == first


def test_a_further_page_of_failures_asks_as_much_as_the_first(reader: Client) -> None:
    live()
    stored_deployments(deployment_record())
    stored_runs(*(_failed(n, LETTERS[n % 15] * 3, "dep_a") for n in range(30)))
    first = asked(reader, "/failures/?limit=10")
    response = reader.get("/failures/?limit=10")
    older = response.content.decode().split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert asked(reader, older) == first


LETTERS = "ghijklmnopqrstuvwxyz"


def _failed(number: int, kind: str, deployment_id: str) -> Record:
    error = {"type": "unknown_error", "message": f"no {kind}"}
    return run_record(
        number, NOW - timedelta(minutes=number), "failed", error=error, deployment_id=deployment_id
    )


def _grown(deployments: int, runs: int) -> None:
    """That many deployments and failed runs, written in one go each."""
    [dep], [run] = stored_deployments(deployment_record()), stored_runs(_failed(0, LETTERS[0], "dep_a"))
    said = {field.attname: getattr(dep, field.attname) for field in Deployment._meta.concrete_fields[1:]}
    fleet = (
        Deployment(**said | {"deployment_id": f"dep_{n}", "name": f"{n}"}) for n in range(1, deployments)
    )
    Deployment.objects.bulk_create(fleet, ignore_conflicts=True)
    kinds = [fingerprint("unknown_error", f"no {kind}") for kind in LETTERS]
    said = {field.attname: getattr(run, field.attname) for field in Run._meta.concrete_fields[1:]}
    upsert(
        [
            Run(
                **said
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


def test_failures_ask_as_much_for_a_thousand_deployments_and_many_runs_as_for_ten(reader: Client) -> None:
    live()
    kind = fingerprint("unknown_error", f"no {LETTERS[0]}")
    urls = ("/failures/", f"/failures/{kind}/", f"/runs/?fingerprint={kind}")
    _grown(10, 100)
    reader.get("/failures/")
    few = [asked(reader, url) for url in urls]
    _grown(1_000, 10_000)
    assert [asked(reader, url) for url in urls] == few


def test_events_ask_as_much_for_a_thousand_deployments_as_for_ten() -> None:
    found = []
    for deployments, runs in ((10, 100), (1_000, 10_000)):
        _grown(deployments, runs)
        with CaptureQueriesContext(connection) as queries:
            assert failures.list_incidents(NOW)
        found.append(len(queries))
    assert found[0] == found[1] <= 5
