"""What writing a page of records has changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from dashboard.models import Deployment


@dataclass
class Stored:
    """What one page changed.

    touched: deployments whose run figures have to be worked out anew
    revised: deployments as they were and as they are now
    finished: the runs that are known to be over and were not so before, each with when it ended
    """

    new: int = 0
    changed: int = 0
    touched: set[str] = field(default_factory=set)
    revised: list[tuple[Deployment, Deployment]] = field(default_factory=list)
    statuses: set[str] = field(default_factory=set)
    triggers: set[str] = field(default_factory=set)
    finished: dict[str, datetime] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.new or self.changed)
