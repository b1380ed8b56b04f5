"""Renews the lease beside the cycles: one answer of the API may take longer than the lease lasts."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event, Thread, get_ident

from django.db import Error, close_old_connections, connections

from dashboard.services.sync.lease import LeaseHolder

EVERY = 2.5  # seconds: three in a row may fail before the lease ends
# A cycle that shows no sign of life for so long hangs: an answer has its deadline, and a lock too.
STANDSTILL = 60.0  # seconds
_LONGEST_END = 5.0  # seconds that the last beat may take

# The thread of the cycle that a thread works for; a thread that is started for one takes its context along.
_CYCLE: ContextVar[int] = ContextVar("cycle", default=0)

logger = logging.getLogger(__name__)


class Heartbeat:
    """A thread with a connection of its own that renews what its process holds.

    It stops with the process, and leaves the lease to others while a cycle has come to a standstill.
    """

    def __init__(self, holder: LeaseHolder) -> None:
        """Renew nothing yet."""
        self._holder = holder
        self._over = Event()
        self._thread = Thread(target=self._run, name="heartbeat", daemon=True)
        self._signs: dict[int, float] = {}  # by thread, when its cycle last showed that it comes forward
        self._trouble = ""

    def start(self) -> None:
        """Renew from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Renew no more, and close the connection."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(_LONGEST_END)

    @contextmanager
    def cycle(self) -> Iterator[None]:
        """For as long as a cycle runs in this thread: the heart beats only while it comes forward."""
        here = get_ident()
        self._signs[here] = time.monotonic()
        before = _CYCLE.set(here)
        try:
            yield
        finally:
            _CYCLE.reset(before)
            del self._signs[here]

    def sign(self) -> None:
        """Note that the cycle of this thread comes forward, or the one that this thread works for."""
        if (cycle := _CYCLE.get()) in self._signs:
            self._signs[cycle] = time.monotonic()

    def beat(self) -> None:
        """Renew the lease, unless a cycle has come to a standstill."""
        trouble = ""
        try:
            if self._stands_still():
                trouble = "a cycle has come to a standstill, and leaves the lease to other processes"
            else:
                self._holder.renew()
        except Error as error:
            trouble = f"the lease cannot be renewed: {type(error).__name__}"
        finally:
            close_old_connections()
        if trouble and trouble != self._trouble:
            logger.warning("%s", trouble)
        self._trouble = trouble

    def _run(self) -> None:
        try:
            while not self._over.wait(EVERY):
                self.beat()
        finally:
            connections.close_all()

    def _stands_still(self) -> bool:
        latest = time.monotonic() - STANDSTILL
        return any(sign < latest for sign in list(self._signs.values()))
