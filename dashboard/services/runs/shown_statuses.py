"""Which outcomes a list of runs counts one by one: all of them, unless the API sends words without end."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from django.db.models import Sum

from dashboard.domain.states import OTHER_OUTCOMES, Outcome
from dashboard.filters import Query
from dashboard.models import RunTotal
from dashboard.services.status.snapshot import Snapshot

MOST = 12  # unheard-of outcomes that are shown by themselves; the most frequent ones, where there are more


def shown_statuses(query: Query, snapshot: Snapshot) -> list[str]:
    """The outcomes that get a pill: ours and unheard-of ones only once a run has had them.

    Where they are too many, the last one is OTHER_OUTCOMES, for all that are not named.
    """
    chosen = query.many("status")
    seen = {*snapshot.statuses_seen, *chosen}
    common = [word for word in Outcome.KNOWN if word not in Outcome.OURS or word in seen]
    unheard = seen - {*Outcome.KNOWN, ""}
    if len(unheard) <= MOST:
        return [*common, *sorted(unheard)]
    frequent = snapshot.kept("frequent-outcomes", partial(_most_frequent, snapshot.statuses_seen))
    return [*common, *sorted({*frequent, *chosen} - {*Outcome.KNOWN}), OTHER_OUTCOMES]


def named_statuses(snapshot: Snapshot) -> set[str]:
    """The outcomes that stand by themselves where a name is for ever: all of them, or only the known ones.

    Which ones are most frequent changes from day to day.
    """
    known = {*Outcome.KNOWN, ""}
    unheard = snapshot.statuses_seen - known
    return known | unheard if len(unheard) <= MOST else known


def _most_frequent(seen: Collection[str]) -> list[str]:
    """Of those that can be asked for."""
    unheard = RunTotal.objects.filter(status__in={*seen} - {*Outcome.KNOWN, ""})
    counted = unheard.order_by().values("status").annotate(n=Sum("number")).order_by("-n", "status")
    return list(counted.values_list("status", flat=True)[:MOST])
