"""Requests that are still on their way in: one that never ends is cut off, whatever it drips."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

DEADLINE = 20.0  # seconds: a request with its form is a few packets
_arriving: dict[int, tuple[socket.socket, float]] = {}  # by the thread that reads it


def begin(connection: socket.socket) -> None:
    """Note that this thread begins to read a request."""
    _arriving[threading.get_ident()] = (connection, time.monotonic())


def end() -> None:
    """Note that the request is here, or will never be."""
    _arriving.pop(threading.get_ident(), None)


def cut_off_late() -> None:
    """Close every connection whose request did not arrive in time; the thread that reads it wakes up."""
    now = time.monotonic()
    for connection, begun in list(_arriving.values()):
        if now - begun > DEADLINE:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
