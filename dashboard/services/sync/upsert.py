"""Rows into a table, new or replaced, as many to a statement as its parameters allow.

Django's `bulk_create` compiles every value of every row into SQL and is cut into batches of 58 rows by what
it believes to be SQLite's limit on parameters. A statement for each row, even if prepared once, costs SQLite
twice as much: where triggers keep an index for search, that is written to its table after every statement.
What is written need not be instances of the model: making one takes longer than writing it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from operator import attrgetter
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Model

from dashboard.models import names
from dashboard.models.instants import InstantField
from dashboard.models.names import NameField
from dashboard.models.packed_text import PackedTextField

# Of one statement. SQLite takes 32,766, but the driver keeps the last 128 statements, and one of a thousand
# runs is a megabyte.
PARAMETERS = 8_000


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
    rows: Sequence[object],
    keys: Sequence[str],
    updates: Sequence[str] = (),
    add: Sequence[str] = (),
) -> None:
    """The same for rows of any kind that have what the model's instances have of its columns."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]  # noqa: SLF001 - public
    columns = {field.attname: list(map(attrgetter(field.attname), rows)) for field in fields}
    upsert_columns(model, columns, keys, updates, add)


def upsert_columns(
    model: type[Model],
    columns: Mapping[str, Sequence[Any]],
    keys: Sequence[str],
    updates: Sequence[str] = (),
    add: Sequence[str] = (),
) -> None:
    """The same for columns of values, which are put into the form that the driver takes."""
    fields = [model._meta.get_field(name) for name in columns]  # noqa: SLF001 - public
    rows = zip(*map(_adapted, columns.values(), fields), strict=True)
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)  # noqa: SLF001 - documented by Django for this
    replaced = ", ".join(
        [f"{quote(name)} = EXCLUDED.{quote(name)}" for name in updates]
        + [f"{quote(name)} = {table}.{quote(name)} + EXCLUDED.{quote(name)}" for name in add]
    )
    # Every name comes from our own models, every value travels as a parameter.
    begin = f"INSERT INTO {table} ({', '.join(map(quote, columns))}) VALUES "  # noqa: S608
    end = f" ON CONFLICT ({', '.join(map(quote, keys))}) DO UPDATE SET {replaced}"
    place = f"({', '.join(['%s'] * len(columns))})"
    number, most = len(next(iter(columns.values()))), PARAMETERS // len(columns)
    with connection.cursor() as cursor:
        for step in _steps(number, most):
            some = list(chain.from_iterable(islice(rows, step)))
            cursor.execute(begin + ", ".join([place] * step) + end, some)


def _steps(number: int, most: int) -> Iterator[int]:
    """Powers of two that add up to a number of rows: the driver keeps each statement that differs."""
    while number:
        most = min(most, number)
        step = 1 << (most.bit_length() - 1)
        yield step
        number -= step


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
    values = [_adapted([getattr(row, field.attname) for row in rows], field) for field in fields]
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(zip(*values, [row.pk for row in rows], strict=True)))


def _adapted(values: Sequence[Any], field: Any) -> Sequence[Any]:
    """The values of a column as they are given to the driver."""
    if isinstance(field, NameField):
        names.learn(set(values))
    if not isinstance(field, InstantField | NameField | PackedTextField):
        return values
    # The connection itself: what stands for that of each thread looks the thread up for each value.
    adapt = partial(field.get_db_prep_value, connection=connections[DEFAULT_DB_ALIAS], prepared=True)
    adapted: list[Any] = []
    before = after = None  # many rows share one value: nothing, or when they were read
    for value in values:
        if value is not before:
            before, after = value, adapt(value)
        adapted.append(after)
    return adapted
