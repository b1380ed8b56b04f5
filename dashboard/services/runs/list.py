"""The runs page: every run that a query is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dashboard.domain.states import OTHER_OUTCOMES, Outcome
from dashboard.filters import Query, timespans
from dashboard.filters.parameters import FOLDED
from dashboard.models import Deployment, Run
from dashboard.models.run_queries import RunQuerySet
from dashboard.models.run_search import Hits
from dashboard.services.lists import badges, choices, listing, undated
from dashboard.services.lists.listing import Listing
from dashboard.services.lists.paging import Key, Order, first
from dashboard.services.runs import counting, tries
from dashboard.services.runs.histogram import Histogram, histogram
from dashboard.services.runs.leading import Way, way
from dashboard.services.runs.nearby import near, scattered
from dashboard.services.runs.rows import RunRow, rows
from dashboard.services.runs.shown_statuses import shown_statuses
from dashboard.services.status.snapshot import Snapshot
from dashboard.web.components import ChoiceLink, Control, Count

_FOLDED_OR_NOT = ((FOLDED, "Only the last try"),)
_ERROR_OR_NOT = (("true", "with an error"), ("false", "without"))
SPANS = ("1h", "today", timespans.LAST_NIGHT, "24h", "7d", "30d")
_TELLING_APART = (Key("run_id", descending=True), Key("id", int, descending=True))
_OLDEST_FIRST = (Key("run_id"), Key("id", int))
ORDERS = {
    order.name: order
    for order in (
        Order("-triggered_at", (Key("at", datetime, descending=True), *_TELLING_APART)),
        Order("triggered_at", (Key("at", datetime), *_OLDEST_FIRST)),
        Order("-duration", (Key("duration_ms", int, descending=True, nullable=True), *_TELLING_APART)),
        Order("duration", (Key("duration_ms", int, nullable=True), *_TELLING_APART)),
    )
}


@dataclass(frozen=True, kw_only=True)
class RunList(Listing[RunRow]):
    """One page of runs; histogram: of all of them, None where there is none."""

    histogram: Histogram | None = None


def list_runs(query: Query, snapshot: Snapshot) -> RunList:
    """The page of runs that a query asks for; the number of queries does not depend on the rows."""
    whose = undated.undated_runs(query, snapshot)
    listed = _listing(query, None, _files(query), snapshot)
    return replace(listed, undated=whose, histogram=histogram(query, snapshot))


def list_runs_of(deployment: Deployment, query: Query, snapshot: Snapshot) -> RunList:
    """The same of the runs of one deployment."""
    return _listing(query, deployment, (), snapshot)


def count_by_status(
    query: Query, snapshot: Snapshot, beside: Mapping[str, RunQuerySet] | None = None
) -> dict[str, Count]:
    """How many runs of each outcome match a query, whichever outcomes it asks for.

    beside: other runs to count in the same query, by a name of their own
    """
    return counting.count_by_status(query, shown_statuses(query, snapshot), snapshot, beside=beside)


def runs_matching(query: Query, snapshot: Snapshot) -> RunQuerySet:
    """The runs that a query means: those that its list shows."""
    return Run.objects.matching(query, snapshot.now, snapshot.hits(query.one("q")))


def failed_unreported(query: Query, snapshot: Snapshot) -> RunQuerySet:
    """The failed runs that match a query, of records that report no outcome."""
    return runs_matching(query.with_values(status=Outcome.FAILED), snapshot).filter(status_reported=False)


def _listing(
    query: Query, whose: Deployment | None, files: tuple[ChoiceLink, ...], snapshot: Snapshot
) -> RunList:
    hits = snapshot.hits(query.one("q"))
    runs = Run.objects.for_deployment(whose) if whose else Run.objects.all()
    asked, by, read = _way_of(query, hits) if whose else way(query, hits, snapshot)
    matching = runs.matching(asked, snapshot.now, hits, by, listing.place_of(query, ORDERS))
    query, page = listing.page_of(matching.with_lateness(), ORDERS, query, read)
    counts = _no_fewer(_counts(query, whose, hits, snapshot), page.rows)
    folded = tries.fold(page.rows) if query.one("retries") else None
    return RunList(
        filter=query,
        rows=rows(
            folded.runs if folded else page.rows,
            snapshot,
            with_remarks=True,
            executions=folded.executions if folded else None,
        ),
        count=listing.chosen_count(query, "status", counts),
        total=listing.total(counts.values()),
        pills=listing.pills(query, "status", counts, badges.outcome),
        sorts={
            "triggered_at": listing.sort_head(query, "Started", first="-triggered_at", then="triggered_at"),
            "duration": listing.sort_head(query, "Duration", first="-duration", then="duration"),
        },
        pager=listing.pager(query, page, folded.repeated if folded else 0),
        controls=_controls(query, snapshot),
        span=listing.time_range(query, SPANS, snapshot.now),
        exports=files,
    )


def _files(query: Query) -> tuple[ChoiceLink, ...]:
    feed_url = query.of("/runs.atom", "sort", "limit")
    return (*listing.exports(query), ChoiceLink("Feed", feed_url))


def _counts(
    query: Query, whose: Deployment | None, hits: Hits | None, snapshot: Snapshot
) -> dict[str, Count]:
    statuses, keys = shown_statuses(query, snapshot), [whose.key] if whose else None
    if hits is None:
        return counting.count_by_status(query, statuses, snapshot, keys)
    return counting.count_hits(query, statuses, snapshot, hits, keys)


def _way_of(query: Query, hits: Hits | None) -> Way:
    """How the runs of one deployment are read."""
    return Way(query, None, near if scattered(query, hits) else first)


def _no_fewer(counts: dict[str, Count], shown: Sequence[Run]) -> dict[str, Count]:
    """What was counted up to a bound: at least what the page shows."""
    numbers = Counter(run.status for run in shown)
    return {
        status: Count(max(count.number, numbers[status]), at_least=True) if count.at_least else count
        for status, count in counts.items()
    }


def _controls(query: Query, snapshot: Snapshot) -> tuple[Control, ...]:
    counted = OTHER_OUTCOMES not in shown_statuses(query, snapshot)
    return (
        listing.search(query, "Name, error text, start or end of an id"),
        *choices.controls(query, "deployment", "agent", more=("environment",)),
        listing.text(query, "min_duration", "At least as long as", "At least 10m", more=False),
        listing.word(query, "trigger_type", "Trigger", "Any trigger", snapshot.triggers, more=True),
        listing.select(query, "has_error", "Error", "With or without", _ERROR_OR_NOT, more=True),
        *(() if counted else (listing.text(query, "status", "Status", "of the other ones"),)),
        listing.text(query, "error", "Error type", "timeout_error"),
        listing.select(query, "retries", "Retries", "Each try a row", _FOLDED_OR_NOT, more=True),
        listing.select(query, "time", "Time known", "Any", undated.CHOICES, more=True),
        *listing.accounts(query, snapshot.accounts),
    )
