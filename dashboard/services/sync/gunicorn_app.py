"""The process beside the web workers that runs the sync: started, restarted and closed by gunicorn."""

from __future__ import annotations

import os
from threading import Event, Thread

import django
from gunicorn.dirty.app import DirtyApp


class SyncApp(DirtyApp):  # type: ignore[misc] # gunicorn carries no types
    """Runs the loop of the sync in a thread for as long as the server lives."""

    workers = 1

    def init(self) -> None:
        """Called in the new process once it has been forked: start reading."""
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        django.setup()
        self._stop = Event()
        self._thread = Thread(target=self._run, name="sync", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Called when the server stops: end the wait or the cycle, and give the lease back."""
        self._stop.set()
        self._thread.join(timeout=15)

    def _run(self) -> None:
        from django.conf import settings

        from dashboard.services.status import database
        from dashboard.services.sync import Loop
        from dashboard.services.sync.demo_account import reachable

        try:
            with reachable(settings.ACCOUNTS) as accounts:
                Loop(accounts, settings.SYNC_INTERVAL, self._stop).run()
        finally:
            database.close_connections()
