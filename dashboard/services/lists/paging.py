"""Pages by key: a page is found at once wherever it lies, and never shifts when rows arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Generic, TypeVar

from django.db.models import F, Q, QuerySet

from dashboard.filters import cursors
from dashboard.filters.cursors import Cursor
from dashboard.filters.timespans import Unusable

Row = TypeVar("Row")  # a model, or a named row of what a query adds up


@dataclass(frozen=True)
class Key:
    """One column of an order. Rows without a value come last, whichever the direction."""

    column: str
    kind: type = str
    descending: bool = False
    nullable: bool = False

    def ordering(self, *, reverse: bool) -> Any:
        """What the database sorts by."""
        down = self.descending != reverse
        if not self.nullable:
            return f"-{self.column}" if down else self.column
        column = F(self.column)
        nulls = {"nulls_first": True} if reverse else {"nulls_last": True}
        return column.desc(**nulls) if down else column.asc(**nulls)

    def same(self, value: cursors.Value) -> Q:
        """Rows with that value."""
        return Q(**{f"{self.column}__isnull": True}) if value is None else Q(**{self.column: value})

    def beyond(self, value: cursors.Value, *, reverse: bool) -> Q | None:
        """Rows after that value in this direction; None where there can be none."""
        if value is None:
            return Q(**{f"{self.column}__isnull": False}) if reverse else None
        down = self.descending != reverse
        condition = Q(**{f"{self.column}__{'lt' if down else 'gt'}": value})
        if self.nullable and not reverse:
            condition |= Q(**{f"{self.column}__isnull": True})
        return condition

    def at_or_beyond(self, value: cursors.Value, *, reverse: bool) -> Q:
        """A bound that an index can use, where the column has no gaps."""
        down = self.descending != reverse
        return Q() if self.nullable else Q(**{f"{self.column}__{'lte' if down else 'gte'}": value})


@dataclass(frozen=True)
class Order:
    """A total order of a list, and its name in the URL. Its last key tells any two rows apart."""

    name: str
    keys: tuple[Key, ...]

    def parse(self, text: str) -> Cursor | None:
        """The cursor a URL carries, None for the first page. Raises `timespans.Unusable`."""
        if not text:
            return None
        cursor = cursors.parse(text, self.name, tuple(key.kind for key in self.keys))
        missing = any(v is None and not k.nullable for k, v in zip(self.keys, cursor.values, strict=True))
        if missing:
            raise Unusable(cursors.NO_PLACE)
        return cursor

    def down_from(self, cursor: Cursor | None) -> bool:
        """Whether the values of its first key fall from that place on, in the direction of the page."""
        return self.keys[0].descending != (cursor is not None and cursor.backwards)

    def cursor(self, row: object, *, backwards: bool) -> str:
        """The place of a row, as the URL carries it."""
        return str(Cursor(self.name, backwards, tuple(getattr(row, key.column) for key in self.keys)))


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """A page of rows, and the cursors of its neighbours, empty where there is none."""

    rows: list[Row]
    newer: str
    older: str


def first(rows: QuerySet[Any, Row], order: Order, cursor: Cursor | None, number: int) -> list[Row]:
    """The first rows after that cursor, or of all."""
    if cursor is None:
        return list(in_order(rows, order)[:number])
    return list(in_order(rows.filter(_after(order, cursor)), order, reverse=cursor.backwards)[:number])


def slice_at(
    rows: QuerySet[Any, Row],
    order: Order,
    cursor: Cursor | None,
    limit: int,
    read: Callable[..., list[Row]] = first,
) -> Slice[Row]:
    """The page at that cursor: `limit` rows, one more read to know whether others follow.

    read: how the first rows after a cursor are found, as `first` does
    """
    ahead = read(rows, order, cursor, limit + 1)
    if cursor is None:
        return _slice(ahead[:limit], order, newer=False, older=len(ahead) > limit)
    if not cursor.backwards:
        return _slice(ahead[:limit], order, newer=True, older=len(ahead) > limit)
    if len(ahead) <= limit:
        return slice_at(rows, order, None, limit, read)  # a full first page rather than a torn one
    return _slice(ahead[:limit][::-1], order, newer=True, older=True)


def batches(rows: QuerySet[Any, Row], order: Order, size: int) -> Iterator[list[Row]]:
    """All of those rows in that order, so many at a time: nothing is held open between two of them."""
    cursor: Cursor | None = None
    while True:
        page = slice_at(rows, order, cursor, size)
        yield page.rows
        if not page.older:
            return
        cursor = order.parse(page.older)


def _slice(rows: list[Row], order: Order, *, newer: bool, older: bool) -> Slice[Row]:
    if not rows:
        return Slice([], "", "")
    return Slice(
        rows,
        order.cursor(rows[0], backwards=True) if newer else "",
        order.cursor(rows[-1], backwards=False) if older else "",
    )


def in_order(rows: QuerySet[Any, Row], order: Order, *, reverse: bool = False) -> QuerySet[Any, Row]:
    """All of those rows in that order, or in its reverse."""
    return rows.order_by(*(key.ordering(reverse=reverse) for key in order.keys))


def _after(order: Order, cursor: Cursor) -> Q:
    """Rows beyond the cursor's: beyond it in one key, and the same in every key before that one."""
    places, same = [], Q()
    for key, value in zip(order.keys, cursor.values, strict=True):
        beyond = key.beyond(value, reverse=cursor.backwards)
        if beyond is not None:
            places.append(same & beyond)
        same &= key.same(value)
    return reduce(or_, places) & order.keys[0].at_or_beyond(cursor.values[0], reverse=cursor.backwards)
