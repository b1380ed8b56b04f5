"""What the deployments that fail now have in common: since when, and how many for the same reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min

from dashboard import filters
from dashboard.domain.states import Health
from dashboard.domain.text import telling_line
from dashboard.domain.tokens import mask_tokens
from dashboard.models.failure_kind import last_failure_kind
from dashboard.services.deployments import list as deployment_list
from dashboard.web import urls

_ERROR_LENGTH = 60  # of an error that has no type: its line is shown instead


@dataclass(frozen=True)
class Cause:
    """The failure that most of the failing deployments have in common, and the page of it.

    text: how many share it; error: what it is called
    """

    text: str
    error: str
    url: str


@dataclass(frozen=True)
class FailingNow:
    """The failing deployments taken together.

    since: when the first of them began to fail; None where none fails, or that is not known
    cause: None where no two of them fail alike
    """

    since: datetime | None = None
    cause: Cause | None = None


def failing_now() -> FailingNow:
    """What the failing deployments come to; one query, grouped by the failure of each one's last run."""
    failing = deployment_list.matching(filters.ask_deployments(health=Health.FAILING))
    kinds = list(
        failing.annotate(kind=last_failure_kind())
        .order_by()
        .values("kind")
        .annotate(
            number=Count("pk"),
            since=Min("failing_since"),
            error_type=Max("last_error_type"),
            message=Max("last_error_message"),
        )
    )
    total = sum(kind["number"] for kind in kinds)
    shared = [kind for kind in kinds if kind["kind"] and kind["number"] > 1]
    most = max(shared, key=lambda kind: (kind["number"], kind["kind"]), default=None)
    since = min((kind["since"] for kind in kinds if kind["since"]), default=None)
    return FailingNow(since, _cause(most, total) if most else None)


def _cause(kind: Mapping[str, Any], total: int) -> Cause:
    """That several fail alike. total: how many fail."""
    number = kind["number"]
    who = ("both" if total == 2 else f"all {total:,}") if number == total else f"{number:,}"
    line = mask_tokens(telling_line(kind["message"]))
    error = kind["error_type"] or line[:_ERROR_LENGTH] or "an error without type or text"
    return Cause(f"{who} share", error, urls.failure(kind["kind"]))
