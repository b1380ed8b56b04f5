"""Cutting one page out of a list, and the envelope around it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

from dashboard.simulator.parameters import TOP, Ask, sealed
from dashboard.simulator.records import Filter, Record, Rows, read
from dashboard.simulator.refusals import Refusal, bad_parameter


@dataclass(frozen=True)
class RecordPage:
    """Records newest first, and whether more follow in the direction asked for."""

    records: list[Any]
    has_more: bool


def cut(rows: Rows, wanted: Filter, ask: Ask) -> RecordPage:
    """The page asked for; the cursor itself is never on it. Raises Refusal for an unknown cursor."""
    step = -1 if ask.upwards else 1
    start = _position(rows, ask) + step if ask.param else 0
    records = list(islice(rows.walk(wanted, start, step), ask.limit + 1))
    return RecordPage(records[: ask.limit][::step], len(records) > ask.limit)


def before(rows: Rows, wanted: Filter, ask: Ask) -> list[Any]:
    """The records of the page that led to this one: those that end with the cursor."""
    records = list(islice(rows.walk(wanted, _position(rows, ask), -1), ask.limit))
    return records[::-1]


def envelope(page: RecordPage, *, opaque: bool) -> Record:
    """The answer around a page; `opaque` hides the id in `next_page`, as the newer generation may."""
    first, last = (read(page.records[at], "id") if page.records else None for at in (0, -1))
    following = sealed(str(last)) if opaque else last
    return {
        "data": page.records,
        "first_id": first,
        "has_more": page.has_more,
        "last_id": last,
        "next_page": following if page.has_more else None,
    }


def _position(rows: Rows, ask: Ask) -> int:
    position = -1 if ask.key == TOP and not ask.upwards else rows.find(ask.key)
    if position is None:
        raise no_such_cursor(ask)
    return position


def no_such_cursor(ask: Ask) -> Refusal:
    """The 400 of a cursor that names no record."""
    return bad_parameter(ask.param, f"no such cursor: {ask.key}")
