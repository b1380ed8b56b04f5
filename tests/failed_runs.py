"""Failed runs for tests of how they are grouped."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.factories import Record, run_record


def failed(number: int, at: datetime, message: str = "too slow", **changes: Any) -> Record:
    error = {"type": changes.pop("type", "unknown_error"), "message": message}
    return run_record(number, at, "failed", error=error, **changes)
