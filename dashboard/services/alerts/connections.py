"""Where a program of somebody else's connects to, looked at by Python's own audit of each connection."""

from __future__ import annotations

import ipaddress
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from dashboard.services.alerts.webhook import may_be_asked

_CONNECTING = ("socket.connect", "socket.sendto", "socket.sendmsg")
_PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn")
_current = threading.local()


class ConnectionBarred(OSError):  # noqa: N818 - it says what happened
    """A connection, or a program, that may not be."""


@dataclass
class Guard:
    """What one thread may do while it is guarded. refused: whether something was not to be."""

    refused: bool = False

    def look(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Raise ConnectionBarred at a connection that leads into the own network, and at any program."""
        if event in _PROGRAMS or (event in _CONNECTING and not _may_connect(arguments[1])):
            self.refused = True
            raise ConnectionBarred


@contextmanager
def guarded() -> Iterator[Guard]:
    """Look at every connection that this thread opens meanwhile."""
    _watch()
    _current.guard = guard = Guard()
    try:
        yield guard
    finally:
        _current.guard = None


@cache
def _watch() -> None:
    """Once in a process: such a hook can never be taken out again, and does nothing for other threads."""
    sys.addaudithook(_look)


def _look(event: str, arguments: tuple[Any, ...]) -> None:
    if guard := getattr(_current, "guard", None):
        guard.look(event, arguments)


def _may_connect(address: Any) -> bool:
    """Whether an address may be connected to: only one that is a number can be judged."""
    if not isinstance(address, tuple):
        return False
    try:
        return may_be_asked(ipaddress.ip_address(str(address[0]).partition("%")[0]))
    except ValueError:
        return False
