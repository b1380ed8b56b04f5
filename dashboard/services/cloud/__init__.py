"""The Qoder Cloud Agents API, read only: the one room that speaks HTTP, and knows no Django.

with_token = Cloud(Transport("https://api.qoder.com/api/v1/cloud", read_token))
for page in with_token.deployment_runs(limit=1000):
    …  # page.records are frozen Run objects
"""

from __future__ import annotations

from dashboard.domain.records import DeploymentRecord, RunRecord
from dashboard.services.cloud.client import Cloud, Page
from dashboard.services.cloud.errors import (
    CloudError,
    CursorGone,
    Forbidden,
    Nonsense,
    NotAccepted,
    Refused,
    Throttled,
    Unavailable,
)
from dashboard.services.cloud.transport import Transport

__all__ = [
    "Cloud",
    "CloudError",
    "CursorGone",
    "DeploymentRecord",
    "Forbidden",
    "Nonsense",
    "NotAccepted",
    "Page",
    "Refused",
    "RunRecord",
    "Throttled",
    "Transport",
    "Unavailable",
]
