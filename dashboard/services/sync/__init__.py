"""The sync: keeps the mirror true by reading the two lists, one writer at a time.

What it guarantees, and where: every run once (`history`), late finishers (`stragglers`), few requests
(`cycle`), fresh first (`history`), one writer (`lease`), few columns (`mirror`), retention.
"""

from __future__ import annotations

from dashboard.services.sync.loop import Loop

__all__ = ["Loop"]
