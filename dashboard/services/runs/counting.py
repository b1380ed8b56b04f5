"""How many runs of each outcome a query means: exactly wherever totals are kept that answer it.

What a total knows of runs is their account, deployment, agent, trigger and outcome. Over a span it is their
account, deployment and outcome, by the quarter hour; the runs of the quarters that a span cuts are counted.
All other runs are counted up to a bound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import CharField, F, QuerySet, Sum, Value
from django.db.models import Count as Number

from dashboard.domain.states import OTHER_OUTCOMES
from dashboard.filters import Query, timespans
from dashboard.models import DayTally, DayTotal, Deployment, Key, QuarterTotal, Run, RunTotal, Tally
from dashboard.models.run_queries import RunQuerySet, column_values
from dashboard.models.run_search import Hits
from dashboard.models.tally import begin_of, first_whole_quarter, quarter
from dashboard.models.unindexed import Unindexed
from dashboard.services.lists import listing
from dashboard.services.runs.day_sums import by_day
from dashboard.services.runs.leading import Lead, leading
from dashboard.services.status.snapshot import Snapshot
from dashboard.web.components import Count

_ALIKE = {"account", "deployment_id", "agent_id", "trigger_type"}
_TALLIED = {"account", "deployment_id", "since", "until"}
_ANYWAY = {"status", "sort", "limit", "retries"}  # change nothing of how many there are of each outcome
_IN_ORDER = {"min_duration", "account", "time"}  # each outcome by itself, in an index that has them so
_MOST_TALLIED = 5  # deployments whose tallies of a span are added up: they have a row for each quarter hour
Part = QuerySet[Any, tuple[str, str, int]]  # the name of other runs or nothing, an outcome, how many


def count_by_status(
    query: Query,
    statuses: Collection[str],
    snapshot: Snapshot,
    keys: Collection[Key] | None = None,
    beside: Mapping[str, RunQuerySet] | None = None,
) -> dict[str, Count]:
    """How many runs of each of these outcomes a query means, whichever outcomes it asks for; in one query.

    keys: the deployments whose runs are meant; those that the query says where it is None
    beside: other runs to count, by a name of their own; up to a bound
    """
    others, parts = beside or {}, _parts(query, snapshot, keys)
    whichever, has_index = query.with_values(status=""), keys is None and not _asked(query) <= _IN_ORDER
    if not parts and has_index and not others and (lead := leading(whichever, snapshot)):
        return _counted_in(whichever, lead, statuses, snapshot)
    if not parts:
        return listing.count_by_status(_runs(query, snapshot, keys), statuses, others)
    rows = parts[0].union(*parts[1:], *(_up_to_bound(name, runs) for name, runs in others.items()), all=True)
    numbers: Counter[tuple[str, str]] = Counter()
    for name, status, number in rows:
        numbers[name, status] += number
    own = Counter({status: number for (name, status), number in numbers.items() if not name})
    exact = {status: Count(number) for status, number in _by_status(statuses, own).items()}
    return exact | {name: listing.bounded(numbers[name, ""]) for name in others}


def _counted_in(query: Query, lead: Lead, statuses: Collection[str], snapshot: Snapshot) -> dict[str, Count]:
    """Counted among the runs that its leading filter leaves: all of them, or as many of the newest."""
    of_lead = lead.counted(snapshot).values("pk")
    runs = Run.objects.matching(query, snapshot.now, snapshot.hits(query.one("q")), by="")
    rows = _counted(runs.filter(pk__in=of_lead))
    numbers = _by_status(statuses, Counter({status: number for _, status, number in rows}))
    return {status: Count(number, at_least=not lead.countable) for status, number in numbers.items()}


def count_hits(
    query: Query,
    statuses: Collection[str],
    snapshot: Snapshot,
    hits: Hits,
    keys: Collection[Key] | None = None,
) -> dict[str, Count]:
    """The same where what the text of a query means is known.

    All runs of the deployments it means are counted as such, and of the others those among its newest.
    """
    query = query.with_values(q="")
    whose = set(hits.whose) if keys is None else {*hits.whose} & {*keys}
    counts = dict.fromkeys(statuses, Count(0))
    if whose:
        counts = count_by_status(query, statuses, snapshot, whose)
    rows = _runs(query, snapshot, keys, by="").filter(pk__in=hits.some)
    others = rows.order_by().values_list("status", "account", "deployment_id")
    numbers = Counter(status for status, *key in others if (*key,) not in whose)
    numbers, many = _by_status(statuses, numbers), hits.few is None
    return {
        status: listing.total([count, Count(numbers[status], at_least=many)])
        for status, count in counts.items()
    }


def _by_status(statuses: Collection[str], numbers: Counter[str]) -> Counter[str]:
    """Those numbers of those statuses alone; what OTHER_OUTCOMES stands for is added up."""
    named = Counter({status: numbers[status] for status in statuses})
    if OTHER_OUTCOMES in named:
        named[OTHER_OUTCOMES] = sum(n for status, n in numbers.items() if status not in named)
    return named


def _runs(
    query: Query, snapshot: Snapshot, keys: Collection[Key] | None, by: str | None = None
) -> RunQuerySet:
    every = Run.objects.all() if keys is None else Run.objects.for_deployments(keys)
    return every.matching(query.with_values(status=""), snapshot.now, by=by)


def tallies_of(query: Query, keys: Collection[Key] | None = None) -> Any:
    """The sums by the quarter hour of what a query means but for its span; None where they do not know it.

    keys: as for `count_by_status`
    """
    named = len(query.many("deployment_id")) + len(keys or ())
    if not _asked(query) <= _TALLIED or query.deployments or named > _MOST_TALLIED:
        return None
    return _asked_of(Tally.objects.all() if named else QuarterTotal.objects.all(), query, keys)


def days_of(query: Query, keys: Collection[Key] | None = None) -> Any:
    """The same by the day of UTC."""
    named = query.many("deployment_id") or keys
    return _asked_of(DayTally.objects.all() if named else DayTotal.objects.all(), query, keys)


def _parts(query: Query, snapshot: Snapshot, keys: Collection[Key] | None) -> list[Part]:
    """What adds up to all that a query means; nothing where no total answers it."""
    if _asked(query) <= _ALIKE:
        return [_summed(_asked_of(RunTotal.objects.all(), query, keys))]
    tallies = tallies_of(query, keys)
    return [] if tallies is None else _within(tallies, query, snapshot, keys)


def _asked(query: Query) -> set[str]:
    """The parameters that a query asks for, but for those of deployments and those that change no number."""
    through = {field.name for field in query.fields if field.of_deployments}
    return {name for name, values in query.values.items() if values} - through - _ANYWAY


def _asked_of(rows: Any, query: Query, keys: Collection[Key] | None) -> Any:
    """Those totals that are of the accounts, deployments, agents and triggers of a query."""
    rows = rows.filter(**{f"{name}__in": values for name in _ALIKE if (values := column_values(query, name))})
    if query.deployments:
        meant = Deployment.objects.matching(query.deployments)
        rows = rows.for_deployments(meant.listed_keys())
    return rows if keys is None else rows.for_deployments(keys)


def _within(totals: Any, query: Query, snapshot: Snapshot, keys: Collection[Key] | None) -> list[Part]:
    """The whole quarter hours of a span from their totals, and the runs of those that it cuts."""
    since, until = timespans.span(query.one("since"), query.one("until"), snapshot.now)
    first = first_whole_quarter(since) if since else None
    end = quarter(until) if until else None
    if first is not None and end is not None and end <= first:
        return [_counted(_runs(query, snapshot, keys))]
    # Each part of a quarter with bounds of its own: of two lower ones SQLite takes the first.
    whenever, cut = _runs(query.with_values(since="", until=""), snapshot, keys), list[Part]()
    if since and first is not None:
        cut.append(_counted(whenever.within(since, begin_of(first))))
    if until and end is not None:
        cut.append(_counted(whenever.within(begin_of(end), until)))
    days, quarters = by_day(days_of(query, keys), totals, first, end)
    return [_summed(days), _summed(quarters), *cut]


def _summed(totals: Any) -> Part:
    return _grouped(totals, "", F("status"), Sum("number"))


def _counted(runs: RunQuerySet) -> Part:
    # Without the index of outcomes, which has them in order, and all there are.
    return _grouped(runs, "", Unindexed(F("status"), output_field=CharField()), Number("pk"))


def _up_to_bound(name: str, runs: RunQuerySet) -> Part:
    few = runs.order_by().values("pk")[: listing.COUNT_TO + 1]
    return _grouped(Run.objects.filter(pk__in=few), name, Value("", CharField()), Number("pk"))


def _grouped(rows: Any, name: str, status: Any, number: Any) -> Part:
    labelled = rows.order_by().annotate(part=Value(name, CharField()), outcome=status)
    grouped: Part = labelled.values_list("part", "outcome").annotate(n=number)
    return grouped
