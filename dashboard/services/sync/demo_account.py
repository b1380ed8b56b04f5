"""The demonstration account: our own stand-in API, served over real HTTP on loopback."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from dashboard.services.cloud.accounts import Account
from dashboard.simulator import Fleet, Simulator, serve

SEED = 7
_TOKEN = "pt-demonstration-0"  # noqa: S105 - it opens nothing but our own stand-in


@contextmanager
def reachable(accounts: Sequence[Account]) -> Iterator[tuple[Account, ...]]:
    """The same accounts, the demonstration served for as long as the context lasts."""
    if not any(account.simulated for account in accounts):
        yield tuple(accounts)
        return
    fleet = Fleet(seed=SEED)
    with serve(Simulator(fleet, token=_TOKEN)) as url:
        yield tuple(_served(account, url, fleet) if account.simulated else account for account in accounts)


def _served(account: Account, url: str, fleet: Fleet) -> Account:
    return replace(account, api_url=url, read_token=lambda: _TOKEN, promised=fleet.past_promises)
