"""The database that is measured: a file of SQLite, or the PostgreSQL that the environment names."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg

Row = tuple[int, ...]


@dataclass(frozen=True)
class SqliteFile:
    """A file that is there for one size only."""

    file: Path

    @property
    def url(self) -> str:
        """As `DATABASE_URL` takes it."""
        return f"sqlite:///{self.file}"

    def run(self, statement: str) -> Row:
        """Run a statement; its first row, or nothing."""
        with closing(sqlite3.connect(self.file, timeout=60)) as database, database:
            return tuple(database.execute(statement).fetchone() or ())

    def settle(self) -> int:
        """Bring everything into the file, and give its size in bytes."""
        self.run("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.file.stat().st_size

    def copy_from(self, kept: Path) -> None:
        """Begin with a mirror that was kept."""
        shutil.copy(kept, self.file)

    def copy_to(self, kept: Path) -> None:
        """Keep the mirror as it is."""
        self.settle()
        shutil.copy(self.file, kept)


@dataclass(frozen=True)
class PostgresServer:
    """A database that is empty to begin with: `.ci/postgres make bench BENCH="--postgres --runs 1M"`."""

    url: str

    def run(self, statement: str) -> Row:
        """Run a statement; its first row, or nothing."""
        with psycopg.connect(self.url) as database:
            cursor = database.execute(statement.encode())
            return tuple(cursor.fetchone() or ()) if cursor.description else ()

    def settle(self) -> int:
        """Bring the figures that it plans by up to date, and give its size in bytes."""
        with psycopg.connect(self.url, autocommit=True) as database:
            database.execute("VACUUM ANALYZE")
        return self.run("SELECT pg_database_size(current_database())")[0]


Database = SqliteFile | PostgresServer
