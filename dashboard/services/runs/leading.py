"""Which filter of a question about runs is answered by its index: the one that leaves the fewest runs.

A database takes any index that fits, and may read a million runs to show ten, where it keeps no figures of
its tables and also where two filters have much to do with each other. How many runs each filter leaves by
itself is counted in its index alone, up to a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from dashboard.filters import Query
from dashboard.models import Run
from dashboard.models.run_queries import RunQuerySet
from dashboard.models.run_search import Hits
from dashboard.services.lists import listing
from dashboard.services.lists.paging import first
from dashboard.services.runs.nearby import near, scattered
from dashboard.services.status.snapshot import Snapshot

# Filters with an index of their own, the first of equals is taken. A span is known by its beginning, filters
# of deployments by the name of all of them.
_SPAN, _DEPLOYMENTS = "since", "deployments"
_ALONE = ("fingerprint", "error", "has_error", "deployment_id", "agent_id", "trigger_type", "status")
_IN_NO_ORDER = {"min_duration", _DEPLOYMENTS}  # of time
Read = Callable[..., list[Run]]


@dataclass(frozen=True)
class Lead:
    """A filter.

    by: its name, as `RunQuerySet.matching` takes it
    few: whether it leaves no more runs than are looked at one by one
    query: that filter alone
    """

    by: str
    few: bool
    query: Query

    def looked_at(self, snapshot: Snapshot) -> RunQuerySet:
        """The runs it leaves: all of them where they are few, else as many of the newest, or of any."""
        rows = Run.objects.matching(self.query, snapshot.now)
        rows = rows.order_by("-at") if self.in_order and not self.few else rows.order_by()
        return rows[: listing.COUNT_TO]

    @property
    def in_order(self) -> bool:
        """Whether its index has them in order of time."""
        return self.by not in _IN_NO_ORDER and len(self.query.many(self.by)) < 2


def leading(query: Query, snapshot: Snapshot) -> Lead | None:
    """The filter of a query that leaves the fewest; None where it has none with an index."""
    candidates = dict(_candidates(query))
    if not candidates:
        return None
    asked = repr([alone.here for alone in candidates.values()])
    name = f"lead-{sha256(asked.encode()).hexdigest()}"
    best, few = snapshot.kept(name, partial(_fewest, candidates, snapshot))
    return Lead(best, few, candidates[best])


def way(query: Query, hits: Hits | None, snapshot: Snapshot) -> tuple[str | None, Read]:
    """How a page of a query is read: by which filter, as `RunQuerySet.matching` takes it, and by what."""
    if hits and hits.few is not None:  # by their keys
        return ("", first) if not hits.whose else (None, near)
    alone = len(dict(_candidates(query))) < 2 and not hits
    if "duration" in query.one("sort"):
        return _by_duration(query, snapshot), first
    if alone:
        return None, near if scattered(query) else first
    lead = leading(query, snapshot)
    if lead and (lead.few or (lead.in_order and not hits)):
        return lead.by, first
    return None if hits is None or hits.whose else "", near if hits or scattered(query) else first


def _by_duration(query: Query, snapshot: Snapshot) -> str | None:
    """By which filter the longest and the shortest runs are found; empty where all are gone through."""
    lead = leading(query, snapshot)
    if lead and lead.by == "status" and not lead.few:
        return None  # in an index of their own
    return lead.by if lead and (lead.few or lead.by == "deployment_id") else ""


def _fewest(candidates: dict[str, Query], snapshot: Snapshot) -> tuple[str, bool]:
    rows = {name: Run.objects.matching(alone, snapshot.now) for name, alone in candidates.items()}
    numbers = Run.objects.count_by_status((), listing.COUNT_TO + 1, rows)
    # Of those with many, one that has them in order of time.
    best = min(candidates, key=lambda name: (numbers[name], name in _IN_NO_ORDER))
    return best, numbers[best] <= listing.COUNT_TO


def _candidates(query: Query) -> Iterator[tuple[str, Query]]:
    """The filters by name, each as a query of its own."""
    asked = {name for name, values in query.values.items() if values}
    for name in (*_ALONE, "min_duration"):
        if name in asked and (name != "has_error" or query.one(name) == "true"):
            yield name, _only(query, {name})
    if span := asked & {"since", "until"}:
        yield _SPAN, _only(query, span)
    if query.deployments:
        yield _DEPLOYMENTS, _only(query, {field.name for field in query.fields if field.of_deployments})


def _only(query: Query, names: Collection[str]) -> Query:
    return query.with_values(**dict.fromkeys(query.values.keys() - set(names), ""))
