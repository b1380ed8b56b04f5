"""Where a page of a list begins, as one opaque word of the URL."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dashboard.domain.text import clean
from dashboard.filters.timespans import Unusable

Value = str | int | datetime | None
NO_PLACE = "it is no place in this list; the first page is shown"
_LONGEST = 8000  # characters: the longest name, escaped


@dataclass(frozen=True)
class Cursor:
    """The place of one row in an order.

    sort: the order it belongs to
    backwards: whether the page ends before that row, rather than beginning after it
    values: the row's sort values, the last one telling it from every other row
    """

    sort: str
    backwards: bool
    values: tuple[Value, ...]

    def __str__(self) -> str:
        values = [v.isoformat() if isinstance(v, datetime) else v for v in self.values]
        text = json.dumps([self.sort, self.backwards, *values], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def parse(text: str, sort: str, kinds: tuple[type, ...]) -> Cursor:
    """The cursor that a URL carries, for that order, whose sort values are of those types.

    Raises Unusable when it is none, or one of another order.
    """
    decoded = _decoded(text)
    if not isinstance(decoded, list) or len(decoded) != len(kinds) + 2 or decoded[0] != sort:
        raise Unusable(NO_PLACE)
    values = tuple(_value(value, kind) for value, kind in zip(decoded[2:], kinds, strict=True))
    return Cursor(sort, decoded[1] is True, values)


def _decoded(text: str) -> Any:
    if len(text) > _LONGEST:
        return None
    try:
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None


def _value(value: Any, kind: type) -> Value:
    if kind is datetime and isinstance(value, str):
        return _instant(value)
    whole = kind is int and type(value) is int and abs(value) < 2**63
    text = kind is str and isinstance(value, str) and clean(value) == value
    if value is None or whole or text:
        return value  # type: ignore[no-any-return] # one of the three kinds
    raise Unusable(NO_PLACE)


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Unusable(NO_PLACE)
