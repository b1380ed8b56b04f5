"""The database itself: whether it can be read, and letting go of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError, connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model, QuerySet

from dashboard.domain.text import first_line, one_line


class DatabaseBusy(Exception):  # noqa: N818 - it says what happened
    """Another process holds the lock that a write needs."""


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


def require(alias: str) -> None:
    """Open the database of that name; raises ImproperlyConfigured, with the reason, where it cannot be."""
    try:
        connections[alias].ensure_connection()
    except OperationalError as error:
        reason = one_line(first_line(str(error)))
        raise ImproperlyConfigured(f"the database of DATABASE_URL cannot be opened: {reason}") from error


@contextmanager
def writing_soon(milliseconds: int = 500) -> Iterator[None]:
    """For one small write of a page: raises DatabaseBusy where another process holds the lock for longer.

    Elsewhere a lock is waited for as long as the settings allow, which would keep a worker from its readers.
    """
    shorter, usual = _lock_timeouts(milliseconds)
    with connection.cursor() as cursor:
        cursor.execute(shorter)
        try:
            yield
        except OperationalError as error:
            raise DatabaseBusy from error
        finally:
            cursor.execute(usual)


def later_migrations() -> QuerySet[Any]:
    """The changes of the database that this version does not know: a later one made them."""
    return MigrationRecorder.Migration.objects.filter(app="dashboard").exclude(name__in=_known_migrations())


@cache
def _known_migrations() -> tuple[str, ...]:
    return tuple(name for app, name in MigrationLoader(None).disk_migrations if app == "dashboard")


def close_connections() -> None:
    """Close what this thread opened: before the server forks, lest two processes share it, or at its end."""
    connections.close_all()


def _needed() -> Iterator[type[Model]]:
    """The tables of the mirror, and those that say who is signed in."""
    yield from apps.get_app_config("dashboard").get_models()
    yield get_user_model()


def _lock_timeouts(milliseconds: int) -> tuple[str, str]:
    """What makes the connection wait so long for a lock, and then as long as usual again."""
    usual = 1000 * connection.settings_dict["OPTIONS"].get("timeout", 5)
    return {
        "sqlite": (f"PRAGMA busy_timeout = {milliseconds}", f"PRAGMA busy_timeout = {usual}"),
        "postgresql": (f"SET lock_timeout = {milliseconds}", "RESET lock_timeout"),
    }[connection.vendor]
