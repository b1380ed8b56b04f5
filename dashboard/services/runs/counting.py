"""How many runs of each outcome a query means: exactly wherever totals are kept that answer it.

What a total knows of runs is their account, deployment, agent, trigger and outcome. Over a span it is their
account, deployment and outcome, by the quarter hour; the runs of the quarters that a span cuts are counted.
All other runs are counted up to a bound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, F, Q, QuerySet, Sum, Value
from django.db.models import Count as Number

from dashboard.filters import Query, timespans
from dashboard.models import Deployment, QuarterTotal, Run, RunTotal, Tally
from dashboard.models.run import UNDATED_AT, RunQuerySet
from dashboard.models.tally import QUARTER
from dashboard.services.lists import listing
from dashboard.services.status.snapshot import Snapshot
from dashboard.web.components import Count

_ALIKE = {"account", "deployment_id", "agent_id", "trigger_type"}
_TALLIED = {"account", "deployment_id", "since", "until"}
_ANYWAY = {"status", "sort", "limit"}  # change nothing of how many there are of each outcome
_MOST_TALLIED = 5  # deployments whose tallies of a span are added up: they have a row for each quarter hour
Part = QuerySet[Any, tuple[str, str, int]]  # the name of other runs or nothing, an outcome, how many


def count_by_status(
    query: Query,
    statuses: Collection[str],
    snapshot: Snapshot,
    whose: Deployment | None = None,
    beside: Mapping[str, RunQuerySet] | None = None,
) -> dict[str, Count]:
    """How many runs of each of these outcomes a query means, whichever outcomes it asks for; in one query.

    whose: the deployment whose runs are meant, where the query does not name it
    beside: other runs to count, by a name of their own; up to a bound
    """
    others, parts = beside or {}, _parts(query, snapshot, whose)
    if not parts:
        return listing.count_by_status(_runs(query, snapshot, whose), statuses, others)
    rows = parts[0].union(*parts[1:], *(_up_to_bound(name, runs) for name, runs in others.items()), all=True)
    numbers: Counter[tuple[str, str]] = Counter()
    for name, status, number in rows:
        numbers[name, status] += number
    exact = {status: Count(numbers["", status]) for status in statuses}
    return exact | {name: listing.bounded(numbers[name, ""]) for name in others}


def _runs(query: Query, snapshot: Snapshot, whose: Deployment | None) -> RunQuerySet:
    every = Run.objects.for_deployment(whose) if whose else Run.objects.all()
    return every.matching(query.with_values(status=""), snapshot.now)


def tallies_of(query: Query, whose: Deployment | None = None) -> Any:
    """The sums by the quarter hour of what a query means but for its span; None where they do not know it."""
    named = len(query.many("deployment_id")) + (whose is not None)
    if not _asked(query) <= _TALLIED or query.deployments or named > _MOST_TALLIED:
        return None
    return _asked_of(Tally.objects.all() if named else QuarterTotal.objects.all(), query, whose)


def _parts(query: Query, snapshot: Snapshot, whose: Deployment | None) -> list[Part]:
    """What adds up to all that a query means; nothing where no total answers it."""
    if _asked(query) <= _ALIKE:
        return [_summed(_asked_of(RunTotal.objects.all(), query, whose))]
    tallies = tallies_of(query, whose)
    return [] if tallies is None else _within(tallies, query, snapshot, whose)


def _asked(query: Query) -> set[str]:
    """The parameters that a query asks for, but for those of deployments and those that change no number."""
    through = {field.name for field in query.fields if field.of_deployments}
    return {name for name, values in query.values.items() if values} - through - _ANYWAY


def _asked_of(rows: Any, query: Query, whose: Deployment | None) -> Any:
    """Those totals that are of the accounts, deployments, agents and triggers of a query."""
    rows = rows.filter(**{f"{name}__in": values for name in _ALIKE if (values := query.many(name))})
    if query.deployments:
        meant = Deployment.objects.matching(query.deployments)
        rows = rows.for_deployments(meant.listed_keys())
    return rows.for_deployments([whose.key]) if whose else rows


def _within(totals: Any, query: Query, snapshot: Snapshot, whose: Deployment | None) -> list[Part]:
    """The whole quarter hours of a span from their totals, and the runs of those that it cuts."""
    runs = _runs(query, snapshot, whose)
    since, until = query.one("since"), query.one("until")
    first = -(-_seconds(timespans.since(since, snapshot.now)) // QUARTER) if since else None
    end = _seconds(timespans.until(until, snapshot.now)) // QUARTER if until else None
    if first is not None and end is not None and end <= first:
        return [_counted(runs)]
    cut = Q()
    if first is not None:
        totals, cut = totals.filter(quarter__gte=first), cut | Q(at__lt=_begin(first))
    if end is not None:
        totals, cut = totals.filter(quarter__lt=end), cut | Q(at__gte=_begin(end))
    return [_summed(totals), _counted(runs.filter(cut))]


def _seconds(at: datetime) -> float:
    return at.timestamp()


def _begin(quarter: float) -> datetime:
    return UNDATED_AT + timedelta(seconds=quarter * QUARTER)


def _summed(totals: Any) -> Part:
    return _grouped(totals, "", F("status"), Sum("number"))


def _counted(runs: RunQuerySet) -> Part:
    return _grouped(runs, "", F("status"), Number("pk"))


def _up_to_bound(name: str, runs: RunQuerySet) -> Part:
    few = runs.order_by().values("pk")[: listing.COUNT_TO + 1]
    return _grouped(Run.objects.filter(pk__in=few), name, Value("", CharField()), Number("pk"))


def _grouped(rows: Any, name: str, status: Any, number: Any) -> Part:
    labelled = rows.order_by().annotate(part=Value(name, CharField()), outcome=status)
    grouped: Part = labelled.values_list("part", "outcome").annotate(n=number)
    return grouped
