"""Where things are: plain for one account, and with the name of the account for several."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dashboard.services.cloud.accounts import Account
from dashboard.web import urls


def test_one_account_leaves_addresses_plain(account: Account) -> None:
    assert urls.run("r", account.name) == "/runs/r/"
    assert urls.deployment("d", account.name) == "/deployments/d/"
    assert urls.runs_of("d", account.name) == "/runs/?deployment_id=d"
    assert urls.row_id("d", account.name) == "d"


def test_an_address_names_the_account_where_there_are_several(settings: Any, account: Account) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    assert urls.run("r", "other") == "/runs/r/?account=other"
    assert urls.deployment("d", "other") == "/deployments/d/?account=other"
    assert urls.runs_of("d", "other") == "/runs/?account=other&deployment_id=d"
    assert urls.run("r") == "/runs/r/"


def test_no_two_rows_have_one_id_whatever_ids_and_accounts_are_called(
    settings: Any, account: Account
) -> None:
    names = ("a", "a@b", "a/b", "b")
    settings.ACCOUNTS = tuple(replace(account, name=name) for name in names)
    assert len({urls.row_id(key, name) for key in names for name in names}) == len(names) ** 2


@pytest.mark.parametrize("odd", ["a/b", "a b", "ä?&#", "%2F", "../x"])
def test_an_odd_id_stays_one_step(settings: Any, account: Account, odd: str) -> None:
    settings.ACCOUNTS = (account, replace(account, name=odd))
    for url in (urls.run(odd, odd), urls.deployment(odd, odd), urls.runs_of(odd, odd)):
        path, _, query = url.partition("?")
        assert (path.count("/"), query.count("="), "#" in url) in ((3, 1, False), (2, 2, False))
