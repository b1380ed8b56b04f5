"""What a page asks the database does not depend on how much there is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
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


@pytest.mark.parametrize(
    ("url", "most"),
    [
        ("/runs/?limit=200", 22),
        ("/runs/?limit=200&status=failed&q=0&since=24h&sort=-duration", 22),
        ("/runs/?limit=200&sort=duration", 22),
        (f"/runs/drun_{0:032x}/", 9),
        ("/deployments/?limit=200", 17),
        ("/deployments/?limit=200&q=0&health=failing&include_archived=true&sort=-last_run", 17),
        ("/deployments/dep_000/", 33),
    ],
)
def test_a_page_asks_as_much_for_two_hundred_rows_as_for_one(reader: Client, url: str, most: int) -> None:
    live()
    store(1)
    reader.get(url)  # what is asked once per process is not asked of a page
    few = asked(reader, url)
    store(200)
    assert asked(reader, url) == few
    assert few <= most


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
