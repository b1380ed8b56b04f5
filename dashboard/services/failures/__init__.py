"""Failed runs grouped by what went wrong: the list, one group, and what failed at the same time."""

from __future__ import annotations

from dashboard.services.failures.group import FailurePage, get_failure
from dashboard.services.failures.listing import ORDERS, FailureList, FailureRow, list_failures
from dashboard.services.failures.together import Event, events

__all__ = [
    "ORDERS",
    "Event",
    "FailureList",
    "FailurePage",
    "FailureRow",
    "events",
    "get_failure",
    "list_failures",
]
