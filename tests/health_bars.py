"""Changes of health as the sync leaves them, for tests of what is drawn."""

from __future__ import annotations

from datetime import datetime, timedelta

from dashboard.domain.states import HealthCause
from dashboard.models import Deployment, HealthChange, Watch
from tests.factories import NOW

HOUR = timedelta(hours=1)


def watched(*hours: tuple[float, float], account: str = "default", now: datetime = NOW) -> None:
    """The API was read without a break from so many hours ago until so many; all of the last 40 days."""
    for since, until in hours or ((960, 0),):
        Watch.objects.create(account=account, since=now - since * HOUR, until=now - until * HOUR)


def changed(
    *states: tuple[str, float],
    key: str = "a",
    cause: str = HealthCause.CLOCK,
    run_id: str = "",
    before: str = "",
    now: datetime = NOW,
) -> list[HealthChange]:
    """A deployment became each of these so many hours ago, as the sync writes it down."""
    rows: list[HealthChange] = []
    for after, hours in states:
        at = now - hours * HOUR
        row = HealthChange(account="default", deployment_id=f"dep_{key}", at=at, judged_at=at, after=after)
        row.before, row.cause, row.run_id, row.moment = before, cause, run_id, at - HOUR / 60
        if rows:
            rows[-1].until_at = at
        rows.append(row)
        before = after
    HealthChange.objects.bulk_create(rows)
    mine = Deployment.objects.filter(deployment_id=f"dep_{key}")
    mine.update(health_since=rows[-1].at if rows else now - 900 * HOUR)
    return rows
