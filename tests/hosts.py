"""Several hosts for tests: processes of the sync that share a database of their own, and can be stopped."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings

from dashboard.simulator import Scripted, Simulator
from tests.upstream import TOKEN
from tests.waiting import PATIENCE, wait_for

POSTGRES = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")


@contextmanager
def scratch_database(folder: Path) -> Iterator[str]:
    """The address of an empty database of the kind that the tests run on."""
    if not POSTGRES:
        yield f"sqlite:///{folder}/mirror.sqlite3"
        return
    server, name = os.environ["DATABASE_URL"], f"scratch_{uuid.uuid4().hex[:12]}"
    ask(server, f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        ask(server, f"DROP DATABASE {name} WITH (FORCE)")


def ask(database: str, statement: str) -> list[tuple[Any, ...]]:
    """The rows that one statement gives, outside of any transaction."""
    if database.startswith("sqlite:///"):
        file = database.removeprefix("sqlite:///")
        with closing(sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)) as connection:
            return connection.execute(statement).fetchall()
    with psycopg.connect(database, autocommit=True) as server:
        cursor = server.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def environment(database: str, **more: str) -> dict[str, str]:
    """The environment of a process that uses that database, as it is shipped."""
    ours = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return ours | {"DATABASE_URL": database, "SECRET_KEY": "only-for-tests"} | more


def manage(database: str, *arguments: str) -> None:
    """Run a command of this project to its end."""
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=settings.BASE_DIR, env=environment(database), check=True)


class Held(Simulator):
    """An upstream that keeps an answer back when it is asked to; what they say was true when it was asked."""

    def __init__(self, world: Scripted) -> None:
        """Keep nothing back."""
        super().__init__(world, token=TOKEN)
        self.holds, self.holding, self.free = False, Event(), Event()

    def _answer(self, *arguments: Any) -> Any:
        reply = super()._answer(*arguments)
        if self.holds:
            self.holds = False  # one answer; whoever asks next is answered at once
            self.holding.set()
            self.free.wait(PATIENCE)
        return reply


@dataclass
class Host:
    """One process that keeps a mirror up to date."""

    database: str
    url: str
    log: Path
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        """Start it."""
        command = [sys.executable, "manage.py", "sync", "--every", "1"]
        variables = environment(self.database, QODER_API_URL=self.url, QODER_PAT=TOKEN)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=variables, stdout=log, stderr=log
            )

    def send(self, number: signal.Signals) -> None:
        """Stop it, let it go on, or end it."""
        self.process.send_signal(number)

    def holds_lease(self) -> bool:
        """Whether this process is the one that writes."""
        holders = ask(self.database, "SELECT holder FROM dashboard_lease")
        return any(holder.split(":")[1:2] == [str(self.process.pid)] for (holder,) in holders)

    def end(self) -> None:
        """End it, whatever it is doing."""
        with suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()


@contextmanager
def hosts(database: str, url: str, folder: Path, of_the_follower: str = "") -> Iterator[tuple[Host, Host]]:
    """Two hosts: the first holds the lease, the second waits for it, by an address of its own where given."""
    started = [leader := Host(database, url, folder / "leader.log")]
    try:
        wait_for(leader.holds_lease)
        started.append(follower := Host(of_the_follower or database, url, folder / "follower.log"))
        wait_for(lambda: follower.log.stat().st_size)  # it says where the accounts stand after each turn
        yield leader, follower
    finally:
        for host in started:
            host.end()
