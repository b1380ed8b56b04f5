"""One process at a time changes the shape of the database; it may be started on several hosts at once."""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

LOOK = 0.2  # seconds between two looks at whether the other process is done
_KEY = 7_263_509_128_041_337_118  # any number that nobody else locks in this database

logger = logging.getLogger(__name__)


@contextmanager
def migration_lock(alias: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Wait until no other process holds this lock; the end of a process, too, gives it back."""
    connection = connections[alias]
    lock = _server_lock if connection.vendor == "postgresql" else _folder_lock
    with lock(connection) as take:
        if not take():
            logger.info("another process is changing the database to the shape of its version: waiting")
            while not take():
                time.sleep(LOOK)
        yield


@contextmanager
def _server_lock(connection: BaseDatabaseWrapper) -> Iterator[Callable[[], bool]]:
    """A lock of the server, kept by a connection of its own."""
    own = connection.copy()

    def take() -> bool:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_KEY])
            return bool(cursor.fetchone()[0])

    try:
        yield take
    finally:
        own.close()


@contextmanager
def _folder_lock(connection: BaseDatabaseWrapper) -> Iterator[Callable[[], bool]]:
    """A lock on the folder of the file: to open and close the file itself would end the locks of SQLite."""
    folder = os.open(Path(connection.settings_dict["NAME"]).parent, os.O_RDONLY)

    def take() -> bool:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    try:
        yield take
    finally:
        os.close(folder)
