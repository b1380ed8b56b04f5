"""What belongs to a deployment: runs, slots and tallies name theirs by an account and an id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

Key = tuple[str, str]  # an account, and the id of a deployment, which is known only within it
Row = TypeVar("Row", bound=models.Model)


class KeyedQuerySet(models.QuerySet[Row]):
    """Rows with the columns `account` and `deployment_id`."""

    def for_deployments(self, keys: Iterable[Key]) -> Self:
        """Those of any of these deployments; none where no deployment is given."""
        ids: dict[str, list[str]] = defaultdict(list)
        for account, deployment_id in keys:
            ids[account].append(deployment_id)
        parts = (Q(account=account, deployment_id__in=ids[account]) for account in ids)
        return self.filter(reduce(or_, parts, Q(pk__in=[])))
