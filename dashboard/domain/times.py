"""Instants as the API writes them, and in the other forms whose meaning is certain."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 64  # characters of a text that may be an instant
# A date, and a time after a space or a small t instead of a T, as databases and logs write it.
_SPACED = re.compile(r"(\d{4}-\d\d-\d\d)(?: +|t)(\d\d:)")
# A zone after a space, or by its name; only UTC has one name that everybody reads alike.
_ZONE = re.compile(r" *(?:(Z|UTC|GMT)|([+-]\d\d:?\d\d))$", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{10,13}(?:\.[0-9]{1,9})?")
# Numbers of seconds from 2001 to 2100: so many milliseconds would all lie in January 1970, and the same
# years in milliseconds are numbers a thousand times as large. So the two cannot be mistaken.
_SECONDS = (1_000_000_000, 4_102_444_800)


def instant(value: Any) -> datetime | None:
    """An aware instant in UTC, cut to microseconds; None for what has no certain meaning.

    It may be an ISO 8601 text, as the API writes it, with 0 to 9 fractional digits; the same with a space
    instead of the T; or the seconds or milliseconds since 1970, as a number or its digits. A text without an
    offset is taken as UTC.
    """
    if isinstance(value, str):
        return _of_text(value.strip()) if len(value) <= _LONGEST else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _of_number(value)
    return None


def instants(value: Any) -> tuple[datetime, ...]:
    """The instants of a list of values, in order, each once; what is none is left out."""
    result = {instant(item) for item in value} if isinstance(value, list) else set()
    return tuple(sorted(at for at in result if at))


def unreadable(value: Any) -> int:
    """How many items of a list are no instants; what is neither a list nor nothing counts as one."""
    items = value if isinstance(value, list) else [value] if value is not None else []
    return sum(instant(item) is None for item in items)


def utc_text(at: datetime) -> str:
    """An instant in UTC, as the API writes it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def before(at: datetime, length: timedelta) -> datetime:
    """So long before an instant, in its zone: time that went by, also where the clocks were changed since."""
    return (at.astimezone(UTC) - length).astimezone(at.tzinfo)


def later(at: datetime, length: timedelta) -> datetime:
    """So long after it, likewise: in an hour that the clock shows twice, it stays in the same one."""
    return before(at, -length)


def to_the_second(at: datetime) -> str:
    """An instant in UTC, whole seconds, as addresses and `datetime=` have it: `2026-06-16T09:22:00Z`."""
    return at.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def _of_text(text: str) -> datetime | None:
    if text[10:11] == "T" and text[-1] == "Z":  # as the API writes it: there is nothing to put right
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass  # it may still be one of the other forms
    if _DIGITS.fullmatch(text):
        return _of_number(float(text) if "." in text else int(text))
    iso = _ZONE.sub(lambda zone: zone[2] or "Z", _SPACED.sub(r"\1T\2", text, count=1))
    if "T" not in iso:
        return None
    try:
        at = datetime.fromisoformat(iso)
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _of_number(number: float) -> datetime | None:
    first, last = _SECONDS
    if first <= number < last:
        return _EPOCH + timedelta(seconds=number)
    if first * 1000 <= number < last * 1000:
        return _EPOCH + timedelta(milliseconds=number)
    return None
