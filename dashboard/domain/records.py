"""The API's records as plain frozen objects; `record_reading` makes them of what the API gives.

`record_json` holds the object as canonical JSON, with the keys that nobody here has heard of.
Sources: docs.qoder.com/cloud-agents/api/deployments/list and …/list-all-runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

LONGEST_ID = 256  # the API's have 37 characters; this is what an index takes everywhere


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
