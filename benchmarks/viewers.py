"""Many open pages in front of the real server: what they cost it, and whether the API notices them.

All of it on 127.0.0.1: the stand-in API and the viewers in this process, the server in its own.
"""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from dashboard.simulator import Fleet, Simulator, serve

VIEWERS = 500
EVERY = 5.0  # seconds between two polls of one viewer
SYNC = 10.0  # seconds between two cycles
LASTS = 30.0  # seconds of each phase
PAGES = ("/", "/runs/", "/deployments/", "/failures/", "/calendar/")


def crowd() -> None:
    """Print what the server and the API do without viewers, then with many."""
    api = Simulator(Fleet(seed=7, deployments=60, runs=2_000), token="bench")  # noqa: S106 - it opens nothing
    with serve(api) as url, _server(url) as (port, group):
        _read(port)
        for viewers in (0, VIEWERS):
            _phase(api, port, group, viewers)


def _phase(api: Simulator, port: int, group: int, viewers: int) -> None:
    asked, busy, began = len(api.log), _cpu(group), time.monotonic()
    answers, waits = _watch(port, viewers)
    time.sleep(max(began + LASTS - time.monotonic(), 0))
    lasted = time.monotonic() - began
    used, requests = (_cpu(group) - busy) / lasted, len(api.log) - asked
    print(f"{viewers} viewers every {EVERY:.0f} s for {lasted:.0f} s: {requests} requests to the API,")
    figures = f"{used:.2f} of {os.cpu_count()} cores; answers {dict(sorted(answers.items()))}"
    print(
        f"  {figures}, median {_ms(statistics.median(waits))}, longest {_ms(max(waits))}"
        if waits
        else f"  {figures}"
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _watch(port: int, viewers: int) -> tuple[Counter[int], list[float]]:
    """Each viewer asks for its page by the tag of what it has, evenly spread; the answers by status."""
    answers: Counter[int] = Counter()
    waits: list[float] = []
    tags: dict[int, str] = {}
    began = time.monotonic()

    def poll(viewer: int) -> None:
        started = time.monotonic()
        status, tag = _get(port, PAGES[viewer % len(PAGES)], tags.get(viewer, ""))
        waits.append(time.monotonic() - started)
        answers[status] += 1
        tags[viewer] = tag

    with ThreadPoolExecutor(16) as pool:
        for number in range(int(viewers * LASTS / EVERY)):
            time.sleep(max(began + number * EVERY / viewers - time.monotonic(), 0))
            pool.submit(poll, number % viewers)
    return answers, waits


def _get(port: int, path: str, tag: str = "") -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(
            "GET", path, headers={"Accept-Encoding": "gzip", "If-None-Match": tag, "X-Poll": "1"}
        )
        response = connection.getresponse()
        response.read()
        return response.status, response.headers.get("ETag", "")
    finally:
        connection.close()


@contextmanager
def _server(api: str) -> Iterator[tuple[int, int]]:
    """The server with its sync, reading that API; its port, and the group of its processes."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": f"sqlite:///{folder}/viewers.sqlite3",
            "DASHBOARD_AUTH": "none",
            "QODER_PAT": "bench",
            "QODER_API_URL": api,
            "PORT": str(port),
            "SYNC_INTERVAL": str(SYNC),
        }
        command = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py"]
        process = subprocess.Popen(command, env=env, start_new_session=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
        try:
            yield port, process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _read(port: int, patience: float = 120.0) -> None:
    """Wait until the history has been read; each page is asked for once, to be warm."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            if _get(port, "/healthz")[0] == 200:
                break
        except OSError:
            pass
        time.sleep(0.5)
    time.sleep(2 * SYNC)
    for page in PAGES * 2:
        _get(port, page)


def _cpu(group: int) -> float:
    """Seconds of processor that the processes of a group have used so far."""
    used = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if int(fields[2]) == group:
            used += sum(int(field) for field in fields[11:13])
    return used / os.sysconf("SC_CLK_TCK")
