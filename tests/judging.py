"""Health where a test fills the mirror by hand: what the sync does at the end of its work is done here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from django.db import connection

from dashboard.models import Deployment
from dashboard.models.deployment_queries import DeploymentQuerySet


def judge(now: datetime, judged_at: Mapping[str, datetime] | None = None) -> None:
    """Store the health that the rule gives at that instant, or of some accounts at another one."""
    with unseen():
        for account in Deployment.objects.order_by().values_list("account", flat=True).distinct():
            rows = Deployment.objects.filter(account=account)
            at = (judged_at or {}).get(account, now)
            for row in rows.judged_otherwise(at):
                rows.filter(pk=row.pk).update(health_rank=vars(row)["rank_by_rule"], health_since=at)


def judged(now: datetime) -> DeploymentQuerySet:
    """Every deployment, judged at that instant."""
    judge(now)
    return Deployment.objects.all()


@contextmanager
def unseen() -> Iterator[None]:
    """Whoever counts queries does not count these."""
    noted, wrappers = connection.force_debug_cursor, connection.execute_wrappers
    connection.force_debug_cursor, connection.execute_wrappers = False, []
    try:
        yield
    finally:
        connection.force_debug_cursor, connection.execute_wrappers = noted, wrappers
