"""One writer: whoever holds the lease writes, and checks in each transaction that it still does."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from dashboard.models import Lease

SECONDS = 30  # a host that dies is replaced after this long
_NAME = "sync"
# A lease that ends later than this was taken before the clock was set back: nobody can hold one so long.
_LONGEST = timedelta(minutes=10)


class LeaseLost(Exception):  # noqa: N818 - it says what happened
    """Another process writes now; what was about to be written is not."""


class LeaseHolder:
    """One process's claim to be the writer."""

    def __init__(self) -> None:
        """Claim nothing yet."""
        self.name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"

    def take(self) -> bool:
        """Take the lease if it has no holder, has expired or is ours already; whether it is ours now."""
        now = timezone.now()
        with transaction.atomic():
            Lease.objects.get_or_create(name=_NAME, defaults={"holder": "", "expires_at": now})
            free = Q(holder__in=("", self.name)) | Q(expires_at__lte=now) | Q(expires_at__gt=now + _LONGEST)
            return self._renew(free)

    def release(self) -> None:
        """Give the lease back, so that the next holder need not wait for it to expire."""
        Lease.objects.filter(name=_NAME, holder=self.name).update(holder="", expires_at=timezone.now())

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction of the writer; raises LeaseLost, and writes nothing, if that is another one."""
        with transaction.atomic():
            if not self._renew(Q(holder=self.name)):
                raise LeaseLost
            yield

    def _renew(self, condition: Q) -> bool:
        expires_at = timezone.now() + timedelta(seconds=SECONDS)
        return (
            Lease.objects.filter(condition, name=_NAME).update(holder=self.name, expires_at=expires_at) == 1
        )
