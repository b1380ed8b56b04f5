"""The newest runs or slots of each of several deployments, in two queries however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from functools import reduce
from operator import or_
from typing import TypeVar

from django.db.models import OuterRef, Q, QuerySet, Subquery

from dashboard.models import Deployment, Key, Run, Slot

Row = TypeVar("Row", Run, Slot)
_BATCH = 200  # deployments asked for at once: a database bounds how deep an expression may be


def latest(
    rows: QuerySet[Row], deployments: Collection[Deployment], number: int, *columns: str
) -> dict[Key, list[Row]]:
    """The newest `number` of `rows` of each of these deployments, newest first.

    Two steps: where each one's newest begin, a look at an index each, then all of those at once. A
    window function over the same rows would read every one of them.

    columns: what is read of a row beside its account, deployment and instant; all where none is named
    """
    groups: dict[Key, list[Row]] = defaultdict(list)
    keys = [deployment.pk for deployment in deployments]
    for start in range(0, len(keys), _BATCH):
        for row in _read(rows, keys[start : start + _BATCH], number, columns):
            mine = groups[row.account, row.deployment_id]
            if len(mine) < number:
                mine.append(row)
    return groups


def _read(rows: QuerySet[Row], keys: list[int], number: int, columns: tuple[str, ...]) -> QuerySet[Row]:
    own = rows.filter(account=OuterRef("account"), deployment_id=OuterRef("deployment_id")).order_by("-at")
    begins = Subquery(own.values("at")[number - 1 : number])
    parts = [
        Q(account=account, deployment_id=deployment_id) & (Q(at__gte=at) if at else Q())
        for account, deployment_id, at in Deployment.objects.filter(pk__in=keys).values_list(
            "account", "deployment_id", begins
        )
    ]
    newest = rows.filter(reduce(or_, parts, Q(pk__in=[]))).order_by("-at", "-pk")
    return newest.only("account", "deployment_id", "at", *columns) if columns else newest
