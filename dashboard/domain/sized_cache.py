"""Results that are kept by how many bytes they take, not by how many they are."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable
from functools import update_wrapper
from threading import Lock
from typing import Generic, TypeVar, TypeVarTuple

Given = TypeVarTuple("Given")
Made = TypeVar("Made")
_OF_RECORDS = 6_000_000  # bytes, for each figure of records: a thousand of 4 kB fit in
_READ = 2_000  # bytes of what is read of a record
_LARGEST = 8  # one result takes at most this part of the whole: it drives out few others


class _Key:
    """Arguments whose hash is worked out once: rows of a page have many parts."""

    __slots__ = ("given", "hashed")

    def __init__(self, given: tuple[object, ...]) -> None:
        self.given, self.hashed = given, hash(given)

    def __hash__(self) -> int:
        return self.hashed

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.given == other.given


class SizedCache(Generic[*Given, Made]):
    """A function that keeps what it made of the same arguments, the least recently used forgotten first.

    Thread-safe, as `lru_cache` is: two threads may make the same at once.
    """

    def __init__(self, make: Callable[[*Given], Made], most: int, size: Callable[..., int]) -> None:
        """Keep nothing yet; see `kept_up_to`."""
        self._make, self._most, self._size = make, most, size
        self._lock = Lock()
        self._kept: OrderedDict[_Key, tuple[Made, int]] = OrderedDict()
        self._bytes = 0
        update_wrapper(self, make)

    def __call__(self, *given: *Given) -> Made:
        """What is made of these arguments."""
        key = _Key(given)
        with self._lock:
            if (known := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return known[0]
        made = self._make(*given)
        self._keep(key, made, self._size(made, *given))
        return made

    def cache_clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _keep(self, key: _Key, made: Made, size: int) -> None:
        if size > self._most // _LARGEST:
            return
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = made, size
            self._bytes += size
            while self._bytes > self._most:
                _, (_, freed) = self._kept.popitem(last=False)
                self._bytes -= freed


def kept_up_to(
    most: int, size: Callable[..., int]
) -> Callable[[Callable[[*Given], Made]], SizedCache[*Given, Made]]:
    """Keep what a function makes of hashable positional arguments.

    most: how many bytes are kept together; size: of a result and what it was made of, roughly
    """

    def decorated(make: Callable[[*Given], Made]) -> SizedCache[*Given, Made]:
        return SizedCache(make, most, size)

    return decorated


def kept_by_record(make: Callable[[str, *Given], Made]) -> SizedCache[str, *Given, Made]:
    """Keep what is read of the text of a record, the first argument: records may be large."""
    return SizedCache(make, _OF_RECORDS, _size_of_record)


def _size_of_record(made: object, record_json: str, *_: object) -> int:
    return sys.getsizeof(record_json) + _READ
