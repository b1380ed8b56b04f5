"""The API's objects into records, tolerantly.

A missing key is a null. An unknown value is kept as it came. Both generations of the API, and mixtures, end
up in the same shape.
"""

from __future__ import annotations

import json
from datetime import datetime

from dashboard.domain.record_fields import (
    list_of,
    milliseconds,
    object_of,
    plain,
    quoted,
    string,
    text,
    whole,
)
from dashboard.domain.record_text import Raw, loads
from dashboard.domain.records import (
    LONGEST_ID,
    DeploymentRecord,
    InitialEvent,
    Malformed,
    NotUnderstood,
    RunRecord,
)
from dashboard.domain.sized_cache import kept_by_record
from dashboard.domain.states import DeploymentStatus, Outcome, PausedReason, word_of
from dashboard.domain.text import shortened
from dashboard.domain.times import instant, instants, unreadable
from dashboard.domain.tokens import mask_tokens

_SHOWN = 80  # characters of a value that could not be read


def read_deployment(raw: Raw, record_json: str) -> DeploymentRecord:
    """Read one deployment. Raises Malformed when it has no id."""
    agent, schedule = object_of(raw, "agent"), object_of(raw, "schedule")
    cas = object_of(object_of(raw, "metadata"), "cas_config")
    config, stats = object_of(cas, "config"), object_of(cas, "stats")
    paused, promised = object_of(raw, "paused_reason"), schedule.get("upcoming_runs_at")
    created, updated, archived = (
        instant(raw.get(key)) for key in ("created_at", "updated_at", "archived_at")
    )
    return DeploymentRecord(
        id=_id(raw),
        name=text(raw, "name"),
        status=word_of(text(raw, "status"), DeploymentStatus.KNOWN),
        created_at=created,
        updated_at=updated,
        archived_at=archived,
        agent_id=text(agent, "id"),
        agent_version=whole(agent, "version"),
        environment_id=text(raw, "environment_id"),
        paused_reason=_paused_reason(raw, paused),
        schedule_type=text(schedule, "type"),
        expression=text(schedule, "expression"),
        timezone=text(schedule, "timezone"),
        upcoming_runs_at=instants(promised),
        unreadable_promises=unreadable(promised),
        timeout_ms=milliseconds(config, "timeout_ms"),
        total_runs=whole(stats, "total_runs"),
        total_failures=whole(stats, "total_failures"),
        consecutive_failures=whole(stats, "consecutive_failures"),
        description=string(raw, "description"),
        pausing_error=string(object_of(paused, "error"), "type"),
        session_strategy=string(cas, "session_strategy"),
        max_concurrent=whole(config, "max_concurrent"),
        max_retries=whole(config, "max_retries"),
        vault_ids=tuple(filter(None, map(plain, list_of(raw, "vault_ids")))),
        initial_events=tuple(
            _event(event) for event in list_of(raw, "initial_events") if isinstance(event, dict)
        ),
        not_understood=_not_understood(
            (raw, "created_at", created), (raw, "updated_at", updated), (raw, "archived_at", archived)
        ),
        record_json=record_json,
    )


