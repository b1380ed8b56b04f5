"""Which filter of a question about runs is answered by its index: the one that leaves the fewest runs.

A database takes any index that fits, and may read a million runs to show ten, where it keeps no figures of
its tables and also where two filters have much to do with each other. How many runs each filter leaves by
itself is counted in its index alone, up to a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from dashboard.filters import NO_ERROR_TYPE, Query, timespans
from dashboard.models import Run
from dashboard.models.run_queries import RunQuerySet
from dashboard.models.run_search import Hits
from dashboard.services.lists import listing
from dashboard.services.lists.paging import first
from dashboard.services.runs.by_text import by_text
from dashboard.services.runs.nearby import near, scattered
from dashboard.services.status.snapshot import Snapshot

# Filters with an index of their own, the first of equals is taken. A span is known by its beginning, filters
# of deployments by the name of all of them.
_SPAN, _DEPLOYMENTS = "since", "deployments"
_ALONE = ("fingerprint", "error", "has_error", "deployment_id", "agent_id", "trigger_type", "status")
_KNOWN_BESIDES = {"deployment_id": ("status", "has_error"), "agent_id": ("has_error",)}
_IN_NO_ORDER = {"min_duration", _DEPLOYMENTS}  # of time
MOST_LOOKED_UP = 10_000  # runs that a page is chosen from one by one
Read = Callable[..., list[Run]]


@dataclass(frozen=True)
class Lead:
    """A filter.

    by: its name, as `RunQuerySet.matching` takes it
    number: how many runs it leaves, where these are few
    query: that filter alone
    """

    by: str
    number: int
    query: Query

    @property
    def few(self) -> bool:
        """Whether a page is chosen from the runs that it leaves, one by one."""
        return self.number <= MOST_LOOKED_UP

    @property
    def countable(self) -> bool:
        """Whether all that it leaves are counted."""
        return self.number <= listing.COUNT_TO

    def counted(self, snapshot: Snapshot) -> RunQuerySet:
        """The runs it leaves that are counted: all of them, else as many of the newest, or of any."""
        rows = Run.objects.matching(self.query, snapshot.now)
        rows = rows.order_by("-at") if self.in_order and not self.countable else rows.order_by()
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
    asked = [alone.here for alone in candidates.values()]
    best, number = snapshot.kept(f"lead-{asked}", partial(_fewest, candidates, snapshot))
    return Lead(best, number, candidates[best])


class Way(NamedTuple):
    """How a page of a question is read.

    query, by: what `RunQuerySet.matching` is asked for; read: as `paging.slice_at` takes it
    """

    query: Query
    by: str | None
    read: Read = first


def way(query: Query, hits: Hits | None, snapshot: Snapshot) -> Way:
    """How a page of a query is read. hits: what its text means."""
    if hits and hits.few is not None:  # by their keys
        return Way(query, "") if not hits.whose else Way(query, None, near)
    if "duration" in query.one("sort"):
        return Way(query, _by_duration(query, snapshot))
    if hits:
        return _way_to_hits(query, hits, snapshot)
    lead = leading(query, snapshot) if len(dict(_candidates(query))) > 1 else None
    if lead and (lead.few or lead.in_order):
        return Way(query, lead.by)
    return Way(query, None, near if scattered(query) else first)


def _way_to_hits(query: Query, hits: Hits, snapshot: Snapshot) -> Way:
    """The same where a text means many: of these only the ones in the span are looked at anyway."""
    lead = leading(query, snapshot)
    if lead and lead.few and lead.by != _SPAN:
        return Way(query, lead.by)
    span = timespans.span(query.one("since"), query.one("until"), snapshot.now)
    read = partial(by_text, hits=hits, span=span)
    return Way(query.with_values(q=""), None if hits.whose else "", read)


def _by_duration(query: Query, snapshot: Snapshot) -> str | None:
    """By which filter the longest and the shortest runs are found; empty where all are gone through."""
    lead = leading(query, snapshot)
    if lead and lead.by == "status" and not lead.few:
        return None  # in an index of their own
    return lead.by if lead and (lead.few or lead.by == "deployment_id") else ""


def _fewest(candidates: dict[str, Query], snapshot: Snapshot) -> tuple[str, int]:
    rows = {name: Run.objects.matching(alone, snapshot.now) for name, alone in candidates.items()}
    numbers = Run.objects.count_by_status((), MOST_LOOKED_UP + 1, rows)
    # Of those with many, one that has them in order of time.
    best = min(candidates, key=lambda name: (numbers[name], name in _IN_NO_ORDER))
    return best, numbers[best]


def _candidates(query: Query) -> Iterator[tuple[str, Query]]:
    """The filters by name, each as a query of its own."""
    asked = {name for name, values in query.values.items() if values}
    for name in (*_ALONE, "min_duration"):
        if name in asked and (name != "has_error" or query.one(name) == "true"):
            yield name, _with_others(name, query)
    if span := asked & {"since", "until"}:
        yield _SPAN, _only(query, span)
    if query.deployments:
        yield _DEPLOYMENTS, _only(query, {field.name for field in query.fields if field.of_deployments})


def _with_others(name: str, query: Query) -> Query:
    """That filter alone, but for what its index knows besides: of a deployment also outcomes and errors."""
    # Several outcomes lie in several places of that index.
    beside = (other for other in _KNOWN_BESIDES.get(name, ()) if len(query.many(other)) == 1)
    alone = _only(query, {name, *beside})
    has_error = "error" in query.values and NO_ERROR_TYPE not in query.many("error")
    return alone.with_values(has_error="true") if has_error and name in _KNOWN_BESIDES else alone


def _only(query: Query, names: Collection[str]) -> Query:
    return query.with_values(**dict.fromkeys(query.values.keys() - set(names), ""))
