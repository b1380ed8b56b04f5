"""A column of instants: on SQLite numbers, on PostgreSQL its own timestamps.

SQLite has no type for an instant. Django writes it as a text of 26 characters, into the row and into each
index that has it; a number of microseconds since 1970 takes 8 bytes, sorts the same, and is read faster.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models

from dashboard.models.typed_fields import Get, Set, TypedDateTimeField

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """How many have gone by since 1970."""
    return (at - _EPOCH) // _MICROSECOND


class InstantField(TypedDateTimeField[Set, Get]):
    """An instant, exact to the microsecond. To Python it is always an aware one.

    Every column that is compared with another one in SQL has to be of this kind: SQLite puts any number
    before any text.
    """

    def get_internal_type(self) -> str:
        """A name of its own: Django reads what it calls a DateTimeField from a text."""
        return "InstantField"

    def db_type(self, connection: Any) -> str:
        """That of numbers on SQLite."""
        return "bigint" if connection.vendor == "sqlite" else "timestamp with time zone"

    def from_db_value(self, value: Any, expression: object, connection: Any) -> datetime | None:
        """The instant; raises ValueError where SQLite has something else than a number."""
        if value is None or connection.vendor != "sqlite":
            return value  # type: ignore[no-any-return] # PostgreSQL gives instants
        return _EPOCH + timedelta(microseconds=int(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """What the database keeps."""
        at = value if prepared else self.get_prep_value(value)
        if at is not None and connection.vendor == "sqlite":
            return microseconds(at)
        return at and super().get_db_prep_value(at, connection, prepared=True)


def instant(at: datetime) -> models.Value:
    """An instant that stands in SQL by itself, not beside a column that says of which kind it is."""
    return models.Value(at, InstantField())


class SecondsOf(models.Func):
    """How many seconds since 1970 an instant is, with their fraction."""

    template = "EXTRACT(EPOCH FROM %(expressions)s)"
    output_field = models.FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra_context: Any) -> Any:
        """Of microseconds since 1970."""
        return self.as_sql(compiler, connection, template="(%(expressions)s / 1000000.0)", **extra_context)


class MinuteOf(models.Func):
    """The minute since 1970 that an instant lies in, or one that is a number of milliseconds after it.

    MinuteOf("at") or MinuteOf("at", "duration_ms")
    """

    template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / 60)"
    arg_joiner = " + INTERVAL '1 millisecond' * "
    output_field = models.BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra_context: Any) -> Any:
        """Of microseconds since 1970."""
        return self.as_sql(
            compiler,
            connection,
            template="(%(expressions)s) / 60000000",
            arg_joiner=" + 1000 * ",
            **extra_context,
        )
