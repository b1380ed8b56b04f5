"""The one serving command: pages, the sync beside them, and nothing left behind when it stops."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from django.conf import settings

from tests.hosts import scratch_database
from tests.waiting import PATIENCE, wait_for

pytestmark = pytest.mark.processes


def _without_test_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}


class Server:
    """A gunicorn of our own, started as `make run` starts it."""

    def __init__(self, folder: Path, /, tree: Path, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        database = f"sqlite:///{folder}/mirror.sqlite3"
        self.environment = (
            _without_test_settings()
            | {
                "PORT": str(self.port),
                "DATABASE_URL": database,
                "SYNC_INTERVAL": "1",
                "SECRET_KEY": "only-for-tests",
            }
            | environment
        )
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py"],
                cwd=tree,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def get(self, path: str) -> tuple[int, str]:
        """The status and the body of a page; status 0 while nobody listens."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def family(self) -> set[int]:
        """The processes of this server that are still there."""
        listed = subprocess.run(["ps", "-eo", "pid=,pgid=,stat="], capture_output=True, text=True, check=True)
        rows = (line.split() for line in listed.stdout.splitlines())
        return {int(pid) for pid, group, state in rows if int(group) == self.process.pid and state[0] != "Z"}

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Interrupt all of it, as Ctrl-C in a terminal does."""
        os.killpg(self.process.pid, number)
        self.process.wait(PATIENCE)


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> None:
    """The files that pages need, where `make run` puts them.

    Once for all workers: to collect takes each away for a moment, and a server that starts then has none.
    """
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
    with (tmp_path_factory.getbasetemp().parent / f"collected-{testrun_uid}").open("a+") as done:
        fcntl.flock(done, fcntl.LOCK_EX)
        if not done.seek(0, os.SEEK_END):
            subprocess.run(collect, cwd=settings.BASE_DIR, env=_without_test_settings(), check=True)
            done.write("yes")


@pytest.fixture
def serve(tmp_path: Path, collected: None) -> Iterator[Callable[..., Server]]:
    """Start a server; whatever a test leaves of it is ended."""
    started: list[Server] = []

    def start(**environment: str) -> Server:
        server = Server(tmp_path, settings.BASE_DIR, **environment)
        started.append(server)
        alive = f"{environment.get('SUB_PATH', '')}/livez"
        wait_for(lambda: server.get(alive)[0] == 200 or server.process.poll() is not None)
        assert server.process.poll() is None, server.log.read_text()
        return server

    yield start
    for server in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()


def test_it_shows_the_demonstration_over_real_http_and_leaves_no_process(
    serve: Callable[..., Server],
) -> None:
    server = serve(DASHBOARD_AUTH="none")
    page = wait_for(lambda: (result := server.get("/runs/")[1]) and 'id="run-drun_' in result and result)
    assert "Demonstration." in page
    server.stop()
    wait_for(lambda: not server.family())


def test_a_sync_that_is_killed_is_started_again(serve: Callable[..., Server]) -> None:
    server = serve(DASHBOARD_AUTH="none")
    wait_for(lambda: 'id="run-drun_' in server.get("/runs/")[1])
    before = server.family()
    # The one that holds the demonstration's fleet; no child of the master, but of what supervises it.
    sync = max(
        (pid for pid in before if _parent(pid) != server.process.pid and pid != server.process.pid),
        key=_memory,
    )
    os.kill(sync, signal.SIGKILL)
    wait_for(lambda: len(server.family()) >= len(before) and sync not in server.family())
    server.stop(signal.SIGTERM)
    wait_for(lambda: not server.family())


@pytest.mark.parametrize("begun", [b"", b"GET /runs/ HTTP/1.1\r\nHost: localhost\r\nX: "])
def test_connections_that_are_silent_or_half_sent_keep_no_page_from_anybody(
    serve: Callable[..., Server], begun: bytes
) -> None:
    server = serve(DASHBOARD_AUTH="none")
    wait_for(lambda: 'id="run-drun_' in server.get("/runs/")[1])
    with contextlib.ExitStack() as waiting:
        for _ in range(300):
            connection = waiting.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            connection.sendall(begun)
        assert [server.get("/runs/")[0] for _ in range(5)] == [200] * 5
    server.stop()


def test_a_supervisor_that_is_killed_leaves_no_orphan_and_no_port(serve: Callable[..., Server]) -> None:
    server = serve(DASHBOARD_AUTH="none")
    wait_for(lambda: 'id="run-drun_' in server.get("/runs/")[1])
    family = server.family()
    syncs = {pid for pid in family if _parent(pid) != server.process.pid and pid != server.process.pid}
    supervisor = _parent(next(iter(syncs)))
    os.kill(supervisor, signal.SIGKILL)
    wait_for(lambda: not syncs & server.family())
    wait_for(lambda: len(server.family()) >= len(family))
    server.stop(signal.SIGTERM)
    wait_for(lambda: not server.family())


def _parent(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[1])
    return 0


def _memory(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return 0


def test_the_first_person_is_let_in_by_the_link_it_prints_under_a_sub_path_too(
    serve: Callable[..., Server],
) -> None:
    server = serve(DASHBOARD_AUTH="login", SUB_PATH="/agents")
    link = wait_for(lambda: re.search(r"/agents/first-sign-in/\S+", server.log.read_text("utf-8")))
    status, page = server.get(link[0])
    assert status == 200
    assert server.get("/agents/runs/")[0] == 302
    files = re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js|svg))"', page)
    assert files
    assert {(file.startswith("/agents/"), server.get(file)[0]) for file in files} == {(True, 200)}


def test_it_starts_with_single_sign_on_on_either_database(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    provider = {"OIDC_ISSUER": "https://provider.example", "OIDC_ALLOWED_GROUPS": "team"}
    client = {"OIDC_CLIENT_ID": "us", "OIDC_CLIENT_SECRET": "only-for-tests"}
    with scratch_database(tmp_path) as database:
        server = serve(DASHBOARD_AUTH="oidc", DATABASE_URL=database, **provider, **client)
        status, page = server.get("/sign-in/")
        assert (status, "/single-sign-on/" in page) == (200, True)
        assert server.get("/readyz")[0] == 200
        server.stop()


def test_the_token_is_in_no_log_and_no_file(serve: Callable[..., Server], tmp_path: Path) -> None:
    token = "pt-never-to-be-seen-0123456789"
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/api"
        server = serve(DASHBOARD_AUTH="none", QODER_PAT=token, QODER_API_URL=url)
        page = wait_for(
            lambda: (result := server.get("/runs/")[1]) and "cannot be reached" in result and result
        )
        server.stop()
    assert token not in page
    assert not [
        file for file in tmp_path.rglob("*") if file.is_file() and token.encode() in file.read_bytes()
    ]
