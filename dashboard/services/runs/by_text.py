"""Runs whose errors have a text that thousands have, found from the page's place on.

To show the newest fifty of them a database would look up and sort them all. The index of errors has them in
order of time: as many as a page needs are counted off in it, and more where another filter leaves too few.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, QuerySet
from django.db.models.lookups import Range

from dashboard.filters.cursors import Cursor
from dashboard.models import Run
from dashboard.models.instants import instant
from dashboard.models.run_queries import RunQuerySet
from dashboard.models.run_search import Between, Hits, in_order_between
from dashboard.models.unindexed import Unindexed
from dashboard.services.lists.paging import Order, first
from dashboard.services.runs.nearby import FURTHER, instants_from, near


def by_text(
    rows: RunQuerySet,
    order: Order,
    cursor: Cursor | None,
    number: int,
    *,
    hits: Hits,
    span: Sequence[datetime | None],
) -> list[Run]:
    """The same as `paging.first`, of those of the rows that a text means.

    span: from and until when all of the rows are; None for no end
    """
    rest = _ends(instants_from(order, cursor), *span)
    if rest is None:
        return []
    if not in_order_between(*rest):
        return near(rows.hit_by(hits), order, cursor, number)
    page = list[Run]()
    for stretch in hits.parted(rest, (times * number for times in FURTHER), down=order.down_from(cursor)):
        page = first(_of(rows, stretch, hits), order, cursor, number)
        if len(page) == number:
            break
    return page


def _ends(
    instants: QuerySet[Run, datetime], since: datetime | None, until: datetime | None
) -> Between | None:
    """The first and the last of a span; None where there are none."""
    begin, end = instants.first(), instants.reverse().first()
    if begin is None or end is None:
        return None
    first_at = max(filter(None, (since, min(begin, end))))
    last_at = min(filter(None, (until, max(begin, end))))
    return (first_at, last_at) if first_at <= last_at else None


def _of(rows: RunQuerySet, stretch: Between, hits: Hits) -> RunQuerySet:
    """Those of a stretch of time; by the index of errors alone, unless deployments are meant as well."""
    at = F("at") if hits.whose else Unindexed(F("at"))
    return rows.filter(Range(at, [instant(end) for end in stretch])).hit_by(hits, stretch)
