"""Why a deployment matches a rule: what ties those together that share it, and in words."""

from __future__ import annotations

import hashlib
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.domain.states import HEALTH_LABELS, Health
from dashboard.domain.text import one_line
from dashboard.domain.tokens import mask_tokens
from dashboard.models import AlertIncident, AlertRule, Deployment
from dashboard.services.notes.causes import cause_of
from dashboard.services.status.scheduler import SilentScheduler
from dashboard.services.status.snapshot import Snapshot

_SCHEDULER = "scheduler:"  # before what tells one group of silent deployments from another
_LONGEST = 300  # characters of a label


@dataclass(frozen=True)
class AlertCause:
    """A cause, and in words.

    gathers: whether it is why promises of other deployments came to nothing as well
    """

    key: str
    label: str
    gathers: bool = False


@dataclass(frozen=True)
class SilentGroup:
    """Deployments of which nothing fires, and that as a cause."""

    scheduler: SilentScheduler
    cause: AlertCause


def silent_groups(rule: AlertRule, snapshot: Snapshot) -> list[SilentGroup]:
    """The groups of which nothing fires now, in words for a rule."""
    zone = zoneinfo.ZoneInfo(rule.zone)
    return [SilentGroup(one, _of_scheduler(one, snapshot, zone)) for one in snapshot.silent_schedulers]


def causes_of(
    matching: Mapping[str, Deployment],
    known: Mapping[str, AlertIncident],
    silent: Sequence[SilentGroup],
) -> dict[str, AlertCause]:
    """The cause of each deployment of an account, by its id.

    known: the incidents that are open of them. Whose promises came to nothing in a silence of the scheduler
    belongs to that until it is well, also where its group grows or the silence is over: it is sent once.
    """
    return {key: _cause(row, known.get(key), silent) for key, row in matching.items()}


def _cause(row: Deployment, known: AlertIncident | None, silent: Sequence[SilentGroup]) -> AlertCause:
    key = cause_of(row) or row.health
    if row.health == Health.FAILING:
        text = row.last_error_type or row.last_error_message or row.health
        return AlertCause(key, one_line(mask_tokens(text))[:_LONGEST])
    if row.health == Health.MISSED:
        if known and known.cause.startswith(_SCHEDULER):
            return AlertCause(known.cause, known.label, gathers=True)
        if shared := next((group.cause for group in silent if group.scheduler.covers(row)), None):
            return shared
    return AlertCause(key, HEALTH_LABELS.get(row.health, row.health))


def _of_scheduler(silent: SilentScheduler, snapshot: Snapshot, zone: zoneinfo.ZoneInfo) -> AlertCause:
    silence = silent.silence
    group = hashlib.sha256("\n".join((silent.account, silence.kind, silence.value)).encode()).hexdigest()
    label = f"scheduler silent: {silent.sentence(snapshot.now.astimezone(zone))}"
    return AlertCause(f"{_SCHEDULER}{group}", one_line(label)[:_LONGEST], gathers=True)
