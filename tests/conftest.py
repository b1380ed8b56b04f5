"""What all tests share: no network but loopback, a stand-in upstream, and a mirror that tests fill."""

from __future__ import annotations

import functools
import gc
import importlib
import os
import socket
import ssl
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from coverage import Coverage
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.db.models import Value
from django.test import Client
from hypothesis import is_hypothesis_test
from hypothesis import settings as hypothesis_settings

import dashboard
from dashboard.services.cloud.accounts import Account
from dashboard.services.status.snapshot import Snapshot
from tests import hosts, judging
from tests.upstream import TOKEN, Upstream, opened


def pytest_sessionfinish(session: pytest.Session) -> None:
    """On a build machine every test runs: a skipped one fails the build."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


# What is tested here goes all the way, through a page or over HTTP: more than an inner loop has time for.
WHOLE = tuple(
    Path(__file__).parent / room
    for room in (
        *("views", "simulator", "services/sync", "services/cloud"),
        *("services/calendar/test_page.py", "services/calendar/test_mended.py"),
    )
)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what goes all the way."""
    if any(item.path.is_relative_to(room) for room in WHOLE):
        item.add_marker("whole")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Note no lines while a test runs that others stand for: noting doubles the time it takes.

    What such a test leaves in a cache is forgotten: a noted test that comes later has to work it out itself.
    """
    noting = None if _noted(item) else Coverage.current()
    if noting is None:
        return (yield)
    noting.stop()
    try:
        return (yield)
    finally:
        for cached in CACHED:
            cached.cache_clear()
        noting.start()


CACHED: list[Any] = []  # the cached functions of the product, looked for once all is imported


def _noted(item: pytest.Item) -> bool:
    """All but what is long, and what puts many examples through whole pages."""
    if item.get_closest_marker("slow") or item.get_closest_marker("browser"):
        return False
    many_examples = isinstance(item, pytest.Function) and is_hypothesis_test(item.obj)
    return not (many_examples and item.get_closest_marker("whole"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long begins first, so that no worker is left alone with it at the end.

    On PostgreSQL only what asks a database runs, and what does not hold of SQLite alone.
    """
    if hosts.POSTGRES:
        meant = [item for item in items if _asks_a_database(item) and not item.get_closest_marker("sqlite")]
        config.hook.pytest_deselected(items=[*{*items} - {*meant}])
        items[:] = meant
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in long, item.get_closest_marker("browser") is None))


def _asks_a_database(item: pytest.Item) -> bool:
    """Whether it has one for itself, for its module, or for processes that it starts."""
    ways = ("django_db", "processes", "kills", "soak", "upgrade")
    fixtures: Sequence[str] = getattr(item, "fixturenames", ())
    return any(map(item.get_closest_marker, ways)) or not {"db", "django_db_setup"}.isdisjoint(fixtures)


def pytest_collection_finish() -> None:
    """Import all there is while lines are noted, whichever test comes first; what stays is no garbage."""
    root = Path(dashboard.__file__).parent
    for file in sorted(root.rglob("*.py")):
        parts = file.relative_to(root.parent).with_suffix("").parts
        if "migrations" not in parts:
            module = importlib.import_module(".".join(parts).removesuffix(".__init__"))
            things = (named for named in vars(module).values() if not isinstance(named, type))
            CACHED.extend(named for named in things if hasattr(named, "cache_clear"))
    gc.freeze()


# How long one example takes says more about the machine than about the rule.
hypothesis_settings.register_profile("unhurried", deadline=None, database=None, max_examples=30)
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


@pytest.fixture(autouse=True, scope="session")
def trusted_once() -> Iterator[None]:
    """Read the certificates of this machine once, not for each client of each test."""
    with patch.object(ssl, "create_default_context", functools.cache(ssl.create_default_context)):
        yield


@pytest.fixture(autouse=True, scope="session")
def instants_of_one_kind() -> Iterator[None]:
    """Whoever writes an instant into SQL without `instant` compares a text with numbers."""
    kind_of = Value._resolve_output_field  # type: ignore[attr-defined] # which the stubs leave out

    def checked(value: Value) -> Any:
        assert not isinstance(value.value, datetime), "write it as instant(at)"
        return kind_of(value)

    with patch.object(Value, "_resolve_output_field", checked):
        yield


MADE_BY_MIGRATE = ("django_content_type", "auth_permission")


@pytest.fixture(autouse=True, scope="session")
def emptied_fast() -> Iterator[None]:
    """After a test that commits, only take its rows away.

    Django would take away types of content and permissions too, which `migrate` makes, and write all of them
    anew; on PostgreSQL it would give every table a new file.
    """
    with (
        patch("django.core.management.commands.flush.emit_post_migrate_signal"),
        patch.object(type(connection.ops), "sql_flush", _deletes),
    ):
        yield


def _deletes(_operations: Any, _style: Any, tables: list[str], **_how: bool) -> list[str]:
    # References are looked at once all is gone.
    return [f'DELETE FROM "{table}"' for table in tables if table not in MADE_BY_MIGRATE]  # noqa: S608 - ours


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """No test is answered with a page of another one, whose mirror had the same version."""
    for name in settings.CACHES:
        caches[name].clear()


# Here the sync itself judges, as it does in use.
JUDGED_BY_THE_SYNC = tuple(Path(__file__).parent / room for room in ("services/sync", "compare", "browser"))


@pytest.fixture(autouse=True)
def judged_for_each_page(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a test fills the mirror by hand, judge what is in it whenever a page begins.

    Live accounts at the instant of the page, stale ones at their last complete reading.
    """
    if any(request.path.is_relative_to(room) for room in JUDGED_BY_THE_SYNC):
        return
    if not request.node.get_closest_marker("django_db") and "db" not in request.fixturenames:
        return
    made = Snapshot.__init__

    def make(snapshot: Snapshot, now: datetime, **more: bool) -> None:
        made(snapshot, now, **more)
        made(beside := object.__new__(Snapshot), now)
        with judging.unseen():
            judging.judge(now, beside.judged_at)

    monkeypatch.setattr(Snapshot, "__init__", make)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A stand-in API over real HTTP, its world empty, and a sync that reads it without waiting."""
    with opened() as stand_in:
        yield stand_in


@pytest.fixture
def account(settings: Any) -> Account:
    """One real account, configured."""
    only = Account(
        "default", "http://127.0.0.1:9/api/v1/cloud", "https://qoder.com/cloud", "QODER_PAT", lambda: TOKEN
    )
    settings.ACCOUNTS = (only,)
    settings.DEMONSTRATION = False
    return only


@pytest.fixture
def reader(client: Client, django_user_model: Any, account: Account) -> Client:
    """A signed-in person's browser, without scripts."""
    client.force_login(django_user_model.objects.create_user("reader", password="long enough to hold"))
    return client
