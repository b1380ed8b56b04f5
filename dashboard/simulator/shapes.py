"""The two generations of a record, and the mixture of both.

Worlds speak generation 1. A run may carry `SLOT`, the exact instant its schedule promised; only the newer
generation shows it, as `trigger_context.scheduled_at`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from dashboard.simulator.parameters import Generation
from dashboard.simulator.records import BEGINNING, Record, instant, read

SLOT = "_scheduled_at"

Shape = Callable[[Any], Any]


def shape_of(generation: Generation) -> Shape:
    """The function that brings a world's record into the shape of 1, 2 or "mixed"."""
    return {1: first, 2: second, "mixed": mixed}[generation]


def first(record: Any) -> Any:
    """A record of generation 1; what is no object stays what it is."""
    if not isinstance(record, dict) or SLOT not in record:
        return record
    shown = record.copy()
    del shown[SLOT]
    return shown


def second(record: Any) -> Any:
    """A record of generation 2; what is neither deployment nor run stays what it is."""
    kind = read(record, "type")
    if kind == "deployment_run":
        return _second_run(record)
    return _second_deployment(record) if kind == "deployment" else record


def mixed(record: Any) -> Any:
    """One of the two shapes, always the same one for the same id."""
    newer = zlib.crc32(str(read(record, "id")).encode()) % 2
    return second(record) if newer else first(record)


def _second_run(run: Record) -> Record:
    error = run.get("error")
    return {
        "id": run.get("id"),
        "type": run["type"],
        "deployment_id": run.get("deployment_id"),
        "agent": run.get("agent"),
        "created_at": whole_seconds(run.get("created_at")),
        "error": error,
        # In this generation the record shows only whether a session came to be: one of the two is null.
        "session_id": None if error else run.get("session_id"),
        "trigger_context": _second_trigger(run),
    }


def _second_trigger(run: Record) -> Record:
    if read(run, "trigger_context", "type") == "manual":
        return {"type": "manual"}
    given = run.get(SLOT) or read(run, "trigger_context", "scheduled_at")
    triggered = instant(run.get("triggered_at") or run.get("created_at"))
    minute = triggered.replace(second=0, microsecond=0)
    return {"type": "schedule", "scheduled_at": given or _text(minute)}


def _second_deployment(deployment: Record) -> Record:
    metadata = deployment.get("metadata") or {}
    return deployment | {
        "metadata": {key: value for key, value in metadata.items() if key != "cas_config"},
        "environment_variables": deployment.get("environment_variables", ""),
        "initial_events": [_blocks(event) for event in deployment.get("initial_events") or []],
    }


def _blocks(event: Record) -> Record:
    if not isinstance(event.get("content"), str):
        return event
    return event | {"content": [{"type": "text", "text": event["content"]}]}


def whole_seconds(text: Any) -> Any:
    """A time text without its fraction; what is no time stays what it is."""
    at = instant(text)
    return text if at == BEGINNING else _text(at)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
