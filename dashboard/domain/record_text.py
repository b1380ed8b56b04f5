"""The API's objects as texts: one form to compare and to keep, another one to show."""

from __future__ import annotations

import json
from typing import Any

from dashboard.domain.text import clean

Raw = dict[str, Any]
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical(raw: Raw) -> str:
    """The record as JSON with sorted keys, so that two readings compare as text."""
    return clean(_ENCODER.encode(raw))


def loads(record_json: str) -> Raw:
    """The object that a canonical record holds."""
    raw: Raw = json.loads(record_json)
    return raw


def indented(record_json: str) -> str:
    """A canonical record as a page shows it: a line for each value."""
    return json.dumps(loads(record_json), indent=2, ensure_ascii=False)
