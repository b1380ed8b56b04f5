"""Answers that do not end, and answers larger than memory should hold."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import httpx
import pytest

from dashboard.services.cloud import Cloud, Nonsense, Transport, Unavailable, receiver
from dashboard.services.sync import heartbeat
from tests.services.cloud.support import Api, page, raw
from tests.upstream import TOKEN

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """An API that answers each connection in that way."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(65536)
                    answer(connection)
                except OSError:
                    continue

    thread = Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=5)


def drip_body(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"1\r\n \r\n")
        time.sleep(0.02)


def drip_headers(connection: socket.socket) -> None:
    connection.sendall(HEAD)
    while True:
        connection.sendall(b"x-more: 1\r\n")
        time.sleep(0.02)


def stall(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"content-length: 100\r\n\r\n{")
    connection.recv(1)


@pytest.mark.parametrize("answer", [drip_body, drip_headers, stall])
def test_an_answer_that_does_not_end_is_cut_off_at_the_deadline_and_not_tried_again(
    answer: Callable[[socket.socket], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "DEADLINE", 0.3)
    waits: list[float] = []
    with serving(answer) as url:
        cloud = Cloud(Transport(url, lambda: TOKEN, sleep=waits.append))
        started = time.monotonic()
        with pytest.raises(Unavailable, match="the answer does not end"):
            list(cloud.deployments())
        assert time.monotonic() - started < 2
        cloud.close()
    assert waits == []


def test_a_sync_that_waits_for_an_answer_is_not_taken_for_one_that_stands_still() -> None:
    assert heartbeat.STANDSTILL > 2 * receiver.DEADLINE


def test_a_packed_answer_is_unpacked() -> None:
    body = gzip.compress(b'{"data":[{"id":"a"}],"has_more":false}')
    ((run,),) = (page.records for page in Api(raw(body, 200, **{"content-encoding": "gzip"})).runs())
    assert run.id == "a"


@pytest.mark.parametrize("encoding", ["gzip", ""])
def test_an_answer_larger_than_memory_should_hold_is_nonsense(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "LARGEST", 2**20)
    body = b" " * (2**20 + 1)
    api = Api(raw(gzip.compress(body) if encoding else body, 200, **{"content-encoding": encoding}))
    with pytest.raises(Nonsense, match="larger than 1 MB"):
        api.runs()
    assert len(api.asked) == 1


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "deflate"])
def test_an_answer_packed_otherwise_than_asked_for_is_not_unpacked(encoding: str) -> None:
    api = Api(raw(b"", 200, **{"content-encoding": encoding}))
    with pytest.raises(Nonsense, match="not asked for"):
        api.runs()
    assert api.asked[0].headers["accept-encoding"] == "gzip"


def test_the_text_of_an_error_is_kept_short() -> None:
    api = Api({"status_code": 400, "json": {"error": {"message": "x" * 1_000_000}}}, page())
    with pytest.raises(Exception, match=r"^x+$") as caught:
        api.runs()
    assert len(str(caught.value)) <= 4000


def test_a_deadline_before_there_is_a_connection_shuts_nothing_down() -> None:
    over = Event()
    with httpx.Client() as client:
        receiver.Receiver(client)._shut_down(over)
    assert over.is_set()
