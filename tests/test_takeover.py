"""A host that is killed, stopped or cut off is replaced within 15 s, and writes nothing when it wakes up."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.utils import timezone

from dashboard.simulator import Scripted, serve
from tests.factories import run_record
from tests.hosts import POSTGRES, Held, Host, ask, hosts, manage, scratch_database
from tests.waiting import wait_for

pytestmark = pytest.mark.processes

LONGEST = 15.0  # seconds from the end of one host to the first write of another


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    """A database of its own, brought to shape."""
    with scratch_database(tmp_path) as address:
        manage(address, "migrate", "--verbosity=0")
        yield address


@pytest.fixture
def api() -> Held:
    """An upstream with one run that has not finished."""
    return Held(Scripted(runs=[run_record(1, timezone.now(), "running")]))


def finish(api: Held) -> None:
    """Let the run of the upstream finish."""
    api.world.runs[:] = [run_record(1, timezone.now(), "completed")]  # type: ignore[attr-defined]


def status(database: str) -> str:
    """What the mirror knows of the run."""
    rows = ask(database, "SELECT status FROM dashboard_run")
    return str(rows[0][0]) if rows else ""


def seconds_until_taken_over(follower: Host, since: float, record: Any) -> float:
    """How long it takes until another host writes what has happened since."""
    wait_for(lambda: status(follower.database) == "completed")
    taken = time.monotonic() - since
    assert follower.holds_lease()
    record("takeover_seconds", f"{taken:.1f}")
    print(f"taken over after {taken:.1f} s")  # noqa: T201 - a figure, shown by `pytest -s`
    return taken


def test_a_leader_that_is_killed_is_replaced(
    database: str, api: Held, tmp_path: Path, record_property: Any
) -> None:
    with serve(api) as url, hosts(database, url, tmp_path) as (leader, follower):
        wait_for(lambda: status(database) == "running")
        leader.send(SIGKILL)
        killed = time.monotonic()
        finish(api)
        assert seconds_until_taken_over(follower, killed, record_property) <= LONGEST


def test_a_leader_that_is_stopped_is_replaced_and_writes_nothing_when_it_wakes_up(
    database: str, api: Held, tmp_path: Path, record_property: Any
) -> None:
    with serve(api) as url, hosts(database, url, tmp_path) as (leader, follower):
        wait_for(lambda: status(database) == "running")
        api.holds = True
        assert api.holding.wait(30)
        leader.send(SIGSTOP)  # it waits for an answer that will say: running
        stopped = time.monotonic()
        finish(api)
        api.free.set()
        assert seconds_until_taken_over(follower, stopped, record_property) <= LONGEST
        version = ask(database, "SELECT version FROM dashboard_feed")
        leader.send(SIGCONT)
        wait_for(lambda: "the turn ends early: LeaseLost" in leader.log.read_text("utf-8"))
        assert status(database) == "completed"
        assert ask(database, "SELECT version FROM dashboard_feed") == version
        assert follower.holds_lease()


if POSTGRES:  # a file of SQLite has no server that could end the transaction of a process that stopped

    def test_a_leader_that_is_stopped_inside_a_transaction_is_replaced(
        database: str, api: Held, tmp_path: Path, record_property: Any
    ) -> None:
        with serve(api) as url, hosts(database, url, tmp_path) as (leader, follower):
            wait_for(lambda: status(database) == "running")
            with psycopg.connect(database) as other:
                other.execute("SELECT 1 FROM dashboard_feed FOR UPDATE")
                wait_for(lambda: waits_for_a_lock(database))
                leader.send(SIGSTOP)
                stopped = time.monotonic()
            finish(api)
            assert seconds_until_taken_over(follower, stopped, record_property) <= LONGEST
            leader.send(SIGCONT)
            time.sleep(3)
            assert status(database) == "completed"
            assert follower.holds_lease()

    def test_a_leader_that_is_cut_off_is_replaced_and_finds_its_way_back(
        database: str, api: Held, tmp_path: Path, record_property: Any
    ) -> None:
        with (
            serve(api) as url,
            line_to(database) as (line, cut),
            hosts(line, url, tmp_path, database) as (leader, follower),
        ):
            wait_for(lambda: status(database) == "running")
            cut.set()
            cut_off = time.monotonic()
            finish(api)
            assert seconds_until_taken_over(follower, cut_off, record_property) <= LONGEST
            cut.clear()
            follower.send(SIGKILL)
            wait_for(leader.holds_lease)


def waits_for_a_lock(database: str) -> bool:
    """Whether a statement of another connection waits for a lock."""
    return bool(ask(database, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))


@contextmanager
def line_to(database: str) -> Iterator[tuple[str, Event]]:
    """The database's address by way of a line that can be cut: then nothing passes, without a word."""
    parts, cut = urlsplit(database), Event()
    with socket.create_server(("127.0.0.1", 0)) as door, ThreadPoolExecutor(50) as threads:
        threads.submit(_connect, door, (parts.hostname, parts.port), cut, threads)
        user, _, _ = parts.netloc.rpartition("@")
        yield parts._replace(netloc=f"{user}@127.0.0.1:{door.getsockname()[1]}").geturl(), cut
        cut.clear()
        door.shutdown(socket.SHUT_RDWR)


def _connect(door: socket.socket, server: Any, cut: Event, threads: ThreadPoolExecutor) -> None:
    with suppress(OSError):  # the door was closed
        while True:
            near, _ = door.accept()
            threads.submit(_pass_on, near, socket.create_connection(server), cut)


def _pass_on(near: socket.socket, far: socket.socket, cut: Event) -> None:
    with near, far, suppress(OSError):
        while True:
            for end in select.select([near, far], [], [])[0]:
                chunk = end.recv(65_536)
                if not chunk:
                    return
                while cut.is_set():
                    time.sleep(0.05)
                (far if end is near else near).sendall(chunk)
