"""Two versions side by side on one database, while hosts are upgraded one by one.

Only with `make upgrade`. BEFORE names the older version: a commit of this repository.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from itertools import cycle
from pathlib import Path
from threading import Event

import pytest
from django.conf import settings
from django.utils import timezone

from dashboard.simulator import Scripted, Simulator, serve
from tests.factories import deployment_record, run_record
from tests.hosts import ask, environment, scratch_database
from tests.test_serving import Server
from tests.upstream import TOKEN
from tests.waiting import wait_for

pytestmark = pytest.mark.upgrade

PAGES = (
    "/",
    "/runs/",
    "/deployments/",
    "/failures/",
    "/calendar/",
    "/calendar/?view=month",
    "/timeline/",
    "/handover/",
    "/wallboard/",
    "/metrics",
    "/healthz",
)
RUNS = 500
BESIDE = 2  # times that each page of both is asked for while they stand side by side


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The older version, out of the history."""
    archive = subprocess.run(
        ["git", "archive", os.environ["BEFORE"]], cwd=settings.BASE_DIR, capture_output=True, check=True
    )
    folder = tmp_path / "before"
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


class Visitor:
    """Somebody who asks a server for one page after another; `failed` is what did not answer 200."""

    def __init__(self, server: Server) -> None:
        self.server, self.asked, self.failed = server, 0, list[str]()

    def visit(self, stop: Event) -> None:
        """Ask until it is time to stop."""
        for page in cycle(PAGES):
            if stop.is_set():
                return
            status, _ = self.server.get(page)
            self.asked += 1
            self.failed += [] if status == 200 else [f"{page}: {status}"]


@contextmanager
def serving(tree: Path, folder: Path, database: str, url: str) -> Iterator[Server]:
    """A server of that version, once it answers."""
    folder.mkdir()
    access = {"DASHBOARD_AUTH": "none", "QODER_API_URL": url, "QODER_PAT": TOKEN}
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
    subprocess.run(collect, cwd=tree, env=environment(database), check=True)
    server = Server(folder, tree, DATABASE_URL=database, **access)
    try:
        wait_for(lambda: server.get("/readyz")[0] == 200)
        yield server
    finally:
        server.stop()


@contextmanager
def visited(server: Server, pool: ThreadPoolExecutor) -> Iterator[Visitor]:
    """A server that is asked all the time."""
    visitor, stop = Visitor(server), Event()
    visit = pool.submit(visitor.visit, stop)
    try:
        yield visitor
    finally:
        stop.set()
        visit.result()


def kept(database: str) -> list[str]:
    """The runs that a mirror has."""
    return sorted(run_id for (run_id,) in ask(database, "SELECT run_id FROM dashboard_run"))


def test_pages_of_both_versions_answer_while_the_new_one_takes_over_and_reads_what_is_new(
    tmp_path: Path, before: Path
) -> None:
    now = timezone.now()
    runs = [run_record(n, now - n * timedelta(minutes=9), deployment_id="dep_a") for n in range(RUNS)]
    world = Scripted([deployment_record("a")], runs)
    with (
        scratch_database(tmp_path) as database,
        serve(Simulator(world, token=TOKEN)) as url,
        ThreadPoolExecutor(2) as pool,
        serving(before, tmp_path / "old", database, url) as old,
    ):
        wait_for(lambda: len(kept(database)) == RUNS)
        with (
            visited(old, pool) as of_old,
            serving(settings.BASE_DIR, tmp_path / "new", database, url) as new,
            visited(new, pool) as of_new,
        ):
            world.runs.append(run_record(RUNS + 1, timezone.now(), deployment_id="dep_a"))
            wait_for(lambda: len(kept(database)) == RUNS + 1)
            until = [one.asked + BESIDE * len(PAGES) for one in (of_old, of_new)]
            wait_for(lambda: of_old.asked >= until[0] and of_new.asked >= until[1])
        print(f"{of_old.asked} answers of the old version, {of_new.asked} of the new one")  # noqa: T201
        assert (of_old.failed, of_new.failed) == ([], [])
        assert kept(database) == sorted(run["id"] for run in world.runs)
