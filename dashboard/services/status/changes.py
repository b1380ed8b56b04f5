"""Saying that pages would show something else, where it is not the sync that changed it."""

from __future__ import annotations

from django.db.models import F

from dashboard.models import Feed


def pages_changed() -> None:
    """Make every page anew for whoever asks next: what people write is part of what all of them show."""
    Feed.objects.update(version=F("version") + 1)
