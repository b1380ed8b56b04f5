"""Runs that no index has in the order of a page: looked for near the page's place first, then further off.

The runs of a hundred deployments lie in a hundred places of an index. To show the first fifty a database
would read and sort them all; those of the last hours are few, and usually enough for a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from dashboard.filters import Query
from dashboard.filters.cursors import Cursor
from dashboard.models import Run
from dashboard.models.run_queries import RunQuerySet
from dashboard.models.run_search import Hits
from dashboard.services.lists.paging import Order, first

_NEAR = 2_000  # runs, of whatever kind, within the nearest stretch of time
FURTHER = (1, 8, 64)  # times its length
_EQUAL = ("account", "status", "trigger_type", "agent_id", "error", "fingerprint", "deployment_id")


def scattered(query: Query, hits: Hits | None = None) -> bool:
    """Whether what a query asks for lies in several places of every index that is in the order of time.

    hits: what its text means; a few runs are better looked up
    """
    if hits:
        return hits.few is None or bool(hits.whose)
    several = any(len(query.many(name)) > 1 for name in _EQUAL)
    return several or bool(query.deployments or query.one("min_duration"))


def near(rows: RunQuerySet, order: Order, cursor: Cursor | None, number: int) -> list[Run]:
    """The same as `paging.first`, of which each stretch of time that is too short costs a query."""
    if order.keys[0].column == "at":
        for stretch in _stretches(order, cursor):
            if len(page := first(rows.filter(stretch), order, cursor, number)) == number:
                return page
    return first(rows, order, cursor, number)


def instants_from(order: Order, cursor: Cursor | None) -> QuerySet[Run, datetime]:
    """When runs were triggered, from the cursor's place on, in the direction of the page."""
    down, start = order.down_from(cursor), cursor.values[0] if cursor else None
    instants = Run.objects.order_by("-at" if down else "at").values_list("at", flat=True)
    if not isinstance(start, datetime):
        return instants
    return instants.filter(**{"at__lte" if down else "at__gte": start})


def _stretches(order: Order, cursor: Cursor | None) -> Iterator[Q]:
    """Ever longer stretches of time from the cursor's place on; none where there are few runs."""
    instants, down = instants_from(order, cursor), order.down_from(cursor)
    for end in instants[_NEAR : _NEAR + 1]:
        begin = instants[0]
        for times in FURTHER:
            yield _up_to(begin, times * abs(end - begin), down=down)


def _up_to(begin: datetime, length: timedelta, *, down: bool) -> Q:
    try:
        return Q(at__gte=begin - length) if down else Q(at__lte=begin + length)
    except OverflowError:
        return Q()
