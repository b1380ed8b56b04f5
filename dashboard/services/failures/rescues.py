"""Which runs of a group a retry has completed.

That is looked up for the latest failures alone, and for so many at most on a page, however many are kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import OuterRef, Q, Subquery

from dashboard.domain.retries import Execution
from dashboard.domain.states import Outcome
from dashboard.models import Run
from dashboard.models.run_queries import RunQuerySet
from dashboard.services.runs import tries
from dashboard.web import formatting
from dashboard.web.local_clock import clock

LOOKED_AT = 100  # latest runs of a group: their other tries are looked for among the runs around them
OF_EACH = 5  # the same in a list of groups, of each
_OF_ALL = 40  # and of all groups of one page, unless these are more
_UNUSED = ("record_json", "error_message")  # of those


@dataclass(frozen=True)
class Rescued:
    """How many of the latest runs of a group were completed by a retry; looked_at: of how many."""

    number: int
    looked_at: int

    @property
    def share(self) -> str:
        """How much of those that is."""
        return formatting.percent(self.number, self.looked_at)


@dataclass(frozen=True)
class Rescues:
    """The same, and what a row says of each of these runs, by the key of the run."""

    rescued: Rescued
    runs: Mapping[int, str]


def rescues(latest: Sequence[Run]) -> Rescues | None:
    """What retries made of those failed runs, in two queries; None where they completed none of them."""
    return _rescues(latest, tries.executions_of(latest))


def rescues_of_groups(newest: Sequence[Run], runs: RunQuerySet) -> dict[str, Rescued]:
    """The same for a page of groups, by fingerprint, in four queries; without those where it did nothing.

    newest: the newest run of each group
    runs: all that are asked about, none of whose conditions is to be looked up in an index
    """
    latest = _latest(newest, runs, max(min(OF_EACH, _OF_ALL // max(len(newest), 1)), 1))
    executions = tries.executions_of([run for some in latest.values() for run in some])
    rescued = {fingerprint: _rescues(some, executions) for fingerprint, some in latest.items()}
    return {fingerprint: some.rescued for fingerprint, some in rescued.items() if some}


def _latest(newest: Sequence[Run], runs: RunQuerySet, number: int) -> dict[str, list[Run]]:
    """The latest runs of each group: where they begin, a look at an index each, then all of them at once."""
    alike = runs.filter(fingerprint=OuterRef("fingerprint")).order_by("-at")
    begin = Subquery(alike.values("at")[number - 1 : number])
    groups = Run.objects.filter(pk__in=[run.pk for run in newest]).values_list("fingerprint", begin)
    of_each = [Q(fingerprint=key, **({"at__gte": at} if at else {})) for key, at in groups]
    latest: dict[str, list[Run]] = defaultdict(list)
    for run in runs.filter(reduce(or_, of_each)).newest_first().defer(*_UNUSED) if of_each else ():
        if len(latest[str(run.fingerprint)]) < number:
            latest[str(run.fingerprint)].append(run)
    return latest


def _rescues(latest: Sequence[Run], executions: Mapping[int, Execution]) -> Rescues | None:
    completed = {
        run.pk: _text(run, executions[run.pk])
        for run in latest
        if run.pk in executions and executions[run.pk].final_status == Outcome.COMPLETED
    }
    return Rescues(Rescued(len(completed), len(latest)), completed) if completed else None


def _text(run: Run, execution: Execution) -> str:
    return f"rescued by the retry at {clock(execution.tries[-1].at, beside=run.at)}"
