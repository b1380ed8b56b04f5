"""What belongs to a deployment: runs, slots and tallies name theirs by an account and an id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import BooleanField, F, Func, OuterRef, Q
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact

from dashboard.models.unindexed import Unindexed

Key = tuple[str, str]  # an account, and the id of a deployment, which is known only within it
Row = TypeVar("Row", bound=models.Model)


class KeyedQuerySet(models.QuerySet[Row]):
    """Rows with the columns `account` and `deployment_id`.

    own_account: how their account is compared where their deployment is asked for
    """

    own_account: ClassVar[Combinable] = F("account")

    def of_account(self, account: str) -> Self:
        """Those of one account, looked for by what else is asked: nearly every row may be of that account."""
        return self.filter(Exact(Unindexed(F("account")), account))

    def for_deployments(self, keys: Iterable[Key], *, indexed: bool = True) -> Self:
        """Those of any of these deployments; none where no deployment is given.

        indexed: whether an index may find them by that
        """
        column = F("deployment_id") if indexed else Unindexed(F("deployment_id"))
        return self._of_any(keys, self.own_account, column)

    def by_deployment(self, keys: Iterable[Key]) -> Self:
        """The same, where an index has them by their deployment: what little some have over a long time."""
        return self._of_any(keys, Unindexed(F("account")), F("deployment_id"))

    def _of_any(self, keys: Iterable[Key], account: Combinable, deployment_id: Combinable) -> Self:
        ids: dict[str, list[str]] = defaultdict(list)
        for name, key in keys:
            ids[name].append(key)
        return self.filter(_OfAny(account, deployment_id, ids=ids)) if ids else self.none()

    def is_of(self, key: Key) -> Q:
        """Whether a row belongs to that deployment, as a part of a condition."""
        account, deployment_id = key
        return Q(Exact(self.own_account, account), deployment_id=deployment_id)

    def of_outer_deployment(self) -> Self:
        """Those of each deployment of the query that this becomes part of."""
        mine = Exact(self.own_account, OuterRef("account"))
        return self.filter(mine, deployment_id=OuterRef("deployment_id"))


class _OfAny(Func):
    """Whether a row is of one of these deployments: of hundreds, each of which the ORM would look at."""

    output_field = BooleanField()

    def __init__(
        self, *columns: Any, ids: Mapping[str, Sequence[str]] = MappingProxyType({}), **extra: Any
    ) -> None:
        super().__init__(*columns, **extra)
        self.ids = ids

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        """The columns are an account and the id of a deployment."""
        (account, _), (deployment_id, _) = map(compiler.compile, self.source_expressions)
        id_as_kept = as_kept(self.source_expressions[1], connection)
        parts = (
            f"({account} = %s AND {deployment_id} IN ({', '.join(['%s'] * len(some))}))"
            for some in self.ids.values()
        )
        values = [value for key, some in self.ids.items() for value in (key, *map(id_as_kept, some))]
        return f"({' OR '.join(parts)})", values


def as_kept(column: Any, connection: Any) -> Callable[[Any], Any]:
    """How a value of a column is given to the driver."""
    return partial(column.output_field.get_db_prep_value, connection=connection, prepared=True)
