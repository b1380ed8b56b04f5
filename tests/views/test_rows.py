"""Rows of every table are links: one anchor each, stretched over all of the row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live
from tests.markup import read

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("url", "row", "leads_to"),
    [
        ("/runs/", "tr", f"/runs/drun_{1:032x}/"),
        ("/deployments/", "tr", "/deployments/dep_a/"),
        ("/failures/", "tr", "/failures/"),
        ("/", "li", f"/runs/drun_{1:032x}/"),
    ],
)
def test_a_row_is_one_link(reader: Client, url: str, row: str, leads_to: str) -> None:
    live()
    stored_deployments(deployment_record())
    stored_runs(run_record(1, NOW - timedelta(minutes=4), "failed"))
    rows = [row for row in read(reader.get(url)).all(row) if row.all("td") or row.all("time")]
    links = [
        [link.attrs["href"] for link in row.all("a") if "row-link" in link.attrs.get("class", "").split()]
        for row in rows
    ]
    assert links
    assert {len(link) for link in links} == {1}
    assert any(link[0].startswith(leads_to) for link in links)
