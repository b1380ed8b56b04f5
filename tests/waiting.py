"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 60  # seconds until something counts as broken, on a machine that has other things to do


def wait_for(holds: Callable[[], Any]) -> Any:
    """What `holds` gives once it gives something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if result := holds():
            return result
        time.sleep(0.1)
    raise AssertionError(f"did not come true: {holds}")
