"""The API's records as plain frozen objects, read tolerantly.

A missing key is a null. An unknown value is kept as it came. Unknown keys stay in
`record_json`, the object as canonical JSON. Both generations of the API, and mixtures, end up in the same
shape.
Sources: docs.qoder.com/cloud-agents/api/deployments/list and …/list-all-runs.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from dashboard.domain.states import DeploymentStatus, Outcome, PausedReason, word_of
from dashboard.domain.text import clean, shortened
from dashboard.domain.times import instant, instants, unreadable
from dashboard.domain.tokens import mask_tokens

Raw = dict[str, Any]
LONGEST_ID = 256  # the API's have 37 characters; this is what an index takes everywhere
_NUMBER = re.compile(r"-?[0-9]{1,16}(?:\.[0-9]{1,9})?")  # the digits of a number, where they come as a text
_SHOWN = 80  # characters of a value that could not be read


class Malformed(ValueError):  # noqa: N818 - what is wrong names it
    """One record that cannot be kept: it is no object, or has no id."""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A value that is there and cannot be read: the name of its field in the API, and the beginning of it."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class InitialEvent:
    """Something that is sent to the agent at the start of each run; an unknown content as JSON."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class DeploymentRecord:
    """One deployment as `GET /v1/deployments` lists it.

    schedule_type: the API's word, `cron` as far as it is documented; empty without a schedule
    upcoming_runs_at: the promised instants, in order, each once; the API gives at most five
    unreadable_promises: how many of the promises are no instants
    paused_reason: `manual`, `error` or another word of the API; empty where none is reported
    pausing_error: the type of the error that paused it
    total_runs, total_failures, consecutive_failures: the API's own counters; None where it reports none
    timeout_ms: limit of one run; None where the API names none
    not_understood: the fields that hold a time that cannot be read, the promises apart
    """

    id: str
    name: str
    status: str
    created_at: datetime | None
    updated_at: datetime | None
    archived_at: datetime | None
    agent_id: str
    agent_version: int | None
    environment_id: str
    paused_reason: str
    schedule_type: str
    expression: str
    timezone: str
    upcoming_runs_at: tuple[datetime, ...]
    unreadable_promises: int
    timeout_ms: int | None
    total_runs: int | None
    total_failures: int | None
    consecutive_failures: int | None
    description: str
    pausing_error: str
    session_strategy: str
    max_concurrent: int | None
    max_retries: int | None
    vault_ids: tuple[str, ...]
    initial_events: tuple[InitialEvent, ...]
    not_understood: tuple[NotUnderstood, ...]
    record_json: str

    @property
    def archived(self) -> bool:
        """Whether it is archived, also where it cannot be read since when."""
        return self.archived_at is not None or any(row.field == "archived_at" for row in self.not_understood)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as `GET /v1/deployment_runs` lists it.

    status: the API's word; None in records of the newer shape, which carry no outcome
    scheduled_at: the promised instant it was started for
    duration_ms: as reported, else worked out from `started_at` and `completed_at`; of a failure without a
        session from `created_at`
    has_error: whether `error` is there at all, also when it names no type
    not_understood: the fields that hold a time, or a length of time, that cannot be read
    """

    id: str
    deployment_id: str
    status: str | None
    trigger_type: str
    triggered_at: datetime | None
    created_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    scheduled_at: datetime | None
    duration_ms: int | None
    duration_reported: bool
    attempt: int | None
    agent_id: str
    agent_version: int | None
    session_id: str
    turn_id: str
    has_error: bool
    error_type: str
    error_message: str
    not_understood: tuple[NotUnderstood, ...]
    record_json: str


def read_deployment(raw: Raw, record_json: str) -> DeploymentRecord:
    """Read one deployment. Raises Malformed when it has no id."""
    agent, schedule = _object(raw, "agent"), _object(raw, "schedule")
    cas = _object(_object(raw, "metadata"), "cas_config")
    config, stats = _object(cas, "config"), _object(cas, "stats")
    paused = _object(raw, "paused_reason")
    return DeploymentRecord(
        id=_id(raw),
        name=_text(raw, "name"),
        status=word_of(_text(raw, "status"), DeploymentStatus.KNOWN),
        created_at=_instant(raw, "created_at"),
        updated_at=_instant(raw, "updated_at"),
        archived_at=_instant(raw, "archived_at"),
        agent_id=_text(agent, "id"),
        agent_version=_whole(agent, "version"),
        environment_id=_text(raw, "environment_id"),
        paused_reason=_paused_reason(raw, paused),
        schedule_type=_text(schedule, "type"),
        expression=_text(schedule, "expression"),
        timezone=_text(schedule, "timezone"),
        upcoming_runs_at=instants(schedule.get("upcoming_runs_at")),
        unreadable_promises=unreadable(schedule.get("upcoming_runs_at")),
        timeout_ms=_milliseconds(config, "timeout_ms"),
        total_runs=_whole(stats, "total_runs"),
        total_failures=_whole(stats, "total_failures"),
        consecutive_failures=_whole(stats, "consecutive_failures"),
        description=_string(raw, "description"),
        pausing_error=_string(_object(paused, "error"), "type"),
        session_strategy=_string(cas, "session_strategy"),
        max_concurrent=_whole(config, "max_concurrent"),
        max_retries=_whole(config, "max_retries"),
        vault_ids=tuple(filter(None, map(_plain, _list(raw, "vault_ids")))),
        initial_events=tuple(map(_event, _dicts(_list(raw, "initial_events")))),
        not_understood=_not_understood(raw, "created_at", "updated_at", "archived_at"),
        record_json=record_json,
    )


def read_run(raw: Raw, record_json: str) -> RunRecord:
    """Read one run. Raises Malformed when it has no id."""
    agent, extras = _object(raw, "agent"), _object(raw, "cas_run_extras")
    trigger = _object(raw, "trigger_context")
    error = raw.get("error")
    has_error = error is not None and error is not False
    status, session_id = word_of(_text(raw, "status"), Outcome.REPORTED) or None, _text(raw, "session_id")
    failed = Outcome.of(status, has_error=has_error, session_id=session_id) == Outcome.FAILED
    created, completed = _instant(raw, "created_at"), _instant(raw, "completed_at")
    started = _instant(extras, "started_at")
    # A failure that came to no session took as long as it took to fail.
    began = created if failed and not (session_id or started) else started
    reported = _milliseconds(raw, "duration_ms")
    return RunRecord(
        id=_id(raw),
        deployment_id=_text(raw, "deployment_id"),
        status=status,
        trigger_type=_text(trigger, "type"),
        triggered_at=_instant(raw, "triggered_at"),
        created_at=created,
        started_at=started,
        completed_at=completed,
        scheduled_at=_instant(trigger, "scheduled_at"),
        duration_ms=_duration_ms(reported, began, completed),
        duration_reported=reported is not None,
        attempt=_whole(extras, "attempt"),
        agent_id=_text(agent, "id"),
        agent_version=_whole(agent, "version"),
        session_id=session_id,
        turn_id=_text(extras, "turn_id"),
        has_error=has_error,
        error_type=_text(_object(raw, "error"), "type"),
        error_message=_text(error, "message") if isinstance(error, dict) else _plain(error),
        not_understood=(
            *_not_understood(raw, "triggered_at", "created_at"),
            *_not_understood(extras, "started_at"),
            *_not_understood(raw, "completed_at"),
            *_not_understood(trigger, "scheduled_at"),
            *_unread(raw, "duration_ms", readable=reported is not None),
        ),
        record_json=record_json,
    )


def stored_deployment(record_json: str, id_: str) -> DeploymentRecord:
    """The record of a deployment that was read before."""
    return read_deployment(loads(record_json) | {"id": id_}, record_json)


@lru_cache(maxsize=2_000)  # a calendar asks for those of all deployments, and records change rarely
def stored_promises(record_json: str) -> tuple[datetime, ...]:
    """The instants that the record of a deployment promises; see `DeploymentRecord.upcoming_runs_at`."""
    return instants(_object(loads(record_json), "schedule").get("upcoming_runs_at"))


def stored_run(record_json: str, id_: str) -> RunRecord:
    """The record of a run that was read before."""
    return read_run(loads(record_json) | {"id": id_}, record_json)


def canonical(raw: Raw) -> str:
    """The record as JSON with sorted keys, so that two readings compare as text."""
    return clean(json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def loads(record_json: str) -> Raw:
    """The object that a canonical record holds."""
    raw: Raw = json.loads(record_json)
    return raw


def indented(record_json: str) -> str:
    """A canonical record as a page shows it: a line for each value."""
    return json.dumps(loads(record_json), indent=2, ensure_ascii=False)


def _paused_reason(raw: Raw, paused: Raw) -> str:
    """The type of the reason, or the reason where it is a mere word; `error` where only an error is given."""
    word = word_of(_text(paused, "type") or _text(raw, "paused_reason"), PausedReason.KNOWN)
    return PausedReason.ERROR if not word and paused.get("error") else word


def _id(raw: Raw) -> str:
    record_id = _text(raw, "id")
    if not 0 < len(record_id) <= LONGEST_ID:
        raise Malformed("a record without a usable id")
    return record_id


def _object(raw: Raw, key: str) -> Raw:
    value = raw.get(key)
    return value if isinstance(value, dict) else {}


def _list(raw: Raw, key: str) -> list[Any]:
    value = raw.get(key)
    return value if isinstance(value, list) else []


def _dicts(values: list[Any]) -> list[Raw]:
    return [value for value in values if isinstance(value, dict)]


def _event(raw: Raw) -> InitialEvent:
    content = raw.get("content", raw.get("description"))
    blocks = content if isinstance(content, list) else [content]
    parts = (block.get("text", block) if isinstance(block, dict) else block for block in blocks)
    texts = (p if isinstance(p, str) else json.dumps(p, ensure_ascii=False) for p in parts if p)
    return InitialEvent(str(raw.get("type", "")), "\n".join(texts))


def _text(raw: Raw, key: str) -> str:
    return _plain(raw.get(key))


def _string(raw: Raw, key: str) -> str:
    """A text that is only shown, where it is one."""
    value = raw.get(key)
    return clean(value) if isinstance(value, str) else ""


def _plain(value: Any) -> str:
    """A text as it is, a number as its digits, anything else as nothing."""
    if isinstance(value, str):
        return clean(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _whole(raw: Raw, key: str) -> int | None:
    """A whole number that a database can hold; None for anything else."""
    value = _number(raw.get(key))
    return int(value) if value is not None and value == int(value) else None


def _milliseconds(raw: Raw, key: str) -> int | None:
    """A length of time, whose fraction is below what anybody measures."""
    value = _number(raw.get(key))
    return None if value is None else round(value)


def _number(value: Any) -> float | None:
    """A number that a database can hold, also where its digits come as a text; None for anything else."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < 2**53 else None


def _instant(raw: Raw, key: str) -> datetime | None:
    return instant(raw.get(key))


def _duration_ms(reported: int | None, began: datetime | None, completed: datetime | None) -> int | None:
    if reported is not None:
        return max(reported, 0)
    if began is None or completed is None:
        return None
    return max(round((completed - began).total_seconds() * 1000), 0)


def _not_understood(raw: Raw, *keys: str) -> tuple[NotUnderstood, ...]:
    """Those of these fields of an object that hold something, and no instant."""
    return tuple(item for key in keys for item in _unread(raw, key, readable=_instant(raw, key) is not None))


def _unread(raw: Raw, key: str, *, readable: bool) -> tuple[NotUnderstood, ...]:
    """A field as one that is not understood, where it holds something that is not readable."""
    value = raw.get(key)
    if readable or not value:
        return ()
    return (NotUnderstood(key, shortened(mask_tokens(clean(json.dumps(value, ensure_ascii=False))), _SHOWN)),)
