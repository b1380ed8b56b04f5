"""What all tests share: no network but loopback, a stand-in upstream, and a mirror kept by hand."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import settings as hypothesis_settings

from dashboard.accounts import Account
from tests.upstream import TOKEN, Upstream, opened


def pytest_sessionfinish(session: pytest.Session) -> None:
    """On a build machine every test runs: one that was skipped fails the build."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


# How long one example takes says more about the machine than about the rule.
hypothesis_settings.register_profile("unhurried", deadline=None, database=None, max_examples=50)
hypothesis_settings.load_profile("unhurried")

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that would leave this machine."""
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))


def _guarded(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOOPBACK:
            raise RuntimeError(f"a test wanted to reach {address[0]}")
        return original(self, address)

    return connect


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """No test is answered with a page of another one, whose mirror had the same version."""
    cache.clear()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A stand-in API over real HTTP, its world empty, and a sync that reads it without waiting."""
    with opened() as found:
        yield found


@pytest.fixture
def account(settings: Any) -> Account:
    """One real account, configured."""
    found = Account(
        "default", "http://127.0.0.1:9/api/v1/cloud", "https://qoder.com/cloud", "QODER_PAT", lambda: TOKEN
    )
    settings.ACCOUNTS = (found,)
    settings.DEMONSTRATION = False
    return found


@pytest.fixture
def reader(client: Client, django_user_model: Any, account: Account) -> Client:
    """A signed-in person's browser, without scripts."""
    client.force_login(django_user_model.objects.create_user("reader", password="long enough to hold"))
    return client