def read_run(raw: Raw, record_json: str) -> RunRecord:
    """Read one run. Raises Malformed when it has no id."""
    agent, extras = object_of(raw, "agent"), object_of(raw, "cas_run_extras")
    trigger, error = object_of(raw, "trigger_context"), raw.get("error")
    has_error = error is not None and error is not False
    status, session_id = word_of(text(raw, "status"), Outcome.REPORTED) or None, text(raw, "session_id")
    failed = Outcome.of(status, has_error=has_error, session_id=session_id) == Outcome.FAILED
    triggered, created = instant(raw.get("triggered_at")), instant(raw.get("created_at"))
    started, completed = instant(extras.get("started_at")), instant(raw.get("completed_at"))
    scheduled, reported = instant(trigger.get("scheduled_at")), milliseconds(raw, "duration_ms")
    # A failure that came to no session took as long as it took to fail.
    began = created if failed and not (session_id or started) else started
    return RunRecord(
        id=_id(raw),
        deployment_id=text(raw, "deployment_id"),
        status=status,
        trigger_type=text(trigger, "type"),
        triggered_at=triggered,
        created_at=created,
        started_at=started,
        completed_at=completed,
        scheduled_at=scheduled,
        duration_ms=_duration_ms(reported, began, completed),
        duration_reported=reported is not None,
        attempt=whole(extras, "attempt"),
        agent_id=text(agent, "id"),
        agent_version=whole(agent, "version"),
        session_id=session_id,
        turn_id=text(extras, "turn_id"),
        has_error=has_error,
        error_type=text(object_of(raw, "error"), "type"),
        error_message=text(error, "message") if isinstance(error, dict) else plain(error),
        not_understood=_not_understood(
            (raw, "triggered_at", triggered),
            (raw, "created_at", created),
            (extras, "started_at", started),
            (raw, "completed_at", completed),
            (trigger, "scheduled_at", scheduled),
            (raw, "duration_ms", reported),
        ),
        record_json=record_json,
    )


@kept_by_record  # pages show the same deployments and runs again and again
def stored_deployment(record_json: str, id_: str) -> DeploymentRecord:
    """The record of a deployment that was read before."""
    return read_deployment(loads(record_json) | {"id": id_}, record_json)


@kept_by_record  # a calendar asks for those of all deployments, and records change rarely
def stored_promises(record_json: str) -> tuple[datetime, ...]:
    """The instants that the record of a deployment promises; see `DeploymentRecord.upcoming_runs_at`."""
    return instants(object_of(loads(record_json), "schedule").get("upcoming_runs_at"))


@kept_by_record  # those of every deployment are looked at
def stored_vaults(record_json: str) -> tuple[str, ...]:
    """The vaults of a deployment that are named by a text."""
    return tuple(text for text in list_of(loads(record_json), "vault_ids") if isinstance(text, str))


@kept_by_record
def stored_attempt(record_json: str) -> int | None:
    """Which try a run says that it is; see `RunRecord.attempt`."""
    return whole(object_of(loads(record_json), "cas_run_extras"), "attempt")


@kept_by_record
def stored_run(record_json: str, id_: str) -> RunRecord:
    """The record of a run that was read before."""
    return read_run(loads(record_json) | {"id": id_}, record_json)


def _paused_reason(raw: Raw, paused: Raw) -> str:
    """The type of the reason, or the reason where it is a mere word; `error` where only an error is given."""
    word = word_of(text(paused, "type") or text(raw, "paused_reason"), PausedReason.KNOWN)
    return PausedReason.ERROR if not word and paused.get("error") else word


def _id(raw: Raw) -> str:
    record_id = text(raw, "id")
    if not 0 < len(record_id) <= LONGEST_ID:
        raise Malformed("a record without a usable id")
    return record_id


def _event(raw: Raw) -> InitialEvent:
    content = raw.get("content", raw.get("description"))
    blocks = content if isinstance(content, list) else [content]
    parts = (block.get("text", block) if isinstance(block, dict) else block for block in blocks)
    texts = (p if isinstance(p, str) else json.dumps(p, ensure_ascii=False) for p in parts if p)
    return InitialEvent(str(raw.get("type", "")), "\n".join(texts))


def _duration_ms(reported: int | None, began: datetime | None, completed: datetime | None) -> int | None:
    if reported is not None:
        return max(reported, 0)
    if began is None or completed is None:
        return None
    return max(round((completed - began).total_seconds() * 1000), 0)


def _not_understood(*fields: tuple[Raw, str, object]) -> tuple[NotUnderstood, ...]:
    """Those of these fields that hold something of which nothing was read.

    fields: the object, the name in it, and what was read of it
    """
    return tuple(
        NotUnderstood(key, shortened(mask_tokens(quoted(raw[key])), _SHOWN))
        for raw, key, value in fields
        if value is None and raw.get(key)
    )
