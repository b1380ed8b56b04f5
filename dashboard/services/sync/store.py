"""Records of runs into rows: writes what is new or different, and says what that was."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from dashboard.domain import fingerprints
from dashboard.domain.states import Outcome, RunTime
from dashboard.domain.thresholds import CLOCK_TOLERANCE
from dashboard.domain.tokens import mask_tokens
from dashboard.models import Run
from dashboard.models.run_queries import UNDATED_AT
from dashboard.services import cloud
from dashboard.services.sync import run_totals
from dashboard.services.sync.stored import Stored
from dashboard.services.sync.upsert import upsert_rows

# What a reading of the API replaces.
_RUN_FIELDS = [
    *("deployment_id", "agent_id", "agent_version", "status", "status_reported", "open", "trigger_type"),
    *("at", "time", "duration_ms", "session_id", "has_error", "error_type", "error_message", "fingerprint"),
    *("gone_at", "outcome_read_at", "record_json"),
]
_COMPARED = (
    *("run_id", "record_json", "status_reported", "open", "gone_at", *run_totals.ALIKE),
    *("first_read_at", "outcome_read_at", "at", "time", "duration_ms"),
)


def at(record: cloud.RunRecord, unknown: datetime) -> datetime:
    """The instant by which the API lists a run: when it was triggered, else the next best that it names."""
    return next((at for at in _times(record) if at), unknown)


def dated(record: cloud.RunRecord, first_read_at: datetime) -> tuple[datetime, str]:
    """When a run began, and what is known of that.

    first_read_at: what is dated later than that by more than two clocks may differ was not dated by a clock
    that is right, and does not become right when its date is reached
    """
    latest = first_read_at + CLOCK_TOLERANCE
    if record.triggered_at and record.triggered_at <= latest:  # nearly always
        return record.triggered_at, RunTime.KNOWN
    times = [at for at in _times(record) if at]
    known = next((at for at in times if at <= latest), None)
    if known:
        return known, RunTime.KNOWN
    return UNDATED_AT, RunTime.AHEAD if times else RunTime.UNKNOWN


def _times(record: cloud.RunRecord) -> Iterable[datetime | None]:
    """What a record says of when a run began, the best first."""
    begun = record.triggered_at, record.created_at, record.started_at
    return *begun, record.completed_at, record.scheduled_at


@dataclass(slots=True)
class RunToWrite:
    """What is written of a run: the columns of the model, without an instance of it."""

    account: str
    run_id: str
    deployment_id: str
    agent_id: str
    agent_version: int | None
    status: str
    status_reported: bool
    open: bool
    trigger_type: str
    at: datetime
    time: str
    first_read_at: datetime
    outcome_read_at: datetime | None
    duration_ms: int | None
    session_id: str
    has_error: bool
    error_type: str
    error_message: str
    fingerprint: str | None
    record_json: str
    gone_at: datetime | None = None

    @property
    def dated(self) -> bool:
        """Whether its time is known."""
        return self.time == RunTime.KNOWN


def store_runs(
    account: str, records: Iterable[cloud.RunRecord], now: datetime, keep_from: datetime
) -> Stored:
    """Write the runs of some pages, each once; those before `keep_from` are past keeping."""
    by_id = _kept(records, now, keep_from)
    known = _known(account, by_id)
    rows = []
    replaced = []
    stored = Stored()
    for run_id, (record, times) in by_id.items():
        before = known.get(run_id)
        if before and _is_stored_so(record, before, now):
            continue
        row = _row(account, record, before, times, now)
        if before is None:
            stored.new += 1
        elif _replaces(row, before):
            stored.changed += 1
            replaced.append(before)
            stored.touched.add(before.deployment_id)
        else:
            continue
        rows.append(row)
        if row.dated and not row.open:
            stored.finished[row.run_id] = _ended_at(row, before, now)
        stored.touched.add(row.deployment_id)
        stored.statuses.add(row.status)
        stored.triggers.add(row.trigger_type)
    # Oldest first: SQLite leaves half of each page of an index empty where rows come in falling order.
    rows.sort(key=attrgetter("at"))
    upsert_rows(Run, rows, ["account", "run_id"], _RUN_FIELDS)
    run_totals.change(account, rows, replaced)
    return stored


def _kept(
    records: Iterable[cloud.RunRecord], now: datetime, keep_from: datetime
) -> dict[str, tuple[cloud.RunRecord, tuple[datetime, str]]]:
    """Those that are not past keeping, by their ids, with when they began as far as that is known.

    Of one whose time is not known nobody can say that it is past keeping. Of two with one id, from pages that
    overlap, the later one holds, unless it does not report the outcome.
    """
    by_id: dict[str, tuple[cloud.RunRecord, tuple[datetime, str]]] = {}
    for record in records:
        times = dated(record, now)
        past = times[1] == RunTime.KNOWN and times[0] < keep_from
        if not past and (record.status is not None or record.id not in by_id):
            by_id[record.id] = record, times
    return by_id


def _known(account: str, run_ids: Collection[str]) -> dict[str, Run]:
    """Those of these runs that are stored. Most are not: their ids are looked for in an index alone."""
    stored = Run.objects.filter(account=account)
    present = set(stored.filter(run_id__in=run_ids).values_list("run_id", flat=True))
    rows = stored.filter(run_id__in=present).only(*_COMPARED) if present else ()
    return {run.run_id: run for run in rows}


def _is_stored_so(record: cloud.RunRecord, before: Run, now: datetime) -> bool:
    """Whether a run is stored with that record, and with what this version of the dashboard reads of it."""
    if record.record_json != before.record_json or before.gone_at is not None:
        return False
    read = *dated(record, before.first_read_at), _duration_ms(record, before, now)
    return read == (before.at, before.time, before.duration_ms)


def _replaces(row: RunToWrite, before: Run) -> bool:
    """Whether the new reading replaces the old one.

    A record of the newer shape does not report the outcome: it never replaces one that does.
    """
    return row.status_reported or before.open or before.gone_at is not None or not before.status_reported


def _row(
    account: str, record: cloud.RunRecord, before: Run | None, times: tuple[datetime, str], now: datetime
) -> RunToWrite:
    """What is to be written of a run. times: when it began, if it is read now for the first time."""
    first_read_at = before.first_read_at if before else now
    began, time = dated(record, first_read_at) if before else times
    status = Outcome.of(record.status, has_error=record.has_error, session_id=record.session_id)[:100]
    is_open = status in Outcome.OPEN and record.completed_at is None
    return RunToWrite(
        account=account,
        run_id=record.id,
        deployment_id=record.deployment_id[:256],
        agent_id=record.agent_id[:256],
        agent_version=record.agent_version,
        status=status,
        status_reported=record.status is not None,
        open=is_open,
        trigger_type=record.trigger_type[:100],
        at=began,
        time=time,
        first_read_at=first_read_at,
        outcome_read_at=None if is_open else _outcome_read_at(status, before, now),
        duration_ms=_duration_ms(record, before, now),
        session_id=record.session_id[:256],
        has_error=record.has_error,
        error_type=record.error_type[:256],
        error_message=record.error_message[:2000],
        fingerprint=_fingerprint(record) if status == Outcome.FAILED else None,
        record_json=record.record_json,
    )


def _outcome_read_at(status: str, before: Run | None, now: datetime) -> datetime | None:
    """When a run was first read with the outcome that it has now; None where that was the first reading."""
    if before is None:
        return None
    return now if before.open or before.status != status else before.outcome_read_at


def _duration_ms(record: cloud.RunRecord, before: Run | None, now: datetime) -> int | None:
    """How long a run took; of one that is worked out from an end after its reading, nothing is known."""
    if record.duration_reported:
        return record.duration_ms
    if before and before.record_json == record.record_json:
        return before.duration_ms
    ahead = record.completed_at is not None and record.completed_at > now + CLOCK_TOLERANCE
    return None if ahead else record.duration_ms


def _ended_at(row: RunToWrite, before: Run | None, now: datetime) -> datetime:
    """When a run ended that is over: by its duration, at the latest now, else as late as it went on.

    A duration may be longer than a calendar holds.
    """
    if row.duration_ms is not None:
        return row.at + min(timedelta(milliseconds=row.duration_ms), max(now - row.at, timedelta()))
    return now if before and before.open else row.at


def _fingerprint(record: cloud.RunRecord) -> str:
    """The kind of its failure: a token in a message makes it no other one."""
    return fingerprints.fingerprint(record.error_type, mask_tokens(record.error_message))


def mark_run_gone(run: Run, now: datetime) -> None:
    """Mark an unfinished run as no longer listed by the API: whether it goes on is not known any more."""
    before = copy(run)
    run.status, run.open, run.gone_at, run.outcome_read_at = Outcome.GONE, False, now, now
    run.save(update_fields=["status", "open", "gone_at", "outcome_read_at"])
    run_totals.change(run.account, [run], [before])
