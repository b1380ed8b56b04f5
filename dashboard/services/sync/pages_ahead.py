"""The next page of a walk is fetched while the one before is written: one thread, one request at a time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Generic, Self, TypeVar

Page = TypeVar("Page")


class PagesAhead(Generic[Page]):
    """The pages of a walk, in their order. Whatever the walk raises is raised where its page is waited for.

    Nothing is asked for unless somebody wants it: `fetch` is called once it is certain that a next page will
    be. The thread knows no database; what it does counts as a sign of life of the cycle that it works for.
    """

    def __init__(self, walk: Iterator[Page]) -> None:
        """Ask for nothing yet."""
        self._walk = walk
        self._thread = ThreadPoolExecutor(1, "fetch")
        self._coming: Future[Page] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Wait for the answer that may be under way: the API is asked one question at a time."""
        self._thread.shutdown()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Page:
        coming, self._coming = self._coming or self._begin(), None
        return coming.result()

    def fetch(self) -> None:
        """Begin to fetch the next page."""
        self._coming = self._begin()

    def _begin(self) -> Future[Page]:
        return self._thread.submit(copy_context().run, next, self._walk)
