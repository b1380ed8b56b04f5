"""Records into rows: writes what is new or different, and says what that was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dashboard.domain import fingerprints
from dashboard.domain.slots import gap_s
from dashboard.domain.states import Outcome, RunTime
from dashboard.domain.thresholds import CLOCK_TOLERANCE
from dashboard.domain.tokens import mask_tokens
from dashboard.models import Deployment, Run
from dashboard.models.run import UNDATED_AT
from dashboard.services import cloud
from dashboard.services.sync import run_totals
from dashboard.services.sync.upsert import upsert

# What a reading of the API replaces. The rest of a deployment is worked out from its runs.
_RUN_FIELDS = [
    *(
        "deployment_id",
        "agent_id",
        "agent_version",
        "status",
        "status_reported",
        "open",
        "trigger_type",
        "at",
        "time",
    ),
    *("duration_ms", "session_id", "has_error", "error_type", "error_message", "fingerprint", "gone_at"),
    "record_json",
]
_DEPLOYMENT_FIELDS = [
    *("name", "status", "paused_reason", "created_at", "updated_at", "archived_at", "gone_at", "agent_id"),
    *("agent_version", "environment_id", "expression", "timezone", "cadence_s", "next_run_at"),
    *("timeout_ms", "total_runs", "total_failures", "record_json"),
]
_READ_ANEW = ("at", "time", "duration_ms")  # what another version of the dashboard may read otherwise
_COMPARED = (
    *("run_id", "record_json", "status_reported", "open", "gone_at", *run_totals.ALIKE),
    *("first_read_at", *_READ_ANEW),
)
_BATCH = 500


@dataclass
class Stored:
    """What one page changed.

    touched: deployments whose run figures have to be worked out anew
    revised: deployments as they were and as they are now
    """

    new: int = 0
    changed: int = 0
    touched: set[str] = field(default_factory=set)
    revised: list[tuple[Deployment, Deployment]] = field(default_factory=list)
    statuses: set[str] = field(default_factory=set)
    triggers: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.new or self.changed)


def at(record: cloud.RunRecord, unknown: datetime) -> datetime:
    """The instant by which the API lists a run: when it was triggered, else the next best that it names."""
    return next((at for at in _times(record) if at), unknown)


def dated(record: cloud.RunRecord, first_read_at: datetime) -> tuple[datetime, str]:
    """When a run began, and what is known of that.

    first_read_at: what is dated later than that by more than two clocks may differ was not dated by a clock
    that is right, and does not become right when its date is reached
    """
    times = [at for at in _times(record) if at]
    latest = first_read_at + CLOCK_TOLERANCE
    known = next((at for at in times if at <= latest), None)
    if known:
        return known, RunTime.KNOWN
    return UNDATED_AT, RunTime.AHEAD if times else RunTime.UNKNOWN


def _times(record: cloud.RunRecord) -> Iterable[datetime | None]:
    """What a record says of when a run began, the best first."""
    begun = record.triggered_at, record.created_at, record.started_at
    return *begun, record.completed_at, record.scheduled_at


def store_runs(
    account: str, records: Iterable[cloud.RunRecord], now: datetime, keep_from: datetime
) -> Stored:
    """Write the runs of one page, each once; those before `keep_from` are past keeping."""
    by_id = {record.id: record for record in records if _is_kept(record, now, keep_from)}
    kept = Run.objects.filter(account=account, run_id__in=by_id).only(*_COMPARED)
    known = {run.run_id: run for run in kept}
    rows = []
    replaced = []
    stored = Stored()
    for run_id, record in by_id.items():
        before = known.get(run_id)
        row = _run(account, record, before.first_read_at if before else now)
        row.duration_ms = _duration_ms(record, before, now)
        if before is None:
            stored.new += 1
        elif _replaces(row, before):
            stored.changed += 1
            replaced.append(before)
            stored.touched.add(before.deployment_id)
        else:
            continue
        rows.append(row)
        stored.touched.add(row.deployment_id)
        stored.statuses.add(row.status)
        stored.triggers.add(row.trigger_type)
    upsert(rows, ["account", "run_id"], _RUN_FIELDS)
    run_totals.change(account, rows, replaced)
    return stored


def _is_kept(record: cloud.RunRecord, now: datetime, keep_from: datetime) -> bool:
    """Whether a run is not past keeping; of one whose time is not known nobody can say that it is."""
    began, time = dated(record, now)
    return began >= keep_from or time != RunTime.KNOWN


def _replaces(row: Run, before: Run) -> bool:
    """Whether the new reading replaces the old one.

    A record of the newer shape does not report the outcome: it never replaces one that does.
    """
    if row.record_json == before.record_json and before.gone_at is None:
        return any(getattr(row, name) != getattr(before, name) for name in _READ_ANEW)
    return row.status_reported or before.open or not before.status_reported


def _run(account: str, record: cloud.RunRecord, first_read_at: datetime) -> Run:
    began, time = dated(record, first_read_at)
    status = Outcome.of(record.status, has_error=record.has_error, session_id=record.session_id)[:100]
    return Run(
        account=account,
        run_id=record.id,
        deployment_id=record.deployment_id[:256],
        agent_id=record.agent_id[:256],
        agent_version=record.agent_version,
        status=status,
        status_reported=record.status is not None,
        open=status in Outcome.OPEN and record.completed_at is None,
        trigger_type=record.trigger_type[:100],
        at=began,
        time=time,
        first_read_at=first_read_at,
        session_id=record.session_id[:256],
        has_error=record.has_error,
        error_type=record.error_type[:256],
        error_message=record.error_message[:2000],
        fingerprint=_fingerprint(record) if status == Outcome.FAILED else None,
        record_json=record.record_json,
    )


def _duration_ms(record: cloud.RunRecord, before: Run | None, now: datetime) -> int | None:
    """How long a run took; of one that is worked out from an end after its reading, nothing is known."""
    if record.duration_reported:
        return record.duration_ms
    if before and before.record_json == record.record_json:
        return before.duration_ms
    ahead = record.completed_at is not None and record.completed_at > now + CLOCK_TOLERANCE
    return None if ahead else record.duration_ms


def _fingerprint(record: cloud.RunRecord) -> str:
    """The kind of its failure: a token in a message makes it no other one."""
    return fingerprints.fingerprint(record.error_type, mask_tokens(record.error_message))


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
    upsert(rows, ["account", "deployment_id"], _DEPLOYMENT_FIELDS)
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
        next_run_at=_next_run_at(record, now),
        timeout_ms=record.timeout_ms,
        total_runs=record.total_runs,
        total_failures=record.total_failures,
        record_json=record.record_json,
    )


def _next_run_at(record: cloud.DeploymentRecord, now: datetime) -> datetime | None:
    """The next promise that counts: paused and archived deployments list promises that they do not keep."""
    if record.status != "active" or record.archived:
        return None
    return next((promised for promised in record.upcoming_runs_at if promised > now), None)


def _batches(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))
