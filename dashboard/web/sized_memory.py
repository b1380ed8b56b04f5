"""Django's cache in the memory of a process, which also has a limit of bytes: pages may be large."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache


class SizedMemory(LocMemCache):
    """Forgets what was not used for longest as soon as all there is takes more than `MAX_BYTES`."""

    _cache: OrderedDict[str, bytes]
    _expire_info: dict[str, float | None]

    def __init__(self, name: str, params: dict[str, Any]) -> None:
        """Share what is kept under that name in this process; params: as in the settings."""
        super().__init__(name, params)
        self._most: int = params["OPTIONS"]["MAX_BYTES"]

    def _set(self, key: str, value: bytes, timeout: float | None = DEFAULT_TIMEOUT) -> None:
        """Called under lock by every method that keeps something; value: as it is kept."""
        super()._set(key, value, timeout)  # type: ignore[misc] # its types leave out what is under the lock
        while sum(map(len, self._cache.values())) > self._most:
            oldest, _ = self._cache.popitem()
            del self._expire_info[oldest]
