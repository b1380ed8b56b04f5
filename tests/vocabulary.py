"""The words that mean something to a question in a test, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.domain.states import DeploymentStatus, Outcome
from tests.factories import NOW


@dataclass(frozen=True)
class Words:
    now: datetime = NOW
    accounts: tuple[str, ...] = ("default",)
    statuses: tuple[str, ...] = Outcome.KNOWN
    triggers: tuple[str, ...] = ("manual", "schedule", "retry")
    deployment_statuses: tuple[str, ...] = DeploymentStatus.KNOWN
    metadata_keys: tuple[str, ...] = ()
