"""Instants as the API writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def instant(value: Any) -> datetime | None:
    """An ISO 8601 text as an aware instant in UTC, cut to microseconds; None for anything else.

    The API writes 0 to 9 fractional digits. A text without an offset is taken as UTC.
    """
    if not isinstance(value, str) or len(value) > 64 or "T" not in value:
        return None
    try:
        at = datetime.fromisoformat(value)
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def instants(value: Any) -> tuple[datetime, ...]:
    """The instants of a list of texts, in order, each once; what is none is left out."""
    result = {instant(item) for item in value} if isinstance(value, list) else set()
    return tuple(sorted(at for at in result if at))


def unreadable(value: Any) -> int:
    """How many items of a list are no instants; what is neither a list nor nothing counts as one."""
    items = value if isinstance(value, list) else [value] if value is not None else []
    return sum(instant(item) is None for item in items)


def utc_text(at: datetime) -> str:
    """An instant in UTC, as the API writes it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
