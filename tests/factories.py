"""Records as the API writes them, and rows as the mirror keeps them, with what a test does not care for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from dashboard.domain import record_reading
from dashboard.models import Deployment, Run
from dashboard.services import cloud
from dashboard.services.sync import deployment_store, rollups, store

NOW = datetime(2026, 6, 16, 9, 42, tzinfo=UTC)
Record = dict[str, Any]


def somebody(name: str = "owner") -> str:
    """The name of a person who may look, so that a link has an owner."""
    person, _ = User.objects.get_or_create(username=name)
    return person.username


def text(at: datetime) -> str:
    """An instant as the API writes it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def run_record(number: int, at: datetime, status: str = "completed", **changes: Any) -> Record:
    """A run of the first generation; keys that are absent until the run has finished are absent here."""
    record: Record = {
        "id": f"drun_{number:032x}",
        "type": "deployment_run",
        "deployment_id": "dep_a",
        "agent": {"id": "agent_a", "type": "agent", "version": 1},
        "created_at": text(at),
        "triggered_at": text(at),
        "status": status,
        "error": None,
        "trigger_context": {"type": "schedule"},
        "cas_run_extras": {"attempt": 1, "turn_id": f"turn_{number:032x}"},
    }
    if status in ("running", "completed"):
        record["session_id"] = f"sess_{number:032x}"
        record["cas_run_extras"]["started_at"] = text(at + timedelta(seconds=1))
    if status in ("completed", "failed"):
        record["completed_at"] = text(at + timedelta(seconds=18))
    if status == "completed":
        record["duration_ms"] = 17_000
    if status == "failed":
        record["error"] = {"type": "timeout_error", "message": f"Turn {number} did not finish"}
    return record | changes


def newer_shape(record: Record) -> Record:
    """The same run in the shape of the second generation: eight fields, no outcome."""
    kept = ("id", "type", "deployment_id", "agent", "error", "trigger_context")
    created_at = record["created_at"].split(".")[0].rstrip("Z") + "Z"
    result = {key: record[key] for key in kept} | {"created_at": created_at}
    return result | {"session_id": record.get("session_id")}


def deployment_record(key: str = "a", **changes: Any) -> Record:
    """An active deployment of the first generation, daily at nine."""
    return {
        "id": f"dep_{key}",
        "type": "deployment",
        "name": key,
        "description": "",
        "agent": {"id": "agent_a", "type": "agent", "version": 1},
        "environment_id": "env_a",
        "status": "active",
        "paused_reason": None,
        "archived_at": None,
        "created_at": "2026-06-01T00:00:00Z",
        "updated_at": "2026-06-01T00:00:00Z",
        "schedule": {
            "type": "cron",
            "expression": "0 9 * * *",
            "timezone": "UTC",
            "upcoming_runs_at": [f"2126-06-{day}T09:00:00Z" for day in (17, 18, 19, 20, 21)],
        },
        "initial_events": [{"type": "user.message", "content": "Go"}],
        "resources": [],
        "vault_ids": [],
        "metadata": {"cas_config": {"config": {"timeout_ms": 600_000}}},
    } | changes


def stored_runs(*raw: Record, account: str = "default", now: datetime | None = None) -> list[Run]:
    """Those runs in the mirror, by the way the sync takes, and their deployments brought up to date.

    now: when they are read; where none is given, once the last of them has begun
    """
    read = [record_reading.read_run(record, json.dumps(record)) for record in raw]
    at = now or max([NOW, *(store.at(record, NOW) for record in read)])
    stored = store.store_runs(account, read, at, datetime.min.replace(tzinfo=UTC))
    rollups.refresh(account, stored.touched)
    return [Run.objects.get(account=account, run_id=record.id) for record in read]


def stored_deployments(*raw: Record, account: str = "default", now: datetime = NOW) -> list[Deployment]:
    """Those deployments in the mirror, by the way the sync takes."""
    read: list[cloud.DeploymentRecord] = [
        record_reading.read_deployment(record, json.dumps(record)) for record in raw
    ]
    stored = deployment_store.store_deployments(account, read, now)
    if Run.objects.filter(account=account).exists():  # else there is nothing to add up, as in most tests
        rollups.refresh(account, stored.touched)
    return [Deployment.objects.get(account=account, deployment_id=record.id) for record in read]
