"""A sign of life to somebody outside, who watches whether the dashboard itself still reads."""

from __future__ import annotations

import logging
import time

import httpx

_APART = 30.0  # seconds between two signs, at least
_TIMEOUT = 5.0  # seconds

logger = logging.getLogger(__name__)


class Watcher:
    """Asks one address after complete readings; logs when it stops to answer, and when it begins again."""

    def __init__(self, url: str) -> None:
        """Ask nothing yet; url: empty for nobody."""
        self._url = url
        self._next = 0.0
        self._failing = False

    def report(self) -> None:
        """Ask the address, unless it was asked just now."""
        if not self._url or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _APART
        try:
            httpx.get(self._url, timeout=_TIMEOUT, follow_redirects=False).raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            if not self._failing:
                logger.warning("HEARTBEAT_URL does not answer: %s", type(error).__name__)
            self._failing = True
            return
        if self._failing:
            logger.info("HEARTBEAT_URL answers again")
        self._failing = False
