"""Sums over years: the whole days of UTC in a span from their totals, the rest of it by the quarter hour."""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from dashboard.models.run_total import DAY


def by_day(
    days: Any, quarters: Any, first: int | None, end: int | None, cut: Collection[int] = ()
) -> tuple[Any, Any]:
    """What adds up to some quarter hours: the whole days of UTC in them, and the quarters of all others.

    first, end: the number of the first quarter and of the one after the last; None for all there are
    cut: days that are wanted by their quarters
    """
    of_cut = [Q(quarter__gte=day * DAY, quarter__lt=(day + 1) * DAY) for day in cut]
    days, alone = days.exclude(day__in=cut) if cut else days, reduce(or_, of_cut, Q(pk__in=[]))
    if first is not None:
        whole = -(-first // DAY)
        days, quarters = days.filter(day__gte=whole), quarters.filter(quarter__gte=first)
        alone |= Q(quarter__lt=whole * DAY)
    if end is not None:
        days, quarters = days.filter(day__lt=end // DAY), quarters.filter(quarter__lt=end)
        alone |= Q(quarter__gte=end // DAY * DAY)
    return days, quarters.filter(alone)
