"""The fleet's runs as rows: any page of a million in milliseconds, because only what is shown is built."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import takewhile

from dashboard.simulator.filters import ALL_RUNS, RunFilter
from dashboard.simulator.fleet.columns import Columns
from dashboard.simulator.fleet.days import COMPLETED, FAILED, MANUAL, RETRY, SCHEDULE, SKIPPED
from dashboard.simulator.fleet.marks import mark, micros, second_text, text
from dashboard.simulator.fleet.plans import Plan
from dashboard.simulator.fleet.troubles import error_record
from dashboard.simulator.records import Record
from dashboard.simulator.shapes import SLOT

_STATUS = {COMPLETED: "completed", FAILED: "failed", SKIPPED: "skipped"}
_OUTCOME = {word: outcome for outcome, word in _STATUS.items()}
_TRIGGER = {MANUAL: "manual", SCHEDULE: "schedule", RETRY: "retry"}


class RunRows:
    """The runs triggered by a moment, newest first.

    plans: by the number a run refers to; now: microseconds; unfinished: the runs that are not over by then
    """

    def __init__(self, columns: Columns, plans: Sequence[Plan], now: int, unfinished: Iterable[int]) -> None:
        """Look at the columns as of now; they may grow meanwhile."""
        self._columns, self._plans, self._now = columns, plans, now
        self._count = columns.until(now)
        self._unfinished = sorted(unfinished)

    def find(self, key: str) -> int | None:
        """Position of the run with that id, newest first, or None."""
        index = self._columns.find(key)
        return None if index is None or index >= self._count else self._count - 1 - index

    def walk(self, wanted: RunFilter, start: int = 0, step: int = 1) -> Iterator[Record]:
        """The runs asked for, from a position on, downwards or upwards."""
        everything = wanted == ALL_RUNS
        for index in self._candidates(wanted, self._count - 1 - start, -step):
            record = self.record(index)
            if everything or wanted.matches(record):
                yield record

    def _candidates(self, wanted: RunFilter, start: int, step: int) -> Iterator[int]:
        """Indexes worth building a record for: decided without building one, and never one too few."""
        trouble = wanted.has_error is True
        outcomes = {_OUTCOME[wanted.status]} if wanted.status in _OUTCOME else {COMPLETED, FAILED, SKIPPED}
        outcomes -= {COMPLETED} if trouble else set()
        kinds = {
            kind for kind, word in _TRIGGER.items() if wanted.triggers is None or word in wanted.triggers
        }
        outcome, trigger = self._columns.outcome, self._columns.trigger
        for index in self._indexes(wanted, start, step):
            if outcome[index] in outcomes and trigger[index] in kinds:
                yield index

    def _indexes(self, wanted: RunFilter, start: int, step: int) -> Iterator[int]:
        known = self._known(wanted)
        low, high = self._bounds(wanted)
        if step < 0:
            at = bisect_left(known, min(start, high) + 1) - 1
            indexes = (known[place] for place in range(at, -1, -1))
            return takewhile(lambda index: index >= low, indexes)
        indexes = (known[place] for place in range(bisect_left(known, max(start, low)), len(known)))
        return takewhile(lambda index: index <= high, indexes)

    def _known(self, wanted: RunFilter) -> Sequence[int]:
        """The shortest list at hand that holds every run asked for."""
        if wanted.status in ("pending", "running"):
            return self._unfinished
        if wanted.deployment_id is None:
            return range(self._count)
        mine = (plan.index for plan in self._plans if plan.key == wanted.deployment_id)
        return next((self._columns.of_plan[index] for index in mine), range(0))

    def _bounds(self, wanted: RunFilter) -> tuple[int, int]:
        """Lowest and highest index within the bounds on the time, give or take a second."""
        low, high = 0, self._count - 1
        for word, at in wanted.created.bounds:
            if word.startswith("g"):
                low = max(low, self._columns.until(micros(at) - 1))
            else:
                high = min(high, self._columns.until(micros(at + timedelta(seconds=1))) - 1)
        return low, high

    def record(self, index: int) -> Record:
        """A run as it is now. Called for every run of a page: written for speed."""
        columns, now = self._columns, self._now
        at, salt, outcome = columns.at[index], columns.salt[index], columns.outcome[index]
        plan, start, end = self._plans[columns.plan[index]], at + columns.pend[index], columns.end(index)
        created, extras = text(at), Record(attempt=columns.attempt[index])
        record: Record = {
            "agent": plan.agent_at(at),
            "cas_run_extras": extras,
            "created_at": created,
            "deployment_id": plan.key,
            "error": None,
            "id": columns.key(index),
            "status": "pending",
            "trigger_context": {"type": _TRIGGER[columns.trigger[index]]},
            "triggered_at": created,
            "type": "deployment_run",
        }
        if start <= now and columns.has_session(index):
            extras |= {"started_at": text(start), "turn_id": mark("turn", at, salt)}
            record |= {"session_id": mark("sess", at, salt), "status": "running"}
        if end <= now:
            record |= {"status": _STATUS[outcome], "completed_at": text(end)} | self._result(index, plan)
        if columns.slot[index] >= 0:
            record[SLOT] = second_text(columns.slot[index])
        return record

    def _result(self, index: int, plan: Plan) -> Record:
        """The duration of a completed run, or the error of another."""
        columns, length = self._columns, self._columns.length[index]
        if columns.outcome[index] == COMPLETED:
            return {"duration_ms": length // 1000}
        salt, at = columns.salt[index], columns.at[index]
        return {"error": error_record(columns.trouble[index], at, salt, plan.timeout_ms, length)}
