"""One writer: whoever holds the lease writes, and checks in each transaction that it still does.

Whether a lease has run out is decided by the database's clock alone, so that it does not matter how far
the clocks of hosts lie apart. Each taking of the lease has a number, its term. A transaction of the writer
begins with a look at the term, under lock: a process that was stopped, or cut off, while another one took
the lease writes nothing of what it had read until then, not even after it has taken the lease again.

Nor does one of an earlier version write once a later one has changed the database: it would leave out what
that keeps. It looks before and after each transaction, and shows pages until it is replaced.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from django.db import transaction
from django.db.models import Exists, F, Q, QuerySet
from django.db.models.functions import Now

from dashboard.models import Lease
from dashboard.services.status.database import later_migrations

SECONDS = 10  # a holder that is killed or cut off is replaced after this long
_NAME = "sync"
# A lease that ends later than this was taken before the database's clock was set back.
_LONGEST = timedelta(minutes=1)


class LeaseLost(Exception):  # noqa: N818 - it says what happened
    """Another process writes now; what was about to be written is not."""


@dataclass(frozen=True)
class Tenure:
    """One holding of the lease, from when it was taken until another process takes it."""

    holder: str
    term: int

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction of the writer; raises LeaseLost, and writes nothing, if that is another one."""
        with transaction.atomic():
            if not self._held().select_for_update().first():
                raise LeaseLost
            yield
            if not self.renew():
                raise LeaseLost

    def renew(self) -> bool:
        """Make the lease last from now on; whether it was still held."""
        return self._held().update(expires_at=Now() + timedelta(seconds=SECONDS)) == 1

    def _held(self) -> QuerySet[Lease]:
        return Lease.objects.filter(
            ~Exists(later_migrations()), name=_NAME, holder=self.holder, term=self.term
        )


class LeaseHolder:
    """One process's claim to be the writer, for all of its threads."""

    def __init__(self) -> None:
        """Claim nothing yet."""
        self.name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.tenure: Tenure | None = None
        self._lock = Lock()

    def take(self) -> Tenure | None:
        """Keep the lease, or take it where it is free; None where another process holds it."""
        with self._lock:
            if self.tenure is None or not self.tenure.renew():
                self.tenure = self._take()
            return self.tenure

    def renew(self) -> None:
        """Make the lease last from now on, where it is held; notice where it is not any more."""
        with self._lock:
            if self.tenure and not self.tenure.renew():
                self.tenure = None

    def release(self) -> None:
        """Give the lease back, so that the next holder need not wait for it to expire."""
        with self._lock:
            self.tenure = None
            Lease.objects.filter(name=_NAME, holder=self.name).update(holder="", expires_at=Now())

    def may_take(self) -> bool:
        """Whether another process held the lease, and does no more. It is a look, without a lock."""
        return self.tenure is None and _free().exists()

    def _take(self) -> Tenure | None:
        Lease.objects.get_or_create(name=_NAME, defaults={"holder": "", "expires_at": Now()})
        if not _free().exists():  # so that whoever only looks on takes no lock
            return None
        with transaction.atomic():
            expires_at = Now() + timedelta(seconds=SECONDS)
            if not _free().update(holder=self.name, expires_at=expires_at, term=F("term") + 1):
                return None
            return Tenure(self.name, Lease.objects.get(name=_NAME).term)


def _free() -> QuerySet[Lease]:
    """The lease where it has no holder, has run out, or cannot be held so long."""
    ended = Q(holder="") | Q(expires_at__lte=Now()) | Q(expires_at__gt=Now() + _LONGEST)
    return Lease.objects.filter(ended, ~Exists(later_migrations()), name=_NAME)


@contextmanager
def standstill() -> Iterator[None]:
    """A transaction in which nobody else writes, whoever holds the lease: whoever wants to, waits."""
    with transaction.atomic():
        list(Lease.objects.select_for_update())  # SQLite has locked the whole database by now
        yield
