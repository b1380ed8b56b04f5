"""What the answering pages ask the database does not grow with the fleet or its history."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.models import Deployment, Run
from dashboard.services.sync import rollups
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
STATUSES = ("completed", "failed", "skipped", "running", "pending")
MINUTE = timedelta(minutes=1)


def asked(reader: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert reader.get(url).status_code == 200
    return len(queries)


def grow(deployments: int, runs: int) -> None:
    """So many more of both, as copies of what is there."""
    [row, run] = [Deployment.objects.get(deployment_id="dep_0"), Run.objects.filter(status="completed")[0]]
    ids = [f"dep_more{n}" for n in range(deployments)]
    for it in ids:
        row.pk, row.deployment_id, row.name = None, it, it
        row.save()
    told = {
        field.attname: getattr(run, field.attname)
        for field in Run._meta.concrete_fields
        if field.name != "id"
    }
    Run.objects.bulk_create(
        Run(
            **told
            | {
                "run_id": f"more{n}",
                "deployment_id": "dep_0" if n % 4 == 0 else ids[n % deployments],
                "status": STATUSES[n % 5],
                "open": n < 50 and n % 5 > 2,
                "at": NOW - n * MINUTE,
                "agent_version": n // 1_000,
            }
        )
        for n in range(runs)
    )
    rollups.refresh("default", [*ids, "dep_0"])


def test_pages_ask_as_much_of_a_hundred_deployments_and_thousands_of_runs(reader: Client) -> None:
    live()
    stored_deployments(*(deployment_record(str(n)) for n in range(10)))
    stored_runs(
        *(run_record(n, NOW - n * MINUTE, STATUSES[n % 5], deployment_id=f"dep_{n % 2}") for n in range(200))
    )
    urls = (
        "/",
        "/deployments/?limit=200",
        "/deployments/dep_0/",
        "/deployments/dep_0/?status=failed&limit=200",
    )
    reader.get("/")  # what is asked once per process is not asked of a page
    few = {url: asked(reader, url) for url in urls}
    grow(100, 6_000)
    assert {url: asked(reader, url) for url in urls} == few
    assert max(few.values()) <= 34
