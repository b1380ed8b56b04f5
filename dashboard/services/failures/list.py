"""The list of groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from dashboard.domain.incidents import Dependency
from dashboard.domain.states import Outcome
from dashboard.filters import Query
from dashboard.models import Run
from dashboard.models.run import RunQuerySet
from dashboard.services.failures import common_factors
from dashboard.services.failures.sparkline import sparklines
from dashboard.services.lists import badges, listing
from dashboard.services.lists.listing import Listing
from dashboard.services.lists.paging import Key, Order
from dashboard.services.runs.list import agent_control, deployment_control
from dashboard.services.status import feeds
from dashboard.services.status.coverage import History, Rests, TimeSpan, history, span_of
from dashboard.web import urls
from dashboard.web.components import Badge, ChoiceLink, Control, Sort, Sparkline
from dashboard.web.components import Count as Number

SPANS = ("24h", "7d", "30d", "90d")
_TELLING_APART = Key("fingerprint")
_COLUMNS = {"last_seen": ("last_at", datetime), "runs": ("runs", int), "first_seen": ("first_at", datetime)}
ORDERS = {
    order.name: order
    for name, (column, kind) in _COLUMNS.items()
    for order in (
        Order(f"-{name}", (Key(column, kind, descending=True), _TELLING_APART)),
        Order(name, (Key(column, kind), _TELLING_APART)),
    )
}
# What narrows failures narrows runs in the same words.
_ALSO_OF_RUNS = ("account", "deployment_id", "agent_id", "q", "since", "until", "error")


@dataclass(frozen=True)
class FailureRow:
    """A group of failures as a row shows it.

    runs, deployments, last_at, shared: within the span that is asked about
    first_at: over all that is kept; `sure` where all of that has been read, `new` where it means something
    """

    fingerprint: str
    url: str
    badge: Badge
    error_type: str
    error_line: str
    runs: int
    runs_url: str
    deployments: int
    first_at: datetime
    sure: bool
    new: bool
    last_at: datetime
    shared: tuple[Dependency, ...]
    spark: Sparkline

    @property
    def title(self) -> str:
        """What it is called: the type of the error, or else how its message begins."""
        return self.error_type or self.error_line or "no error told"


@dataclass(frozen=True, kw_only=True)
class FailureList(Listing[FailureRow]):
    """One page of groups, and what its numbers rest on."""

    rests: Rests


@dataclass(frozen=True)
class GroupSummary:
    """What is said of groups beside their figures, read for all of them at once."""

    samples: Mapping[str, Run]
    touched: Mapping[str, common_factors.TouchedBy]
    fleet: common_factors.KnownDeployments
    sparks: Mapping[str, Sparkline]
    known: History
    narrowing: Sequence[tuple[str, str]] = ()

    def row(self, group: Any) -> FailureRow:
        """A group as a row."""
        sample, deployments = self.samples[group.fingerprint], self.touched[group.fingerprint]
        return FailureRow(
            fingerprint=group.fingerprint,
            url=urls.failure(group.fingerprint),
            badge=badges.outcome(Outcome.FAILED),
            error_type=sample.error_type,
            error_line=sample.error_line,
            runs=group.runs,
            runs_url=urls.runs_failed_as(group.fingerprint, self.narrowing),
            deployments=len(deployments),
            first_at=group.first_at,
            sure=self.known.whole,
            new=self.known.is_new(group.first_at),
            last_at=group.last_at,
            shared=self.fleet.shared({key: it.agents for key, it in deployments.items()}),
            spark=self.sparks[group.fingerprint],
        )


def list_failures(query: Query, now: datetime) -> FailureList:
    """The page of groups that a query asks for; the number of queries does not depend on the rows."""
    known = history(now)
    runs, span = Run.objects.matching(query, now).failed(), span_of(query, known)
    # Added up from groups, since these are counted in the index of failures and not in that of all runs.
    counted = runs.values("fingerprint").annotate(runs=Count("pk"))
    whole = counted.aggregate(groups=Count("fingerprint"), all=Coalesce(Sum("runs"), 0))
    query, found = listing.page_of(groups(runs), ORDERS, query)
    said = summarize(found.rows, runs, span, known, _narrowing(query))
    return FailureList(
        filter=query,
        rows=[said.row(group) for group in found.rows],
        count=Number(whole["groups"]),
        total=Number(whole["groups"]),
        pills=(),
        sorts=_sorts(query),
        pager=listing.pager(query, found),
        controls=_controls(query),
        spans=tuple(ChoiceLink(it, query.url(since=it), query.one("since") == it) for it in SPANS),
        beyond=bool(query.cursor and not found.rows),
        rests=known.of(query.many("account")).rests(whole["all"], span),
    )


def groups(runs: RunQuerySet) -> QuerySet[Run, Any]:
    """Failed runs by fingerprint: how many, and when; in no order."""
    first = Run.objects.filter(fingerprint=OuterRef("fingerprint")).order_by("at").values("at")[:1]
    counted = runs.values("fingerprint").annotate(runs=Count("pk"), last_at=Max("at"))
    # Annotated afterwards, it is looked up for each group and not for each run.
    told = counted.annotate(first_at=Subquery(first))
    return told.values_list("fingerprint", "runs", "last_at", "first_at", named=True)


def summarize(
    found: Sequence[Any],
    runs: RunQuerySet,
    span: TimeSpan,
    known: History,
    narrowing: Sequence[tuple[str, str]] = (),
) -> GroupSummary:
    """Read what is to be said of those groups of runs: one query for each thing, however many groups."""
    fingerprints = [group.fingerprint for group in found]
    among = runs.filter(fingerprint__in=fingerprints)
    newest = among.filter(at__in={group.last_at for group in found}).order_by("at", "run_id", "id")
    return GroupSummary(
        samples={str(run.fingerprint): run for run in newest.defer("record_json")},
        touched=common_factors.touched(among),
        fleet=common_factors.known_deployments(),
        sparks=sparklines(among, fingerprints, span),
        known=known,
        narrowing=narrowing,
    )


def _narrowing(query: Query) -> list[tuple[str, str]]:
    """The parameters of a list of runs that is about the same ones; there a span has no default."""
    given = [(name, value) for name in _ALSO_OF_RUNS for value in query.many(name)]
    return given if query.many("since") else [*given, ("since", query.one("since"))]


def _sorts(query: Query) -> dict[str, Sort]:
    heads = (("runs", "Runs"), ("first_seen", "First seen"), ("last_seen", "Last seen"))
    return {name: listing.sort_head(query, word, first=f"-{name}", then=name) for name, word in heads}


def _controls(query: Query) -> tuple[Control, ...]:
    return (
        listing.search(query, "Error, deployment or id"),
        *deployment_control(query),
        *agent_control(query),
        listing.text(query, "error", "Error type", "timeout_error"),
        listing.text(query, "since", "Since", "24h, today, 2026-06-15"),
        listing.text(query, "until", "Until", "yesterday, 2026-06-15T09:00"),
        *listing.accounts(query, feeds.account_names()),
    )
