"""Tries of one execution, found around the runs of a page: what they repeat, and what repeats them.

The rule is `domain/retries.py`; here is how far around a run its other tries are looked for. That is bounded
by number and by time: it costs the same however many runs are kept, and however far apart a page's rows lie.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import OuterRef, Q, Subquery

from dashboard.domain import retries
from dashboard.domain.retries import Execution, Try
from dashboard.domain.states import Outcome
from dashboard.models import Key, Run
from dashboard.web.local_clock import clock

NEAR = 25  # runs on each side of a run, within a day, among which its other tries are looked for
Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class FoldedRuns:
    """Runs of which none was repeated later, as far as is known; repeated: how many others are left out.

    executions: of each that may have had other tries, by its key
    """

    runs: list[Run]
    executions: dict[int, Execution]
    repeated: int


def fold(runs: Sequence[Run]) -> FoldedRuns:
    """Leave out the tries that a later one repeats, wherever that is; two queries, or none."""
    executions = executions_of(runs)
    last = {run.pk for run in runs if run.pk not in executions or _is_last(run, executions[run.pk])}
    kept = [run for run in runs if run.pk in last]
    return FoldedRuns(kept, executions, len(runs) - len(kept))


def executions_of(runs: Collection[Run]) -> dict[int, Execution]:
    """The execution of each run that may have had another try, by its key; two queries, or none."""
    asked = [run for run in runs if _may_have_others(run)]
    if not asked:
        return {}
    mine = {((run.account, run.deployment_id), run.run_id): run.pk for run in asked}
    executions: dict[int, Execution] = {}
    for key, tries in _stretches(_windows(asked)):
        for execution in retries.executions(tries):
            places = (mine.get((key, attempt.run_id)) for attempt in execution.tries)
            executions |= dict.fromkeys((pk for pk in places if pk is not None), execution)
    return executions


def of_first(run: Run, execution: Execution | None) -> str:
    """Which try of its execution a run is: `2nd try, first failed 02:30`; empty where no other is known."""
    if execution is None or len(execution.tries) < 2:
        return ""
    number, first = [attempt.run_id for attempt in execution.tries].index(run.run_id), execution.tries[0]
    return f"{_ordinal(number + 1)} try, first {first.status} {clock(first.at, run.at)}"


def _ordinal(number: int) -> str:
    few = {1: "st", 2: "nd", 3: "rd"} if number % 100 not in (11, 12, 13) else {}
    return f"{number}{few.get(number % 10, 'th')}"


def _is_last(run: Run, execution: Execution) -> bool:
    return execution.tries[-1].run_id == run.run_id


def _may_have_others(run: Run) -> bool:
    """Only a failed run is repeated."""
    return run.dated and bool(run.deployment_id) and (run.status == Outcome.FAILED or run.as_try.repeats)


def _windows(asked: Sequence[Run]) -> dict[Key, list[Window]]:
    """Of each deployment the times to look at, in order and apart."""
    beside = Run.objects.of_outer_deployment().dated()
    farthest = slice(NEAR - 1, NEAR)
    before = beside.filter(at__lt=OuterRef("at")).order_by("-at").values("at")[farthest]
    after = beside.filter(at__gt=OuterRef("at")).order_by("at").values("at")[farthest]
    bounds = Run.objects.filter(pk__in=[run.pk for run in asked]).order_by("at")
    rows = bounds.annotate(low=Subquery(before), high=Subquery(after))
    columns = ("account", "deployment_id", "at", "low", "high")
    windows: dict[Key, list[Window]] = defaultdict(list)
    for account, deployment_id, at, low, high in rows.values_list(*columns):
        first, last = at - retries.REPEATED_WITHIN, at + retries.REPEATED_WITHIN
        window = max(low or first, first), min(high or last, last)
        _add(windows[account, deployment_id], window)
    return windows


def _add(windows: list[Window], window: Window) -> None:
    """One that begins no earlier than those before it; what overlaps is one window."""
    if windows and window[0] <= windows[-1][1]:
        window = windows[-1][0], max(window[1], windows.pop()[1])
    windows.append(window)


def _stretches(windows: dict[Key, list[Window]]) -> Iterator[tuple[Key, list[Try]]]:
    """The runs of each window as tries, those of one after another."""
    ends = [(key, window) for key, several in windows.items() for window in several]
    within = reduce(or_, (Q(deployment_id=key[1], at__gte=low, at__lte=high) for key, (low, high) in ends))
    tries: dict[Key, list[Try]] = defaultdict(list)
    for key, attempt in Run.objects.filter(within).tries():
        tries[key].append(attempt)
    for key, (low, high) in ends:
        yield key, [attempt for attempt in tries[key] if low <= attempt.at <= high]
