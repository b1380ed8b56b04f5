"""Rows of every table are links: one anchor each, stretched over all of the row."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from dashboard.services.cloud.accounts import Account
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live
from tests.judging import judge
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


@pytest.mark.parametrize("url", ["/", "/runs/", "/deployments/", "/timeline/"])
def test_rows_of_the_same_id_in_two_accounts_have_ids_of_their_own(
    reader: Client, settings: Any, account: Account, url: str
) -> None:
    settings.ACCOUNTS = (account, replace(account, name="b/c"))
    for name in (account.name, "b/c"):
        live(name)
        stored_deployments(deployment_record(), account=name)
        stored_runs(run_record(1, NOW - timedelta(minutes=4), "failed"), account=name)
    judge(NOW)
    ids = [element.attrs["id"] for element in read(reader.get(url)).inner if "id" in element.attrs]
    assert len(ids) == len(set(ids))
    assert sum(key.endswith("@b%2Fc") for key in ids) == sum(key.endswith("@default") for key in ids) == 1
