"""The processes that are measured: started in groups of their own, ended with everything they started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

_PATIENCE = 60.0  # seconds for a server to begin or to end


class Answer(NamedTuple):
    """What a server answered; seconds: from connecting to the last byte."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


@contextmanager
def started(*command: str, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """A Python process of ours, whose standard output can be read; ended on leaving, however that comes."""
    process = subprocess.Popen(  # noqa: S603 - our own commands
        [sys.executable, *command],
        env=os.environ | (env or {}),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _end(process)


@contextmanager
def served(*command: str, env: dict[str, str], port: int) -> Iterator[subprocess.Popen[str]]:
    """The same for a server, once it answers on its port."""
    with started(*command, env=env) as process:
        until = time.monotonic() + _PATIENCE
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{' '.join(command)} does not answer")
            time.sleep(0.1)
        yield process


def get(port: int, path: str, **headers: str) -> Answer:
    """Ask a server of this machine once, on a connection of its own."""
    began = time.perf_counter()
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): headers[name] for name in headers})
        response = connection.getresponse()
        body = response.read()
        return Answer(response.status, dict(response.headers), body, time.perf_counter() - began)
    finally:
        connection.close()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def cpu_seconds(group: int) -> float:
    """Seconds of processor that the living processes of a group have used so far."""
    return sum(map(_cpu_seconds, members(group)))


def members(group: int) -> list[int]:
    """The living processes of a group."""
    pids = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            if int(file.read_text().rpartition(")")[2].split()[2]) == group:
                pids.append(int(file.parent.name))
    return pids


def memory_mib(pid: int) -> float:
    """The memory of a process without what it shares, such as pages of the database's file; in MiB."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
    return 0.0


def _cpu_seconds(pid: int) -> float:
    """Of all its threads, in nanoseconds where the system counts them so."""
    with suppress(OSError):
        tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9
    return 0.0


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _end(process: subprocess.Popen[str]) -> None:
    """Ask the group to end, and after a while do not ask."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
        process.wait(_PATIENCE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
