"""The rows that stand for all deployments which a silent scheduler has kept from firing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Count

from dashboard.domain.states import Health
from dashboard.models import Deployment
from dashboard.services.lists import badges
from dashboard.services.status.snapshot import Snapshot
from dashboard.web.components import Badge


@dataclass(frozen=True)
class SilentRow:
    """A group of which nothing fires. number: how many of it are missed, as the list behind `url` has."""

    badge: Badge
    text: str
    number: int
    url: str
    since: datetime


@dataclass(frozen=True)
class SilentRows:
    """The rows, and how many deployments they stand for together."""

    rows: tuple[SilentRow, ...] = ()
    number: int = 0


def silent_rows(snapshot: Snapshot) -> SilentRows:
    """A row for each group of which nothing fires; no query where there is none, else one."""
    silent = snapshot.silent_schedulers
    if not silent:
        return SilentRows()
    conditions = [one.condition for one in silent]
    counts = {f"of_{place}": Count("pk", filter=own) for place, own in enumerate(conditions)}
    numbers = Deployment.objects.aggregate(**counts, all=Count("pk", filter=reduce(or_, conditions)))
    return SilentRows(
        tuple(
            SilentRow(
                badges.health(Health.MISSED),
                one.sentence(snapshot.now),
                numbers[f"of_{place}"],
                one.missed.here,
                one.silence.since,
            )
            for place, one in enumerate(silent)
        ),
        numbers["all"],
    )
