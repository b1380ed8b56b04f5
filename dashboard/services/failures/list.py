"""The list of groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from dashboard import filters
from dashboard.domain.incidents import Dependency
from dashboard.domain.states import FailureState, Outcome
from dashboard.filters import Query, timespans
from dashboard.models import Run
from dashboard.models.run_queries import RunQuerySet
from dashboard.services.failures import common_factors
from dashboard.services.failures.basis import Basis, basis, span_of
from dashboard.services.failures.rescues import Rescued, rescues_of_groups
from dashboard.services.failures.sparkline import sparklines
from dashboard.services.lists import badges, choices, listing
from dashboard.services.lists.listing import Listing
from dashboard.services.lists.paging import Key, Order, batches
from dashboard.services.lists.undated import undated_runs
from dashboard.services.notes.book import NoteLine
from dashboard.services.status import feeds
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import urls
from dashboard.web.components import Badge, Control, Sort, Sparkline
from dashboard.web.components import Count as Number

NEW = timedelta(hours=24)  # a group is new for a day
SPANS = ("today", timespans.LAST_NIGHT, "24h", "7d", "30d", "90d")
_UNIQUE = Key("fingerprint")
_COLUMNS = {"last_seen": ("last_at", datetime), "runs": ("runs", int), "first_seen": ("first_at", datetime)}
ORDERS = {
    order.name: order
    for name, (column, kind) in _COLUMNS.items()
    for order in (
        Order(f"-{name}", (Key(column, kind, descending=True), _UNIQUE)),
        Order(name, (Key(column, kind), _UNIQUE)),
    )
}
# Parameters that mean the same in the list of runs.
_ALSO_OF_RUNS = ("account", "deployment_id", "agent_id", "q", "since", "until", "error")


@dataclass(frozen=True)
class FailureRow:
    """A group of failures as a row shows it.

    state: a word of `FailureState`, and its badge
    runs, deployments, last_at, shared, agents: within the span that is asked about
    still_failing: of how many of these deployments the last finished run failed so
    rescued: of its latest runs those that a retry completed; None where it did none, or nobody looked
    written: what people know of it
    first_at: over all that is kept; `sure` where all of that has been read, `new` where it means something
    """

    fingerprint: str
    url: str
    state: str
    badge: Badge
    error_type: str
    error_line: str
    runs: int
    runs_url: str
    deployments: int
    still_failing: int
    rescued: Rescued | None
    agents: str
    first_at: datetime
    sure: bool
    new: bool
    last_at: datetime
    shared: tuple[Dependency, ...]
    spark: Sparkline
    written: NoteLine | None


@dataclass(frozen=True, kw_only=True)
class FailureList(Listing[FailureRow]):
    """One page of groups, and what its numbers are based on."""

    basis: Basis


@dataclass(frozen=True)
class GroupSummary:
    """What groups of failures show beside their figures, read for all of them at once.

    samples: the newest run of each; touched: its deployments; deployments: all there are
    parameters: of the list of exactly the runs that are counted
    """

    samples: Mapping[str, Run]
    touched: Mapping[str, common_factors.TouchedBy]
    deployments: common_factors.KnownDeployments
    sparks: Mapping[str, Sparkline]
    snapshot: Snapshot
    parameters: Sequence[tuple[str, str]]

    def row(self, group: Any, rescued: Rescued | None = None) -> FailureRow:
        """A group as a row, with what retries made of it where that is known."""
        sample, touched = self.samples[group.fingerprint], self.touched[group.fingerprint]
        still = self.deployments.still_failing(group.fingerprint, touched)
        new = is_new(group.first_at, self.snapshot)
        state = _state(still, new=new, known=self.deployments.all_known(touched))
        shared = self.deployments.shared({key: deployment.agents for key, deployment in touched.items()})
        agents = {agent for deployment in touched.values() for agent in deployment.agents}
        same_agent = any(dependency.kind == "agent" for dependency in shared)
        return FailureRow(
            fingerprint=group.fingerprint,
            url=urls.failure(group.fingerprint, self.parameters),
            state=state,
            badge=badges.failure(state),
            error_type=sample.error_type,
            error_line=sample.error_line,
            runs=group.runs,
            runs_url=urls.runs_failed_as(group.fingerprint, self.parameters),
            deployments=len(touched),
            still_failing=still,
            rescued=rescued,
            agents="" if same_agent else common_factors.agents_text(agents),
            first_at=group.first_at,
            sure=self.snapshot.coverage.complete,
            new=new,
            last_at=group.last_at,
            shared=shared,
            spark=self.sparks[group.fingerprint],
            written=self.snapshot.notes.on_kind(group.fingerprint),
        )


def list_failures(query: Query, snapshot: Snapshot) -> FailureList:
    """The page of groups that a query asks for; the number of queries does not depend on the rows."""
    runs, span = _failed(query, snapshot), span_of(query, snapshot)
    # Added up from groups, since these are counted in the index of failures and not in that of all runs.
    counted = runs.values("fingerprint").annotate(runs=Count("pk"))
    total = counted.aggregate(groups=Count("fingerprint"), failed_runs=Coalesce(Sum("runs"), 0))
    query, page = listing.page_of(groups(runs), ORDERS, query)
    summary = summarize(page.rows, runs, query, snapshot)
    rescued = rescues_of_groups([*summary.samples.values()], _failed(query, snapshot, by=""))
    return FailureList(
        filter=query,
        rows=[summary.row(group, rescued.get(group.fingerprint)) for group in page.rows],
        count=Number(total["groups"]),
        total=Number(total["groups"]),
        pills=(),
        sorts=_sorts(query),
        pager=listing.pager(query, page),
        controls=_controls(query),
        span=listing.time_range(query, SPANS, snapshot.now),
        exports=listing.exports(query),
        undated=undated_runs(as_runs(query), snapshot),
        basis=basis(total["failed_runs"], span, snapshot.feeds_of(query.many("account")), snapshot.now),
    )


def failure_rows(query: Query, snapshot: Snapshot, batch: int) -> Iterator[FailureRow]:
    """Every group that a query asks for, in its order, so many read at a time."""
    runs = _failed(query, snapshot)
    for page in batches(groups(runs), ORDERS[query.one("sort")], batch):
        summary = summarize(page, runs, query, snapshot)
        yield from (summary.row(group) for group in page)


def _failed(query: Query, snapshot: Snapshot, by: str | None = None) -> RunQuerySet:
    """The failed runs that a query means; by: see `RunQuerySet.matching`."""
    return Run.objects.matching(query, snapshot.now, snapshot.hits(query.one("q")), by).failed()


def groups(runs: RunQuerySet) -> QuerySet[Run, Any]:
    """Failed runs by fingerprint: how many, and when; in no order."""
    alike = Run.objects.dated().filter(fingerprint=OuterRef("fingerprint"))
    first = alike.order_by("at").values("at")[:1]
    counted = runs.values("fingerprint").annotate(runs=Count("pk"), last_at=Max("at"))
    # Annotated afterwards, it is looked up for each group and not for each run.
    dated = counted.annotate(first_at=Subquery(first))
    return dated.values_list("fingerprint", "runs", "last_at", "first_at", named=True)


def summarize(page: Sequence[Any], runs: RunQuerySet, query: Query, snapshot: Snapshot) -> GroupSummary:
    """Read what a page of groups of those runs shows: one query for each thing, however many groups.

    query: what asked for the runs
    """
    fingerprints = [group.fingerprint for group in page]
    shown = runs.filter(fingerprint__in=fingerprints)
    newest = shown.filter(at__in={group.last_at for group in page}).order_by("at", "run_id", "id")
    return GroupSummary(
        samples={str(run.fingerprint): run for run in newest.defer("record_json")},
        touched=common_factors.touched(shown),
        deployments=common_factors.known_deployments(),
        sparks=sparklines(shown, fingerprints, span_of(query, snapshot)),
        snapshot=snapshot,
        parameters=runs_parameters(query),
    )


def _state(still_failing: int, *, new: bool, known: bool) -> str:
    """known: whether every deployment that failed so has been read."""
    if still_failing:
        return FailureState.NEW if new else FailureState.ONGOING
    return FailureState.STOPPED if known else FailureState.UNCLEAR


def is_new(first_at: datetime, snapshot: Snapshot) -> bool:
    """Whether a failure first seen then is new: not once in the day before it, all of which is known."""
    return snapshot.now - first_at <= NEW and snapshot.coverage.covers(first_at - NEW)


def runs_parameters(query: Query) -> list[tuple[str, str]]:
    """What the list of exactly these runs is asked, or the page of one group; there a span has no default."""
    values = {name: query.many(name) for name in _ALSO_OF_RUNS} | {"since": (query.one("since"),)}
    return [(name, value) for name, several in values.items() for value in several if value]


def as_runs(query: Query) -> Query:
    """The failed runs that the question is about, as a question of the list of runs."""
    values = {name: query.many(name) for name in _ALSO_OF_RUNS}
    return filters.ask_runs(status=Outcome.FAILED, **values)


def _sorts(query: Query) -> dict[str, Sort]:
    heads = (("runs", "Runs"), ("first_seen", "First seen"), ("last_seen", "Last seen"))
    return {name: listing.sort_head(query, word, first=f"-{name}", then=name) for name, word in heads}


def _controls(query: Query) -> tuple[Control, ...]:
    return (
        listing.search(query, "Error, deployment or id"),
        *choices.controls(query, "deployment", "agent"),
        listing.text(query, "error", "Error type", "timeout_error"),
        *listing.accounts(query, feeds.account_names()),
    )
