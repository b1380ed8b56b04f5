"""Which deployments a question is about: asked by their list, by the calendar, and by the list of runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q

from dashboard.domain.cron import Schedule
from dashboard.domain.states import Health
from dashboard.filters import Query
from dashboard.models import Deployment, Key
from dashboard.models.deployment import DeploymentQuerySet


def matching(query: Query, now: datetime, told: Mapping[str, datetime] | None = None) -> DeploymentQuerySet:
    """The deployments that a query is about, with their health, in no order.

    told: accounts whose deployments are judged at another instant; see `with_health`
    """
    found = Deployment.objects.with_health(now, told)
    if query.one("include_archived") != "true" and Health.ARCHIVED not in query.many("health"):
        found = found.current()
    for parameter in ("account", "status", "agent_id", "environment_id"):
        if values := query.many(parameter):
            found = found.filter(**{f"{parameter}__in": values})
    if healths := query.many("health"):
        found = found.of_health(*healths)
    if cadences := query.many("schedule"):
        found = found.firing(cadences)
    if often := query.one("frequent"):
        frequent = Q(expression__in=_often())
        found = found.filter(frequent if often == "true" else ~frequent)
    text = query.one("q")
    return found.containing(text) if text else found


def keys(query: Query, now: datetime) -> list[Key]:
    """What tells the deployments of a query from all others."""
    return list(matching(query, now).values_list("account", "deployment_id"))


def _often() -> list[str]:
    """The expressions that fire often: how often one fires is read from it, no database can tell."""
    told = Deployment.objects.order_by().values_list("expression", flat=True).distinct()
    return [expression for expression in told if Schedule(expression, "").frequent]
