"""Where things are: plain for one account, and saying whose they are for several."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dashboard.services.cloud.accounts import Account
from dashboard.web import urls as addresses


def test_one_account_leaves_addresses_plain(account: Account) -> None:
    assert addresses.run("r", account.name) == "/runs/r/"
    assert addresses.deployment("d", account.name) == "/deployments/d/"
    assert addresses.runs_of("d", account.name) == "/runs/?deployment_id=d"


def test_an_address_says_whose_an_id_is_where_there_are_several_accounts(
    settings: Any, account: Account
) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    assert addresses.run("r", "other") == "/runs/r/?account=other"
    assert addresses.deployment("d", "other") == "/deployments/d/?account=other"
    assert addresses.runs_of("d", "other") == "/runs/?account=other&deployment_id=d"
    assert addresses.run("r") == "/runs/r/"


@pytest.mark.parametrize("odd", ["a/b", "a b", "ä?&#", "%2F", "../x"])
def test_an_odd_id_stays_one_step(settings: Any, account: Account, odd: str) -> None:
    settings.ACCOUNTS = (account, replace(account, name=odd))
    for url in (addresses.run(odd, odd), addresses.deployment(odd, odd), addresses.runs_of(odd, odd)):
        path, _, query = url.partition("?")
        assert (path.count("/"), query.count("="), "#" in url) in ((3, 1, False), (2, 2, False))
