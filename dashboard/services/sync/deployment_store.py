"""Records of deployments into rows: writes what is new or different, and says what that was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from dashboard.domain.slots import gap_s
from dashboard.models import Deployment
from dashboard.models.run_queries import UNDATED_AT
from dashboard.services import cloud
from dashboard.services.sync import metadata
from dashboard.services.sync.stored import Stored
from dashboard.services.sync.upsert import upsert

# What a reading of the API replaces. The rest of a deployment is worked out from its runs.
_FIELDS = [
    *("name", "status", "paused_reason", "created_at", "updated_at", "archived_at", "gone_at", "agent_id"),
    *("agent_version", "environment_id", "expression", "timezone", "cadence_s", "next_run_at"),
    *("timeout_ms", "total_runs", "total_failures", "record_json"),
]
_BATCH = 500


def store_deployments(account: str, records: Iterable[cloud.DeploymentRecord], now: datetime) -> Stored:
    """Write the deployments of one page, each once."""
    by_id = {record.id: record for record in records}
    known = {
        row.deployment_id: row for row in Deployment.objects.filter(account=account, deployment_id__in=by_id)
    }
    rows = []
    stored = Stored()
    for deployment_id, record in by_id.items():
        row, before = _deployment(account, record, now), known.get(deployment_id)
        if before and _same(row, before):
            continue
        stored.new += before is None
        stored.changed += before is not None
        # A record also changes with each run, in its counters and promises: no figure is made of those.
        if before is None or _limits(row) != _limits(before):
            stored.touched.add(deployment_id)
        if before:
            stored.revised.append((before, row))
        rows.append(row)
    upsert(rows, ["account", "deployment_id"], _FIELDS)
    metadata.write(account, rows)
    return stored


def missing(account: str, listed: set[str]) -> set[str]:
    """The ids of the deployments that a complete walk did not list, and that are not marked as gone yet."""
    known = Deployment.objects.filter(account=account, gone_at__isnull=True)
    return set(known.values_list("deployment_id", flat=True)) - listed


def mark_gone(account: str, deployment_ids: set[str], now: datetime) -> None:
    """Mark deployments as no longer listed by the API."""
    for batch in _batches(sorted(deployment_ids)):
        deployments = Deployment.objects.filter(account=account, deployment_id__in=batch)
        deployments.update(gone_at=now, next_run_at=None)


def _same(row: Deployment, before: Deployment) -> bool:
    return (row.record_json, row.next_run_at) == (
        before.record_json,
        before.next_run_at,
    ) and before.gone_at is None


def _limits(row: Deployment) -> tuple[object, ...]:
    """What a deployment's record gives to decide when it is stuck or silent."""
    schedule = (row.expression, row.timezone, row.next_run_at is None)
    return row.timeout_ms, row.cadence_s, row.created_at, row.updated_at, *schedule


def _deployment(account: str, record: cloud.DeploymentRecord, now: datetime) -> Deployment:
    return Deployment(
        account=account,
        deployment_id=record.id,
        name=record.name[:512],
        status=record.status[:100],
        paused_reason=record.paused_reason[:100],
        created_at=record.created_at,
        updated_at=record.updated_at,
        archived_at=record.archived_at or (UNDATED_AT if record.archived else None),
        agent_id=record.agent_id[:256],
        agent_version=record.agent_version,
        environment_id=record.environment_id[:256],
        expression=record.expression[:256],
        timezone=record.timezone[:100],
        cadence_s=gap_s(record.upcoming_runs_at),
        next_run_at=next_run_at(record, now),
        timeout_ms=record.timeout_ms,
        total_runs=record.total_runs,
        total_failures=record.total_failures,
        record_json=record.record_json,
    )


def next_run_at(record: cloud.DeploymentRecord, now: datetime) -> datetime | None:
    """The next promise that counts: paused and archived deployments list promises that they do not keep."""
    if record.status != "active" or record.archived:
        return None
    return next((promised for promised in record.upcoming_runs_at if promised > now), None)


def _batches(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))
