"""The database itself: whether it answers, and letting go of it."""

from __future__ import annotations

from django.db import DatabaseError, connections

from dashboard.models import Feed


def readable() -> bool:
    """Whether the database answers."""
    try:
        Feed.objects.exists()
    except DatabaseError:
        return False
    return True


def close_connections() -> None:
    """Close what this thread opened: before the server forks, lest two processes share it, or at its end."""
    connections.close_all()
