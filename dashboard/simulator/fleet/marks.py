"""Ids and time texts as the API writes them, out of plain numbers. Times are microseconds since 1970, UTC."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MASK = (1 << 64) - 1


def mark(prefix: str, at: int, salt: int) -> str:
    """An id such as `drun_019ec55a…`: the prefix, then 32 hex digits shaped like a UUID of version 7."""
    low = (salt * 0x9E3779B97F4A7C15 + len(prefix) * 0xBF58476D1CE4E5B9) & _MASK
    head = (at // 1000) << 16 | 0x7000 | low >> 52
    return f"{prefix}_{head:016x}{1 << 63 | (low ^ salt) & _MASK >> 2:016x}"


def marked_at(key: str) -> int | None:
    """The millisecond in an id, in microseconds; None where the id is not one of ours."""
    digits = key.rpartition("_")[2]
    try:
        return int(digits[:12], 16) * 1000 if len(digits) == 32 else None
    except ValueError:
        return None


def number(*parts: object) -> int:
    """A number of 64 bits that depends on nothing but the parts."""
    text = "/".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


def text(at: int) -> str:
    """A time as runs carry it: the fraction without trailing zeros, `Z`."""
    seconds, fraction = divmod(at, SECOND)
    if not fraction:
        return f"{_second(seconds)}Z"
    return f"{_second(seconds)}.{fraction:06}".rstrip("0") + "Z"


def _second(seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    return f"{_minute(minutes)}{second:02}"


# Runs come in order of time, and formatting the date anew for each of them is what a page would wait for.
@lru_cache(maxsize=4096)
def _minute(minutes: int) -> str:
    return (_EPOCH + timedelta(minutes=minutes)).isoformat()[:17]


def second_text(at: int) -> str:
    """A time as deployments carry it: whole seconds, `Z`."""
    return text(at - at % SECOND)


def micros(at: datetime) -> int:
    """An aware datetime as microseconds."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """Microseconds as an aware datetime, UTC."""
    return _EPOCH + timedelta(microseconds=at)
