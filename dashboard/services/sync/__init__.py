"""The sync: keeps the mirror true by reading the two lists, one writer at a time.

What it guarantees, and where: every run once (`run_history`), late finishers (`unfinished_runs`), few
requests (`cycle`), fresh first (`run_history`), one writer (`lease`, `heartbeat`), few columns (`store`).
"""

from __future__ import annotations

from dashboard.services.sync.loop import Loop

__all__ = ["Loop"]
