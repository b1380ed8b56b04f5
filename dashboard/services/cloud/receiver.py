"""One answer of the API, complete or not at all: within a deadline, and no larger than memory should hold.

A timeout for each read does not end an answer that drips, and a body unpacked at one go can be a thousand
times as large as what was sent. So the connection is shut down at the deadline, whatever it is doing, and a
body is unpacked piece by piece and counted.
"""

from __future__ import annotations

import socket
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Timer
from typing import Any

import httpx

DEADLINE = 20.0  # seconds for an answer from asking to its last byte
LARGEST = 32 * 1024 * 1024  # bytes of a body, unpacked: a page of a thousand records has a few millions
ENCODING = "gzip"  # the one packing that is asked for
_OF_THE_BODY = (b"content-encoding", b"content-length", b"transfer-encoding")


class UnendingAnswer(Exception):  # noqa: N818 - it says what happened
    """The answer was not complete at the deadline."""


class UnusableBody(Exception):  # noqa: N818 - it says what happened
    """The body is too large, or packed in a way that was not asked for; the message says which."""


class Receiver:
    """Sends the requests of a client, one at a time, and gives each answer with its body."""

    def __init__(self, client: httpx.Client) -> None:
        """Send through that client."""
        self._client = client
        self._connection: Any = None  # the newest one; it serves later requests too

    def receive(self, request: httpx.Request) -> httpx.Response:
        """The answer, its body unpacked.

        Raises UnendingAnswer, UnusableBody, and httpx.HTTPError where no answer came or it broke off.
        """
        request.extensions["trace"] = self._note
        with self._deadline():
            response = self._client.send(request, stream=True)
            try:
                body = b"".join(_unpacked(response.iter_raw(), response.headers.get("content-encoding", "")))
            finally:
                response.close()
        headers = [pair for pair in response.headers.raw if pair[0].lower() not in _OF_THE_BODY]
        return httpx.Response(response.status_code, headers=headers, content=body)

    @contextmanager
    def _deadline(self) -> Iterator[None]:
        """Shut the connection down at the deadline, and raise UnendingAnswer for whatever comes of it."""
        over = Event()
        watchdog = Timer(DEADLINE, self._shut_down, [over])
        watchdog.daemon = True
        watchdog.start()
        try:
            yield
        except httpx.HTTPError:
            if over.is_set():
                raise UnendingAnswer from None
            raise
        finally:
            watchdog.cancel()

    def _note(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._connection = info["return_value"]

    def _shut_down(self, over: Event) -> None:
        over.set()
        if self._connection is not None:
            with suppress(OSError):
                # Of a TLS socket too only the connection below: its own shutdown is not for another thread.
                socket.socket.shutdown(self._connection.get_extra_info("socket"), socket.SHUT_RDWR)


def _unpacked(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The pieces of a body, unpacked; never more than LARGEST in all."""
    if encoding not in ("", "identity", ENCODING):
        raise UnusableBody("the answer is packed in a way that was not asked for")
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16) if encoding == ENCODING else None
    left = LARGEST
    for chunk in chunks:
        try:
            piece = unpack.decompress(chunk, left + 1) if unpack else chunk
        except zlib.error as error:
            raise httpx.DecodingError(str(error)) from None
        left -= len(piece)
        if left < 0:
            raise UnusableBody(f"the answer is larger than {LARGEST // 1024**2} MB")
        yield piece
