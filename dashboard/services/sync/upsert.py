"""Rows into a table, new or replaced, as many to a statement as its parameters allow.

Django's `bulk_create` compiles every value of every row into SQL and is cut into batches of 58 rows by what
it believes to be SQLite's limit on parameters. A statement for each row, even if prepared once, costs SQLite
twice as much: where triggers keep an index for search, that is written to its table after every statement.
What is written need not be instances of the model: making one takes longer than writing it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import Any

from django.db import connection
from django.db.models import Model

from dashboard.models import names
from dashboard.models.instants import InstantField
from dashboard.models.names import NameField
from dashboard.models.packed_text import PackedTextField

PARAMETERS = 30_000  # of one statement: SQLite takes 32,766 since 3.32


def upsert(
    rows: Sequence[Model], keys: Sequence[str], updates: Sequence[str] = (), add: Sequence[str] = ()
) -> None:
    """Insert rows of one model.

    Where the keys are there already, replace the columns of `updates`, and add to those of `add`.
    """
    if rows:
        upsert_rows(type(rows[0]), rows, keys, updates, add)


def upsert_rows(
    model: type[Model],
    rows: Iterable[object],
    keys: Sequence[str],
    updates: Sequence[str] = (),
    add: Sequence[str] = (),
) -> None:
    """The same for rows of any kind that have what the model's instances have of its columns."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]  # noqa: SLF001 - public
    values_of = attrgetter(*(field.attname for field in fields))
    values = [list(values_of(row)) for row in rows]
    upsert_values(model, [field.attname for field in fields], values, keys, updates, add)


def upsert_values(
    model: type[Model],
    columns: Sequence[str],
    values: Sequence[list[Any]],
    keys: Sequence[str],
    updates: Sequence[str] = (),
    add: Sequence[str] = (),
) -> None:
    """The same for the values of these columns, which are put into the form that the driver takes."""
    for place, name in enumerate(columns):
        _adapt(values, place, model._meta.get_field(name))  # noqa: SLF001 - public
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)  # noqa: SLF001 - documented by Django for this
    replaced = ", ".join(
        [f"{quote(name)} = EXCLUDED.{quote(name)}" for name in updates]
        + [f"{quote(name)} = {table}.{quote(name)} + EXCLUDED.{quote(name)}" for name in add]
    )
    # Every name comes from our own models, every value travels as a parameter.
    begin = f"INSERT INTO {table} ({', '.join(map(quote, columns))}) VALUES "  # noqa: S608
    end = f" ON CONFLICT ({', '.join(map(quote, keys))}) DO UPDATE SET {replaced}"
    places, step = f"({', '.join(['%s'] * len(columns))})", PARAMETERS // len(columns)
    with connection.cursor() as cursor:
        for start in range(0, len(values), step):
            rows = values[start : start + step]
            cursor.execute(begin + ", ".join([places] * len(rows)) + end, list(chain.from_iterable(rows)))


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
    values = [[*(getattr(row, field.attname) for field in fields), row.pk] for row in rows]
    for place, field in enumerate(fields):
        _adapt(values, place, field)
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


def _adapt(rows: Sequence[list[Any]], place: int, field: Any) -> None:
    adapt = _for_database(field)
    if isinstance(field, NameField):
        names.learn({row[place] for row in rows})
    if adapt is None:
        return
    before = after = None  # many rows share one value: nothing, or when they were read
    for row in rows:
        if row[place] is not before:
            before, after = row[place], adapt(row[place])
        row[place] = after


def _for_database(field: Any) -> Callable[[Any], Any] | None:
    """How a value of that column is given to the driver, where not as it is: instants, names and records."""
    if isinstance(field, InstantField | NameField | PackedTextField):
        return partial(field.get_db_prep_value, connection=connection, prepared=True)
    return None
