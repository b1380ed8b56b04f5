"""A copy of the mirror while it is served, and the way back: past promises cannot be read again.

SQLite only. PostgreSQL has means of its own, docs/operating.md names them.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.models.functions import Now

from dashboard.models import Lease

_PATIENCE = 5.0  # seconds for a lock that somebody else holds


class BackupError(Exception):
    """Nothing was written; the text says why."""


def back_up(to: Path) -> int:
    """Write a copy as it is at one instant, readable by its owner alone, and give its size in bytes.

    Nobody waits meanwhile. The file is there once it is whole. Raises BackupError.
    """
    _only_sqlite()
    if to.exists():
        raise BackupError(f"{to} is there already")
    part = to.with_name(f"{to.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(part)])
        check(part)
        part.replace(to)
    except (OSError, DatabaseError) as error:
        raise BackupError(f"{to} cannot be written: {error}") from error
    return to.stat().st_size


def restore(copy: Path) -> None:
    """Put a copy in the place of the mirror. Raises BackupError, and then leaves the mirror as it is."""
    _only_sqlite()
    check(copy)
    if _is_served():
        raise BackupError("the dashboard is running, or was until 10 s ago: stop it first")
    connection.close()
    mirror = sqlite3.connect(connection.settings_dict["NAME"], timeout=0)
    with _opened(copy) as source, closing(mirror):
        try:
            source.backup(mirror, progress=_give_up_at(time.monotonic() + _PATIENCE))
        except (sqlite3.Error, TimeoutError) as error:
            raise BackupError(f"the mirror cannot be written: {error}") from error


def _give_up_at(deadline: float) -> Callable[[int, int, int], None]:
    """Called after each step of a copy, which else would wait without end for somebody's lock."""

    def after_step(status: int, _remaining: int, _total: int) -> None:
        if status != sqlite3.SQLITE_DONE and time.monotonic() > deadline:
            raise TimeoutError("another process holds it locked")

    return after_step


def check(copy: Path) -> None:
    """Raise BackupError unless a copy is whole and this version can read it."""
    try:
        with _opened(copy) as database:
            [damage] = database.execute("PRAGMA quick_check(1)").fetchone()
            applied = set(database.execute("SELECT app, name FROM django_migrations"))
    except sqlite3.Error as error:
        raise BackupError(f"{copy} is no copy of a mirror: {error}") from error
    if damage != "ok":
        raise BackupError(f"{copy} is damaged: {damage}")
    if later := sorted(applied - MigrationLoader(None).disk_migrations.keys()):
        raise BackupError(f"{copy} was made by a later version: this one does not know {later[0][1]}")


@contextmanager
def _opened(copy: Path) -> Iterator[sqlite3.Connection]:
    """A copy to read; it is never made where it is not there."""
    with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as database:
        yield database


def _only_sqlite() -> None:
    if connection.vendor != "sqlite":
        raise BackupError("PostgreSQL is backed up by its own means: pg_dump, pg_restore")


def _is_served() -> bool:
    """Whether somebody holds the lease; a mirror that has no tables yet is nobody's."""
    try:
        return Lease.objects.filter(expires_at__gt=Now()).exclude(holder="").exists()
    except DatabaseError:
        return False
