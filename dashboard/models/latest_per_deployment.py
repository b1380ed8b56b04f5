"""The newest runs, slots or changes of health of each of several deployments, in two queries for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import BooleanField, F, Func, QuerySet, Subquery
from django.db.models.lookups import Exact

from dashboard.models import Deployment, HealthChange, Key, Run, Slot
from dashboard.models.keys import KeyedQuerySet, as_kept
from dashboard.models.unindexed import Unindexed

Row = TypeVar("Row", Run, Slot, HealthChange)
_OWN = ("account", "deployment_id", "at")
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

    columns: what is read of a row beside its account, deployment and instant: then it has nothing else; all
        where none is named
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
    asked = Deployment.objects.filter(pk__in=keys)
    ends = list(asked.values_list("account", "deployment_id", begins))
    newest = rows.filter(_SinceEach(rows.own_account, F("deployment_id"), F("at"), ends=ends))
    newest = newest.order_by("-at", "-pk")
    newest = newest.filter(Exact(Unindexed(F("status")), status)) if status else newest
    # Of a thousand rows as objects of the model, making these would take most of the time.
    some: Any = newest.values_list("pk", *_OWN, *columns, named=True)
    return some if columns else newest


class _SinceEach(Func):
    """Whether a row is of one of these deployments, and not older than that deployment's instant, if any.

    Built of two hundred parts by the ORM, the condition would cost more than its answer.
    """

    output_field = BooleanField()

    def __init__(self, *columns: Any, ends: Iterable[tuple[str, str, datetime | None]] = (), **extra: Any):
        super().__init__(*columns, **extra)
        self.ends = tuple(ends)

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        """The columns are an account, the id of a deployment, and an instant."""
        (account, _), (deployment_id, _), (at, _) = map(compiler.compile, self.source_expressions)
        id_as_kept, at_as_kept = (as_kept(column, connection) for column in self.source_expressions[1:])
        parts, given = [], list[Any]()
        for of_account, id_, since in self.ends:
            parts.append(f"({account} = %s AND {deployment_id} = %s{f' AND {at} >= %s' if since else ''})")
            given += [of_account, id_as_kept(id_), *([at_as_kept(since)] if since else [])]
        return f"({' OR '.join(parts) or '1 = 0'})", given
