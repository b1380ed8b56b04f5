"""Several processes that start at once on an empty database: one changes its shape, the others wait."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from dashboard.services.status import migration_lock as module
from dashboard.services.status.migration_lock import migration_lock
from tests.hosts import ask, environment, scratch_database
from tests.waiting import PATIENCE, wait_for


@pytest.mark.django_db
def test_whoever_comes_second_waits_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "LOOK", 0.01)
    order: list[str] = []

    def second() -> None:
        with migration_lock():
            order.append("second")
        connections.close_all()

    with caplog.at_level(logging.INFO, "dashboard"), migration_lock():
        thread = Thread(target=second)
        thread.start()
        wait_for(lambda: caplog.messages)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    assert caplog.messages == [
        "another process is changing the database to the shape of its version: waiting"
    ]


class Server:
    """A PostgreSQL server as the lock sees it: it gives the lock when it is asked the second time."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[int]]] = []
        self.closed = False

    def copy(self) -> Server:
        return self

    @contextmanager
    def cursor(self) -> Iterator[Server]:
        yield self

    def execute(self, sql: str, given: list[int]) -> None:
        self.asked.append((sql, given))

    def fetchone(self) -> tuple[bool]:
        return (len(self.asked) > 1,)

    def close(self) -> None:
        self.closed = True


def test_on_a_server_the_lock_is_the_server_s_kept_by_a_connection_of_its_own() -> None:
    server: Any = Server()
    with module._server_lock(server) as take:
        assert [take(), take()] == [False, True]
        assert not server.closed
    assert server.closed
    assert {sql for sql, _ in server.asked} == {"SELECT pg_try_advisory_lock(%s)"}
    assert len({str(key) for _, key in server.asked}) == 1


@pytest.mark.django_db
def test_every_way_to_migrate_takes_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK", 0.01)
    done = Event()

    def migrate() -> None:
        call_command("migrate", verbosity=0)
        done.set()
        connections.close_all()

    with migration_lock():
        thread = Thread(target=migrate)
        thread.start()
        assert not done.wait(0.3)
    thread.join()
    assert done.is_set()


SERVER = [sys.executable, "-c", "import runpy; runpy.run_path('config/gunicorn.py')['on_starting'](None)"]
COMMAND = [sys.executable, "manage.py", "migrate", "--verbosity=0"]


@pytest.mark.slow
def test_three_processes_that_start_at_once_on_an_empty_database_all_succeed(tmp_path: Path) -> None:
    with scratch_database(tmp_path) as database:
        processes = [
            subprocess.Popen(start, cwd=settings.BASE_DIR, env=environment(database), stderr=subprocess.PIPE)
            for start in (SERVER, SERVER, COMMAND)
        ]
        errors = [process.communicate(timeout=PATIENCE)[1].decode() for process in processes]
        assert [process.returncode for process in processes] == [0, 0, 0], errors
        twice = "SELECT app, name FROM django_migrations GROUP BY app, name HAVING count(*) > 1"
        assert not ask(database, twice)
        assert not ask(database, "SELECT term FROM dashboard_lease")
