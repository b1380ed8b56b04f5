"""Rows into a table, new or replaced, one statement for a whole page, prepared once.

Django's `bulk_create` compiles every value of every row into SQL and is cut into batches of 58 rows by
SQLite's limit on parameters; prepared once and executed many times, the same write takes a quarter of
the time. The statement is the same for SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, Model

from dashboard.models.packed_text import PackedTextField


def upsert(
    rows: Sequence[Model], keys: Sequence[str], updates: Sequence[str] = (), add: Sequence[str] = ()
) -> None:
    """Insert rows of one model.

    Where the keys are there already, replace the columns of `updates`, and add to those of `add`.
    """
    if not rows:
        return
    model = type(rows[0])._meta  # noqa: SLF001 - documented by Django for this
    columns = [(str(field.column), field) for field in model.concrete_fields if not field.primary_key]
    quote = connection.ops.quote_name
    named = ", ".join(quote(column) for column, _ in columns)
    places = ", ".join("%s" for _ in columns)
    table = quote(model.db_table)
    replaced = ", ".join(
        [f"{quote(name)} = EXCLUDED.{quote(name)}" for name in updates]
        + [f"{quote(name)} = {table}.{quote(name)} + EXCLUDED.{quote(name)}" for name in add]
    )
    conflict = ", ".join(quote(key) for key in keys)
    # Every name comes from our own models, every value travels as a parameter.
    statement = (
        f"INSERT INTO {table} ({named}) VALUES ({places}) "  # noqa: S608
        f"ON CONFLICT ({conflict}) DO UPDATE SET {replaced}"
    )
    ready = [(field.attname, _for_database(field)) for _, field in columns]
    values = [[adapt(getattr(row, name)) for name, adapt in ready] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


def update(rows: Sequence[Model], columns: Sequence[str]) -> None:
    """Replace these columns of rows that are there.

    Django's `bulk_update` compiles a case for each value of each row.
    """
    if not rows:
        return
    model = type(rows[0])._meta  # noqa: SLF001 - documented by Django for this
    fields = [field for field in model.concrete_fields if field.name in columns]
    quote = connection.ops.quote_name
    replaced = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    statement = f"UPDATE {quote(model.db_table)} SET {replaced} WHERE id = %s"  # noqa: S608 - as above
    ready = [(field.attname, _for_database(field)) for field in fields]
    values = [[*(adapt(getattr(row, name)) for name, adapt in ready), row.pk] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


def _for_database(field: Any) -> Callable[[Any], Any]:
    """How a value of that column is given to the driver: instants and records need its own form."""
    if isinstance(field, DateTimeField):
        return connection.ops.adapt_datetimefield_value
    if isinstance(field, PackedTextField):
        return partial(field.get_db_prep_value, connection=connection)
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
