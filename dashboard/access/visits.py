"""When a reader was here last: what is new since then is the first thing to know.

A visit ends where its reader asks for no page for half an hour; an open page that asks for itself is none.
Only of people who sign in anything is kept, and that is written every few minutes at most.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import DatabaseError
from django.db.models import F
from django.http import HttpRequest

from dashboard.models import ReaderVisit

GAP = timedelta(minutes=30)  # without a page: what comes after is another visit
NOTED = timedelta(minutes=5)  # how long a page stands for those that follow

logger = logging.getLogger(__name__)


def note(request: HttpRequest, now: datetime) -> None:
    """Write down that whoever asks is here; a page is never kept back for that."""
    key = f"visit-{request.user.pk}"
    if not request.user.is_authenticated or cache.get(key):
        return
    cache.set(key, True, timeout=NOTED.total_seconds())
    try:
        _write(request.user.pk, now)
    except DatabaseError as error:
        logger.warning("a visit was not noted: %s", type(error).__name__)


def left_at(request: HttpRequest) -> datetime | None:
    """When the visit before this one ended; None where none is known."""
    if not request.user.is_authenticated:
        return None
    visit = ReaderVisit.objects.filter(pk=request.user.pk).first()
    return visit.before_at if visit else None


def mark_as_read(request: HttpRequest, now: datetime) -> None:
    """Count everything up to now as seen by whoever asks."""
    if request.user.is_authenticated:
        ReaderVisit.objects.update_or_create(pk=request.user.pk, defaults={"seen_at": now, "before_at": now})


def _write(person: int, now: datetime) -> None:
    rows = ReaderVisit.objects.filter(pk=person)
    if rows.filter(seen_at__lt=now - GAP).update(before_at=F("seen_at"), seen_at=now):
        return
    if not rows.update(seen_at=now):
        ReaderVisit.objects.bulk_create([ReaderVisit(pk=person, seen_at=now)], ignore_conflicts=True)
