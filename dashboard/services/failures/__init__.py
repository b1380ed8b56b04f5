"""Failed runs grouped by what went wrong: the list, one group, and what failed at the same time."""

from __future__ import annotations

from dashboard.services.failures.detail import FailurePage, get_failure
from dashboard.services.failures.incidents import Incident, list_incidents
from dashboard.services.failures.list import ORDERS, FailureList, FailureRow, failure_rows, list_failures

__all__ = [
    "ORDERS",
    "FailureList",
    "FailurePage",
    "FailureRow",
    "Incident",
    "failure_rows",
    "get_failure",
    "list_failures",
    "list_incidents",
]
