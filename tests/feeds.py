"""Feeds as the sync leaves them, for tests of what is shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from dashboard.models import Feed
from tests.factories import NOW

# Everything a feed may say, so that a filter by any of these words is one that means something.
WORDS = {
    "status": ["completed", "failed", "pending", "running", "skipped"],
    "trigger_type": ["manual", "retry", "schedule"],
}


def live(account: str = "default", now: datetime = NOW, **changes: Any) -> Feed:
    """A feed that was read whole four seconds ago."""
    read = now - timedelta(seconds=4)
    fields = {"polled_at": read, "succeeded_at": read, "attempted_at": read, "words": WORDS} | changes
    return Feed.objects.create(account=account, **fields)


def failing(account: str = "default", now: datetime = NOW, **changes: Any) -> Feed:
    """A feed that was read whole half an hour ago and has failed since."""
    then = now - timedelta(minutes=30)
    fields = {"polled_at": then, "succeeded_at": then, "failing_since": then + timedelta(seconds=10)}
    return live(account, now, **fields | changes)


def changed() -> None:
    """The mirror has changed, as the sync says by another version: pages are made anew."""
    Feed.objects.update(version=F("version") + 1)
