"""The database itself: whether it can be read, and letting go of it."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connections
from django.db.models import Model, QuerySet


def readable() -> bool:
    """Whether the oldest and the newest row of each table that pages need can be read, with all columns."""
    try:
        for model in _needed():
            rows: QuerySet[Model] = QuerySet(model).order_by("pk")
            rows.values_list().first()
            rows.values_list().last()
    except (DatabaseError, ValueError):  # ValueError: a column holds what its type cannot be
        return False
    return True


def close_connections() -> None:
    """Close what this thread opened: before the server forks, lest two processes share it, or at its end."""
    connections.close_all()


def _needed() -> Iterator[type[Model]]:
    """The tables of the mirror, and those that say who is signed in."""
    yield from apps.get_app_config("dashboard").get_models()
    yield get_user_model()
    yield Session
