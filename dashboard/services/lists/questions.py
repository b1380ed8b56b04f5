"""The question that a page is asked, read from its query string."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from dashboard import filters
from dashboard.domain.states import DeploymentStatus
from dashboard.filters import OF_DEPLOYMENTS, Query
from dashboard.models import Deployment
from dashboard.services.status import feeds

_ONE_ORDER = ("sort", "limit")  # what a file without pages decides itself
_QUESTIONS: dict[str, Callable[..., Query]] = {
    "runs": filters.runs,
    "runs.atom": partial(filters.runs, path="/runs.atom", without=_ONE_ORDER),
    "runs.csv": partial(filters.runs, path="/runs.csv"),
    "runs.json": partial(filters.runs, path="/runs.json"),
    "runs of a deployment": partial(filters.runs, without=(OF_DEPLOYMENTS, "agent_id")),
    "failures": filters.failures,
    "deployments": filters.deployments,
    "deployments.csv": partial(filters.deployments, path="/deployments.csv"),
    "deployments.json": partial(filters.deployments, path="/deployments.json"),
    "metrics": partial(filters.deployments, path="/metrics"),
    "calendar": filters.calendar,
    "wallboard": filters.wallboard,
}


@dataclass
class Words:
    """The words that mean something at an instant: what is documented, then what else was seen."""

    now: datetime

    @cached_property
    def accounts(self) -> tuple[str, ...]:
        """The configured accounts."""
        return feeds.account_names()

    @cached_property
    def statuses(self) -> tuple[str, ...]:
        """Every outcome a run can be asked for."""
        return feeds.statuses()

    @cached_property
    def triggers(self) -> tuple[str, ...]:
        """Every trigger a run can be asked for."""
        return feeds.triggers()

    @cached_property
    def deployment_statuses(self) -> tuple[str, ...]:
        """Every status a deployment can be asked for."""
        return deployment_statuses()


def deployment_statuses() -> tuple[str, ...]:
    """Every status a deployment can be asked for: the documented ones, then what else was seen."""
    seen = Deployment.objects.order_by().values_list("status", flat=True).distinct()
    return (*DeploymentStatus.KNOWN, *sorted({*seen} - {*DeploymentStatus.KNOWN, ""}))


def read_question(page: str, given: Any, now: datetime, **where: str) -> Query:
    """What a page is asked for.

    page: one of the table above; given: Django's `QueryDict`
    now: the instant of the request, in the reader's zone
    where: the `path` of the page, where that holds an id
    """
    return _QUESTIONS[page](given, Words(now), **where)
