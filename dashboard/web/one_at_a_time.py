"""Many threads read requests and write answers, one makes the answers.

Reading and writing wait for somebody else's network, and a thread that waits costs nothing: idle, half-sent
and dripping connections keep no page from anybody. Making a page is work for the processor, and threads of
one process would only fight over it.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dashboard.web import arriving
from dashboard.web.request_bodies import short_length

WSGIApplication = Callable[[dict[str, Any], Any], Iterable[bytes]]


class OneAtATime:
    """A WSGI application whose answers are made by one thread, with its one connection to the database."""

    def __init__(self, application: WSGIApplication) -> None:
        """Wrap an application. The thread begins with the first request, after a server has forked."""
        self._application = application
        self._maker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pages")
        self._busy_since: float | None = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer once the request is here; chunks of a long answer are made as fast as they are taken."""
        environ["wsgi.input"] = io.BytesIO(_body(environ))
        arriving.end()
        answer = self._make(self._begin, environ, start_response)
        return self._chunks(answer) if getattr(answer, "streaming", False) else answer

    def busy_for(self) -> float:
        """Seconds since the work under way began; 0 where there is none."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    def _begin(self, environ: dict[str, Any], start_response: Any) -> Any:
        """The whole answer, or one whose chunks are still to be made."""
        answer: Any = self._application(environ, start_response)
        if getattr(answer, "streaming", True):  # a file for the server itself to send has no such attribute
            return answer
        try:
            return list(answer)
        finally:
            answer.close()

    def _chunks(self, answer: Any) -> Iterator[bytes]:
        chunks = iter(answer)
        try:
            while (chunk := self._make(next, chunks, None)) is not None:
                yield chunk
        finally:
            self._make(answer.close)

    def _make(self, work: Callable[..., Any], *given: Any) -> Any:
        return self._maker.submit(self._timed, work, *given).result()

    def _timed(self, work: Callable[..., Any], *given: Any) -> Any:
        self._busy_since = time.monotonic()
        try:
            return work(*given)
        finally:
            self._busy_since = None


def _body(environ: dict[str, Any]) -> bytes:
    """The body, where it is no longer than a form may be; a longer one is not read, and refused later."""
    body: bytes = environ["wsgi.input"].read(short_length(environ) or 0)
    return body
