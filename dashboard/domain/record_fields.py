"""Fields of the API's objects, each read as what it should be, and as nothing where it is something else."""

from __future__ import annotations

import json
import re
from typing import Any

from dashboard.domain.record_text import Raw
from dashboard.domain.text import clean

_NUMBER = re.compile(r"-?[0-9]{1,16}(?:\.[0-9]{1,9})?")  # the digits of a number, where they come as a text


def object_of(raw: Raw, key: str) -> Raw:
    """An object, or an empty one."""
    value = raw.get(key)
    return value if isinstance(value, dict) else {}


def list_of(raw: Raw, key: str) -> list[Any]:
    """A list, or an empty one."""
    value = raw.get(key)
    return value if isinstance(value, list) else []


def text(raw: Raw, key: str) -> str:
    """A text, also of a number; see `plain`."""
    return plain(raw.get(key))


def string(raw: Raw, key: str) -> str:
    """A text that is only shown, where it is one."""
    value = raw.get(key)
    return clean(value) if isinstance(value, str) else ""


def plain(value: Any) -> str:
    """A text as it is, a number as its digits, anything else as nothing."""
    if isinstance(value, str):
        return value if value.isascii() and "\x00" not in value else clean(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def whole(raw: Raw, key: str) -> int | None:
    """A whole number that a database can hold; None for anything else."""
    value = _number(raw.get(key))
    return int(value) if value is not None and value == int(value) else None


def milliseconds(raw: Raw, key: str) -> int | None:
    """A length of time, whose fraction is below what anybody measures."""
    value = _number(raw.get(key))
    return None if value is None else round(value)


def quoted(value: Any) -> str:
    """Any value as JSON, as a message shows it."""
    return clean(json.dumps(value, ensure_ascii=False))


def _number(value: Any) -> float | None:
    """A number that a database can hold, also where its digits come as a text; None for anything else."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < 2**53 else None
