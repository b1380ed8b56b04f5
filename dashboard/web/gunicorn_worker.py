"""gunicorn's threaded worker, which also ends what its threads would wait for without end."""

from __future__ import annotations

from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from dashboard.web import arriving
from dashboard.web.one_at_a_time import OneAtATime

_A_MOMENT = 1.0  # seconds: how often the worker reports anyway


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Cuts off requests that do not arrive in time; is restarted, as a plain worker is, when a page hangs."""

    def handle(self, conn: Any) -> Any:
        """Read a request and answer it, in a thread of its own."""
        arriving.begin(conn.sock)
        try:
            return super().handle(conn)
        finally:
            arriving.end()

    def murder_pending(self) -> None:
        """Close connections that have sent nothing, and those that never end; called every second."""
        super().murder_pending()
        arriving.cut_off_late()

    def notify(self) -> None:
        """Report to be alive, unless a page takes long: gunicorn's `timeout` then counts."""
        application = self.wsgi
        if not isinstance(application, OneAtATime) or application.busy_for() < _A_MOMENT:
            super().notify()
