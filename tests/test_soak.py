"""Half an hour of faults: the server as it is shipped, an upstream in trouble every 20 s, and 20 viewers.

    make soak                       on SQLite
    .ci/postgres make soak          on PostgreSQL
    MINUTES=5 SOAK_SEED=3 make soak

Meanwhile runs begin and finish. At the end the mirror is equal to the upstream, every page was answered, and
memory and open files are what they were in the middle of it. Answers of the limits, 429 and 503 with the
seconds to wait, are counted apart.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
from django.conf import settings

from dashboard.simulator import Fault, Simulator, serve
from tests.bent_upstream import Bend, Bent, envelope, records
from tests.hosts import POSTGRES, environment, scratch_database
from tests.services.sync.test_faults import BODIES, CONNECTIONS, CURSORS, ODD_RECORDS, RECORDS, STATUSES
from tests.test_kills import World, complete, differences, settled
from tests.test_serving import Server
from tests.upstream import TOKEN
from tests.waiting import wait_for

pytestmark = pytest.mark.soak

MINUTES = float(os.environ.get("MINUTES", "30"))
SEED = int(os.environ.get("SOAK_SEED", "0")) or time.time_ns() % 1_000_000
RUNS, VIEWERS, EVERY = 5_000, 20, 20.0
LASTS = (3.0, 12.0)  # seconds of a fault: less than what makes an absence certain
HEALS = 180.0  # seconds after the last fault
SAMPLED = 5.0  # seconds between two looks at memory and open files
# Of the last third against the middle one: bounded caches fill in the first. A leak of 4 MB a minute is more.
GROWTH = 1.1
PAGES = (
    *("/", "/runs/", "/runs/?status=failed", "/runs/?q=turn", "/deployments/", "/deployments/dep_01/"),
    *("/failures/", "/calendar/", "/calendar/?view=week", "/timeline/", "/wallboard/", "/handover/"),
    *("/runs.csv?since=24h", "/deployments.json", "/metrics", "/calendar.ics"),
)


@dataclass
class Viewer:
    """Somebody who has a page open, which asks for what is new, and who goes to another one now and then."""

    port: int
    chance: random.Random
    stop: Event
    statuses: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0

    def watch(self) -> None:
        """Look at pages until it is over."""
        page, tag = "/", ""
        while not self.stop.wait(self.chance.uniform(1, 5)):
            if self.chance.random() < 0.3:
                page, tag = self.chance.choice(PAGES), ""
            began = time.monotonic()
            with suppress(OSError, HTTPException):
                tag = self._ask(page, tag)
                self.slowest = max(self.slowest, time.monotonic() - began)
                continue
            self.statuses[f"no answer of {page}"] += 1

    def _ask(self, page: str, tag: str) -> str:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("GET", page, headers={"If-None-Match": tag} if tag else {})
            response = connection.getresponse()
            response.read()
        waits = response.status in (429, 503) and response.headers.get("Retry-After")
        name = "limited" if waits else f"{response.status} of {page}"
        self.statuses["answered" if response.status in (200, 304) else name] += 1
        return response.headers.get("ETag") or ""


@dataclass
class Trouble:
    """What goes wrong, one after the other, and what each has been."""

    bent: Bent
    server: Server
    database: str
    chance: random.Random
    had: list[str] = field(default_factory=list)

    def kinds(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        """Every fault, each with what begins it."""
        for status in STATUSES:
            yield f"status {status}", partial(self._fault, "status", status=status)
        for name, (fault, _) in CONNECTIONS.items():
            yield (
                name,
                partial(
                    self._fault, fault.kind, status=fault.status, seconds=30 if fault.kind == "stall" else 1
                ),
            )
        for kind in ("shuffle", "duplicates", "vanish", "empty", "malformed"):
            yield kind, partial(self._fault, kind)
        bends: dict[str, Bend] = {name: bend for name, (bend, _) in BODIES.items()}
        bends |= {name: bend for name, bend in CURSORS.items() if not isinstance(bend, Fault)}
        bends["records that cannot be kept"] = records(*RECORDS.values())
        bends["odd records"] = records(*ODD_RECORDS.values())
        bends["an empty list"] = envelope(data=[], has_more=False)
        for name, bend in bends.items():
            yield name, partial(setattr, self.bent, "bend", bend)
        yield "the sync is killed", self._killed
        yield "the sync is stopped", self._stopped
        yield "the database is locked", self._locked

    def befall(self, kinds: list[tuple[str, Callable[[], Any]]], stop: Event) -> None:
        """One kind every 20 seconds until it is over, in any order."""
        while True:
            self.chance.shuffle(kinds)
            for name, begin in kinds:
                if stop.wait(EVERY - LASTS[1]):
                    return
                self.had.append(name)
                began = time.monotonic()
                begin()
                stop.wait(self.chance.uniform(*LASTS) - (time.monotonic() - began))
                self.end()
                stop.wait(LASTS[1] - (time.monotonic() - began))

    def end(self) -> None:
        """Whatever it is, it is over."""
        self.bent.bend = None
        self.bent.api.faults.clear()

    def _fault(self, kind: str, **more: Any) -> None:
        self.bent.api.faults.append(Fault(kind, times=None, **more))

    def _killed(self) -> None:
        os.kill(self._sync(), signal.SIGKILL)

    def _sync(self) -> int:
        """The process that reads: neither the server's own nor a child of it."""
        family, own = self.server.family(), self.server.process.pid
        others = [pid for pid in family if pid != own and _parent(pid) != own]
        return others[0] if others else wait_for(lambda: self._sync())

    def _stopped(self) -> None:
        sync = self._sync()
        os.kill(sync, signal.SIGSTOP)
        time.sleep(LASTS[0])
        os.kill(sync, signal.SIGCONT)

    def _locked(self) -> None:
        with _writing(self.database):
            time.sleep(LASTS[0])


