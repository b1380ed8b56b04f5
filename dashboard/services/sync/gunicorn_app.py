"""The process beside the web workers that runs the sync: started, restarted and closed by gunicorn."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import django
from gunicorn.dirty.app import DirtyApp

LOOK = 1.0  # seconds between two looks at whether the parent is still there
LONGEST_END = 15.0  # seconds that a cycle under way has to come to its end


class SyncApp(DirtyApp):  # type: ignore[misc] # gunicorn carries no types
    """Runs the loop of the sync in a thread for as long as the server lives."""

    workers = 1

    def init(self) -> None:
        """Called in the new process once it has been forked: start reading."""
        release_listening_sockets(int(entry.name) for entry in list(Path("/dev/fd").iterdir()))
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        django.setup()
        self._stop = Event()
        self._thread = Thread(target=self._run, name="sync", daemon=True)
        self._thread.start()
        Thread(target=self._end_without_parent, args=(os.getppid(),), name="parent", daemon=True).start()

    def close(self) -> None:
        """Called when the server stops: end the wait or the cycle, and give the lease back."""
        self._stop.set()
        self._thread.join(LONGEST_END)

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

    def _end_without_parent(self, parent: int) -> None:
        """End this process when whoever supervises it was killed: the next one starts a sync of its own."""
        while not self._stop.wait(LOOK):
            if os.getppid() != parent:
                self.close()
                os._exit(0)


def release_listening_sockets(numbers: Iterable[int]) -> None:
    """Let go of the ports among a process's open files, so that it never keeps one from being free.

    What used to be the socket leads nowhere afterwards: objects that still name it may close it once more.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    try:
        for number in numbers:
            with suppress(OSError):  # most are no sockets
                if _is_listening(number):
                    os.dup2(nowhere, number, inheritable=False)
    finally:
        os.close(nowhere)


def _is_listening(number: int) -> bool:
    """Whether a file is a socket that takes connections from a network; OSError where it is no socket."""
    copy = socket.socket(fileno=os.dup(number))
    with copy:
        listens = copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        return bool(listens) and copy.family in (socket.AF_INET, socket.AF_INET6)
