"""What both kinds of rules share: the incidents that are open, and the messages that are written of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from dashboard.domain.metadata import RUNBOOK
from dashboard.domain.states import MessageKind
from dashboard.domain.thresholds import SAME_INCIDENT
from dashboard.models import Alert, AlertIncident, AlertMessage, AlertRule, Feed


def open_incidents(rule: AlertRule) -> QuerySet[AlertIncident]:
    """Those of a rule that are open, but that an account cannot be read."""
    return rule.incidents.filter(closed_at=None).exclude(cause__startswith=f"{MessageKind.BLIND}:")


def incident_of(rule: AlertRule, cause: str, label: str, now: datetime) -> AlertIncident:
    """The open incident of a cause, made where there is none."""
    incident = rule.incidents.filter(cause=cause, closed_at=None).first()
    return incident or AlertIncident.objects.create(rule=rule, cause=cause, label=label, opened_at=now)


def just_announced(incident: AlertIncident, now: datetime) -> bool:
    """Whether a message of it was written shortly before; one written later than now says nothing of that."""
    at = incident.announced_at
    return at is not None and timedelta() <= now - at < SAME_INCIDENT


def read_at(accounts: Collection[str], now: datetime) -> datetime:
    """When the account that was read least lately was read: of it nothing newer is known."""
    read = Feed.objects.filter(account__in=accounts, succeeded_at__lt=now).order_by("succeeded_at")
    return read.values_list("succeeded_at", flat=True).first() or now


def runbook(own: Mapping[str, str]) -> dict[str, str]:
    """What the metadata has as runbook, where it has one: an address of the web, or a text."""
    return {RUNBOOK: own[RUNBOOK]} if RUNBOOK in own else {}


def write(incident: AlertIncident, kind: str, now: datetime, **content: object) -> None:
    """Put a message of an incident into the outbox. content: what it says beside why and since when."""
    facts: dict[str, Any] = {"label": incident.label, "since": incident.opened_at.isoformat()}
    AlertMessage.objects.create(
        rule=incident.rule, kind=kind, content=facts | content, written_at=now, due_at=now
    )


def set_columns(keys: Collection[int], **values: datetime | bool | None) -> None:
    """Change alerts by their keys."""
    if keys:
        Alert.objects.filter(pk__in=keys).update(**values)
