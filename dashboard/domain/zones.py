"""Time zones by their IANA names."""

from __future__ import annotations

import zoneinfo


def known_zone(name: str) -> zoneinfo.ZoneInfo | None:
    """The zone of that IANA name, or None where there is none."""
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
