"""What was asked of the stand-in, for tests that judge a client by its manners."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """One request as it was served.

    status: as answered, 0 where the connection was reset
    started, ended: `time.monotonic()` seconds; concurrent: requests in progress at its start, itself included
    """

    method: str
    path: str
    query: dict[str, str]
    status: int
    started: float
    ended: float
    request_id: str
    concurrent: int


@dataclass
class OpenRequest:
    """A request in progress."""

    method: str
    path: str
    query: dict[str, str]
    request_id: str
    concurrent: int = 0
    started: float = field(default_factory=time.monotonic)

    def closed(self, status: int) -> Request:
        """The request as served."""
        ended = time.monotonic()
        return Request(
            *(self.method, self.path, self.query, status),
            *(self.started, ended, self.request_id, self.concurrent),
        )


class Log:
    """Counts requests in progress and keeps the finished ones, across threads."""

    def __init__(self) -> None:
        """Start empty."""
        self.finished: list[Request] = []
        self._running = 0
        self._lock = threading.Lock()

    def open(self, entry: OpenRequest) -> None:
        """Count a request in."""
        with self._lock:
            self._running += 1
            entry.concurrent = self._running

    def close(self, entry: OpenRequest, status: int) -> None:
        """Count a request out and keep it."""
        with self._lock:
            self._running -= 1
            self.finished.append(entry.closed(status))
