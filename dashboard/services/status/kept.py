"""What is worked out once for a state of the mirror, and kept by each process until that has changed."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import TypeVar

from django.core.cache import caches

# How long, where nothing is read meanwhile. The shortest limit that decides on health is a minute
# (thresholds.py): half of it keeps a page true to them.
CLOCK = 30  # seconds
Made = TypeVar("Made")


def kept(name: str, state: str, make: Callable[[], Made]) -> Made:
    """That part of that state, made where it is not kept yet; None is not kept.

    name: of the part, with whatever it is asked for; state: all else that it depends on; both as texts
    """
    cache, key = caches["parts"], sha256(f"{name}-{state}".encode()).hexdigest()
    known: Made | None = cache.get(key)
    if known is not None:
        return known
    made = make()
    cache.set(key, made, timeout=CLOCK)
    return made
