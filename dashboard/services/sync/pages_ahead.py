"""The next pages of a walk are fetched while those before are written: one thread, one request at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Semaphore, Thread
from typing import Generic, Self, TypeVar

AHEAD = 8  # pages of usual weight that may wait to be taken: each is some megabytes of records
MOST = 10  # the same that are taken together
LONGEST = 0.5  # seconds that a page waits for others to be taken with

Page = TypeVar("Page")


class PagesAhead(Generic[Page]):
    """The pages of a walk, in their order, several at a time: to write them together costs far less.

    Nothing is asked for unless it is wanted. Whatever the walk raises is raised once the pages before it have
    been taken. The thread knows no database; what it does counts as a sign of life of the cycle that it works
    for.

    wanted: whether the page after the last one was wanted, once the pages are over
    """

    def __init__(
        self, walk: Iterator[Page], goes_on: Callable[[Page], bool], weight: Callable[[Page], int]
    ) -> None:
        """Ask for nothing yet.

        goes_on: whether the page after that one is wanted, asked in the thread
        weight: how many usual pages one takes the memory of, 1 at least
        """
        self.wanted = True
        self._walk = walk
        self._goes_on = goes_on
        self._weight = weight
        self._come: SimpleQueue[Page | None] = SimpleQueue()
        self._trouble: BaseException | None = None
        self._room = Semaphore(AHEAD)
        self._left = False
        self._thread = Thread(target=copy_context().run, args=(self._fetch,), name="fetch", daemon=True)

    def __enter__(self) -> Self:
        """Begin to fetch."""
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Wait for the answer that may be under way: the API is asked one question at a time."""
        self._left = True
        self._room.release()
        self._thread.join()

    def __iter__(self) -> Iterator[list[Page]]:
        """What has come: one page at least, `MOST` at most, none of them for longer than `LONGEST`."""
        over = False
        while not over:
            pages, over = self._take()
            if pages:
                yield pages
        if self._trouble:
            raise self._trouble

    def _take(self) -> tuple[list[Page], bool]:
        """The next pages, and whether these were the last."""
        pages: list[Page] = []
        until, taken = None, 0
        while taken < MOST:
            try:
                page = self._come.get(timeout=until and max(until - time.monotonic(), 0.0))
            except Empty:
                break
            if page is None:
                return pages, True
            weight = self._weight(page)
            self._room.release(weight)
            pages.append(page)
            taken += weight
            until = until or time.monotonic() + LONGEST
        return pages, False

    def _fetch(self) -> None:
        try:
            for page in self._walk:
                self.wanted = self._goes_on(page)
                self._come.put(page)
                if not self.wanted:
                    break
                if not self._room_comes(self._weight(page)):
                    break
        except BaseException as error:  # it is raised where the pages are taken
            self._trouble = error
        finally:
            self._come.put(None)

    def _room_comes(self, weight: int) -> bool:
        """Wait for the room that a page takes, at most until it is taken itself; whether to go on."""
        for _ in range(weight):
            self._room.acquire()
            if self._left:
                return False
        return True
