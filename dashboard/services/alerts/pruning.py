"""What was sent is kept for a while, so that it can be looked up; then it goes, a few rows at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from dashboard.domain.thresholds import MESSAGES_KEPT
from dashboard.models import AlertedRun, AlertIncident, AlertMessage

_STEP = 500  # rows of a table deleted in one turn
_APART = 3600.0  # seconds between two looks where nothing was left to delete


class Pruning:
    """Deletes old messages and what they were about; asks for them once an hour."""

    def __init__(self) -> None:
        """Look at the first turn."""
        self._next = 0.0

    def step(self, writing: Callable[[], AbstractContextManager[None]]) -> None:
        """Delete some. writing: a transaction of the writer; raises where another process writes."""
        if time.monotonic() < self._next:
            return
        old = _old(timezone.now() - MESSAGES_KEPT)
        if any(len(rows) == _STEP for rows in old.values()):
            self._next = 0.0
        else:
            self._next = time.monotonic() + _APART
        if any(old.values()):
            with writing():
                for table, keys in old.items():
                    QuerySet(table).filter(pk__in=keys).delete()


def _old(before: datetime) -> dict[Any, list[int]]:
    """The keys of what is past keeping.

    What is open stays, whatever its age, and so does what waits to be sent: nothing opens or is sent twice.
    Of a run that opened so long ago nothing is queued any more (`finished_runs.is_since`).
    """
    done = Q(sent_at__lt=before) | Q(sent_at=None, given_up_at__lt=before)
    return {
        AlertMessage: _keys(AlertMessage.objects.filter(done)),
        AlertedRun: _keys(AlertedRun.objects.filter(announced=True, seen_at__lt=before)),
        AlertIncident: _keys(AlertIncident.objects.filter(closed_at__lt=before, runs=None)),
    }


def _keys(rows: Any) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True)[:_STEP])
