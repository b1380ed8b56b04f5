"""The filters of the two lists, as conditions on first-generation records."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.simulator.records import instant, read

COMPARISONS = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}


@dataclass(frozen=True)
class Created:
    """Bounds on `created_at`, compared in whole seconds as the newer generation shows it."""

    bounds: tuple[tuple[str, datetime], ...] = ()

    def matches(self, record: Any) -> bool:
        """Whether the record was created within the bounds."""
        return not self.bounds or self.holds(instant(read(record, "created_at")))

    def holds(self, at: datetime) -> bool:
        """Whether an instant is within the bounds."""
        second = at.replace(microsecond=0)
        return all(COMPARISONS[word](second, bound) for word, bound in self.bounds)


@dataclass(frozen=True)
class DeploymentFilter:
    """Filters of the deployments; None means not asked for."""

    status: str | None = None
    agent_id: str | None = None
    include_archived: bool = False
    created: Created = Created()

    def matches(self, record: Any) -> bool:
        """Whether the deployment is asked for."""
        return (
            (self.include_archived or read(record, "archived_at") is None)
            and self.status in (None, read(record, "status"))
            and self.agent_id in (None, read(record, "agent", "id"))
            and self.created.matches(record)
        )


@dataclass(frozen=True)
class RunFilter:
    """Filters of the runs; None means not asked for."""

    deployment_id: str | None = None
    status: str | None = None
    triggers: tuple[str, ...] | None = None
    has_error: bool | None = None
    created: Created = Created()

    def matches(self, record: Any) -> bool:
        """Whether the run is asked for."""
        return (
            self.deployment_id in (None, read(record, "deployment_id"))
            and self.status in (None, read(record, "status"))
            and (self.triggers is None or read(record, "trigger_context", "type") in self.triggers)
            and self.has_error in (None, read(record, "error") is not None)
            and self.created.matches(record)
        )


ALL_DEPLOYMENTS = DeploymentFilter(include_archived=True)
ALL_RUNS = RunFilter()
