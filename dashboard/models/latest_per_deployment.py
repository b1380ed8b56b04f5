"""The newest runs, slots or changes of health of each of several deployments, in two queries for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from functools import reduce
from operator import or_
from typing import TypeVar

from django.db.models import F, Q, QuerySet, Subquery
from django.db.models.lookups import Exact

from dashboard.models import Deployment, HealthChange, Key, Run, Slot
from dashboard.models.keys import KeyedQuerySet
from dashboard.models.unindexed import Unindexed

Row = TypeVar("Row", Run, Slot, HealthChange)
_BATCH = 200  # deployments asked for at once: a database bounds how deep an expression may be


def latest(
    rows: KeyedQuerySet[Row],
    deployments: Collection[Deployment],
    number: int,
    *columns: str,
    status: str = "",
) -> dict[Key, list[Row]]:
    """The newest `number` of `rows` of each of these deployments, newest first.

    Two steps: where each one's newest begin, a look at an index each, then all of those at once. A
    window function over the same rows would read every one of them.

    columns: what is read of a row beside its account, deployment and instant; all where none is named
    status: of runs, those that count; all where it is empty
    """
    groups: dict[Key, list[Row]] = defaultdict(list)
    keys = [deployment.pk for deployment in deployments]
    for start in range(0, len(keys), _BATCH):
        for row in _read(rows, keys[start : start + _BATCH], number, columns, status):
            mine = groups[row.account, row.deployment_id]
            if len(mine) < number:
                mine.append(row)
    return groups


def _read(
    rows: KeyedQuerySet[Row], keys: list[int], number: int, columns: tuple[str, ...], status: str
) -> QuerySet[Row]:
    own = (rows.filter(Exact(F("status"), status)) if status else rows).of_outer_deployment().order_by("-at")
    begins = Subquery(own.values("at")[number - 1 : number])
    parts = [
        rows.is_of((account, deployment_id)) & (Q(at__gte=at) if at else Q())
        for account, deployment_id, at in Deployment.objects.filter(pk__in=keys).values_list(
            "account", "deployment_id", begins
        )
    ]
    newest = rows.filter(reduce(or_, parts, Q(pk__in=[]))).order_by("-at", "-pk")
    newest = newest.filter(Exact(Unindexed(F("status")), status)) if status else newest
    return newest.only("account", "deployment_id", "at", *columns) if columns else newest
