"""Requests on their way in: in time, late, and over."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from dashboard.web import arriving


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The server's end of a connection, and the visitor's."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(5)
    with ours, theirs:
        yield ours, theirs


@pytest.fixture(autouse=True)
def nothing_arrives() -> Iterator[None]:
    yield
    arriving.end()


def after(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let that much time have passed since the clock stood still at 0."""
    monkeypatch.setattr(arriving, "time", SimpleNamespace(monotonic=lambda: seconds))


def test_a_request_that_never_ends_is_cut_off(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = ends
    after(0, monkeypatch)
    arriving.begin(ours)
    after(arriving.DEADLINE + 1, monkeypatch)
    arriving.cut_off_late()
    assert ours.recv(1) == b""  # whoever reads it wakes up
    assert theirs.recv(1) == b""
    arriving.cut_off_late()  # a second time, before the thread has noticed


@pytest.mark.parametrize(("seconds", "ended"), [(arriving.DEADLINE, False), (arriving.DEADLINE + 1, True)])
def test_a_request_in_time_and_one_that_is_here_stay(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch, seconds: float, *, ended: bool
) -> None:
    ours, theirs = ends
    after(0, monkeypatch)
    arriving.begin(ours)
    if ended:
        arriving.end()
    after(seconds, monkeypatch)
    arriving.cut_off_late()
    theirs.sendall(b"x")
    assert ours.recv(1) == b"x"


def test_a_connection_that_is_closed_already_is_no_trouble(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    after(0, monkeypatch)
    arriving.begin(ends[0])
    ends[0].close()
    after(arriving.DEADLINE + 1, monkeypatch)
    arriving.cut_off_late()