@contextmanager
def _writing(database: str) -> Iterator[None]:
    """Somebody else writes, and does not come to an end."""
    if POSTGRES:
        with psycopg.connect(database) as server:
            server.execute("LOCK TABLE dashboard_run IN EXCLUSIVE MODE")
            yield
    else:
        file = database.removeprefix("sqlite:///")
        with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")


@dataclass
class Use:
    """Memory and open files of all processes of a server, as time goes on."""

    server: Server
    megabytes: list[float] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    of_each: dict[int, list[float]] = field(default_factory=dict)

    def look(self, stop: Event) -> None:
        """Note both until it is over, once every process has made its first pages."""
        stop.wait(6 * MINUTES)
        while not stop.wait(SAMPLED):
            family = self.server.family()
            memory = {pid: _own_memory(pid) / 1024 for pid in family}
            self.megabytes.append(sum(memory.values()))
            for pid, megabytes in memory.items():
                self.of_each.setdefault(pid, []).append(megabytes)
            self.files.append(sum(map(_open_files, family)))


def _parent(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[1])
    return 0


def _own_memory(pid: int) -> int:
    """Kilobytes that are this process's share of what is in memory."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return 0


def _open_files(pid: int) -> int:
    with suppress(OSError):
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return 0


def thirds(numbers: list[Any]) -> tuple[float, float, float]:
    """What is usual in the first third, in the middle one and in the last."""
    third = max(len(numbers) // 3, 1)
    first, middle, last = numbers[:third], numbers[third:-third] or numbers, numbers[-third:]
    return statistics.median(first), statistics.median(middle), statistics.median(last)


def test_half_an_hour_of_faults_ends_equal_to_the_upstream(tmp_path: Path) -> None:
    chance, stop = random.Random(SEED), Event()  # noqa: S311 - guards nothing
    world = World(chance, RUNS)
    api = Simulator(world.scripted, token=TOKEN)
    with scratch_database(tmp_path) as database, serve(api) as url:
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
        subprocess.run(collect, cwd=settings.BASE_DIR, env=environment(database), check=True)
        reads = {"DATABASE_URL": database, "QODER_API_URL": url, "QODER_PAT": TOKEN}
        server = Server(tmp_path, settings.BASE_DIR, DASHBOARD_AUTH="none", **reads)
        try:
            wait_for(lambda: server.get("/livez")[0] == 200)
            wait_for(lambda: complete(database))
            viewers = [Viewer(server.port, random.Random(SEED + n), stop) for n in range(VIEWERS)]  # noqa: S311
            trouble, use = Trouble(Bent(api), server, database, chance), Use(server)
            threads = [Thread(target=viewer.watch) for viewer in viewers]
            threads.append(Thread(target=trouble.befall, args=(list(trouble.kinds()), stop)))
            threads.append(Thread(target=use.look, args=(stop,)))
            for thread in threads:
                thread.start()
            try:
                end = time.monotonic() + 60 * MINUTES
                while time.monotonic() < end:
                    time.sleep(2)
                    world.move()
                    world.finish_one()
            finally:
                stop.set()
                for thread in threads:
                    thread.join()
            trouble.end()
            world.finish()
            began = time.monotonic()
            while not (complete(database) and settled(database) and not differences(database, world)):
                assert time.monotonic() - began < HEALS, differences(database, world)[:5]
                time.sleep(1)
            _report(viewers, trouble, use, len(world.runs), len(api.log), time.monotonic() - began)
        finally:
            with suppress(ProcessLookupError):
                server.stop(signal.SIGTERM)
    statuses = sum((viewer.statuses for viewer in viewers), Counter[str]())
    assert {name for name in statuses if name not in ("answered", "limited")} == set()
    for numbers in (use.megabytes, use.files):
        _, middle, last = thirds(numbers)
        assert last <= middle * GROWTH, (middle, last)


def _report(
    viewers: list[Viewer], trouble: Trouble, use: Use, runs: int, requests: int, seconds: float
) -> None:
    statuses = sum((viewer.statuses for viewer in viewers), Counter[str]())
    memory, files = thirds(use.megabytes), thirds(use.files)
    slowest = max(viewer.slowest for viewer in viewers)
    print(  # noqa: T201 - the figures, shown by `make soak`
        f"\nseed {SEED}: {MINUTES:g} minutes, {len(trouble.had)} faults of {len(set(trouble.had))} kinds;"
        f" {runs} runs, equal {seconds:.0f} s after the last fault; {requests} requests to the API;"
        f" {dict(statuses)} of {len(viewers)} viewers, the slowest page {slowest:.1f} s;"
        f" memory {memory[0]:.0f}, {memory[1]:.0f} and {memory[2]:.0f} MB in each third,"
        f" open files {files[0]:.0f}, {files[1]:.0f} and {files[2]:.0f}"
    )
    for name, megabytes in [("all processes", use.megabytes), *sorted(use.of_each.items())]:
        curve = megabytes[:: max(len(megabytes) // 10, 1)]
        print(f"{name}: {' '.join(f'{each:.0f}' for each in curve)} MB")  # noqa: T201
