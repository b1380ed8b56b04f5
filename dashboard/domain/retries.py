"""Which runs of a deployment are tries of the same execution. Pure functions.

The API names no parent of a run, and does not say whether a retry is a run of its own or raises `attempt` on
the run there is. So what follows what is inferred, and a page that shows it says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dashboard.domain.states import Outcome

RETRY = "retry"
# A failure that is older than this is not what a retry repeats.
REPEATED_WITHIN = timedelta(days=1)

_ANY_TRIGGER = ""
_ANY_NUMBER = 0


@dataclass(frozen=True)
class Try:
    """A run, as far as it matters here.

    status: its outcome; attempt: its number, where the API gives it
    """

    run_id: str
    at: datetime
    status: str
    trigger_type: str
    attempt: int | None = None

    @property
    def number(self) -> int | None:
        """Which try it says it is, counted from 1; None where it does not say."""
        return self.attempt if self.attempt is not None and self.attempt > 0 else None

    @property
    def repeats(self) -> bool:
        """Whether it is another try of something, by its trigger or by its number."""
        return self.trigger_type == RETRY or (self.number or 1) > 1


@dataclass(frozen=True)
class Execution:
    """The tries of one piece of work, in order; one at least."""

    tries: tuple[Try, ...]

    @property
    def first_status(self) -> str:
        """What became of the first try that is known."""
        return self.tries[0].status

    @property
    def final_status(self) -> str:
        """What became of the last try, and so of the execution."""
        return self.tries[-1].status


@dataclass
class _Chain:
    """An execution while it is put together. `number` is that of its last try."""

    trigger: str
    number: int = 0
    tries: list[Try] = field(default_factory=list)

    def add(self, attempt: Try) -> None:
        before = self.number or int(attempt.repeats)
        self.number = attempt.number or before + 1
        self.tries.append(attempt)

    def answers_to(self) -> Iterator[tuple[str, int]]:
        """What a try may ask for to be put behind the last one here."""
        for trigger in {self.trigger, _ANY_TRIGGER}:
            yield from ((trigger, self.number), (trigger, _ANY_NUMBER))


def executions(tries: Iterable[Try]) -> list[Execution]:
    """The runs of one deployment folded into executions, in the order of their first tries.

    A retry, or a try with number n + 1, follows the latest one with number n that failed within a day before
    it; if it is no `retry` by its trigger, only one of the same trigger. A retry without such a failure
    begins an execution of its own. In linear time, once sorted; the order in which runs are given does not
    matter.
    """
    chains: list[_Chain] = []
    failed: defaultdict[tuple[str, int], list[tuple[_Chain, Try]]] = defaultdict(list)
    for row in sorted(tries, key=lambda item: (item.at, item.run_id)):
        chain = _repeated(row, failed[_asked(row)]) if row.repeats else None
        if chain is None:
            chain = _Chain(row.trigger_type)
            chains.append(chain)
        chain.add(row)
        if row.status == Outcome.FAILED:
            for key in chain.answers_to():
                failed[key].append((chain, row))
    return [Execution(tuple(chain.tries)) for chain in chains]


def first_try(all_executions: Iterable[Execution]) -> tuple[int, int]:
    """How many executions were completed at the first try, and how many came to an end.

    One that is skipped, pending or running, or whose end the API does not report, is in neither number. One
    whose first try is not known is not good: that there was a second says that the first was not.
    """
    ended = [execution for execution in all_executions if execution.final_status in Outcome.RATED]
    good = (row for row in ended if row.first_status == Outcome.COMPLETED and not row.tries[0].repeats)
    return sum(1 for _ in good), len(ended)


def rescued(all_executions: Iterable[Execution]) -> int:
    """How many executions were completed by a retry, after a first try that was not."""
    completed = (row for row in all_executions if row.final_status == Outcome.COMPLETED)
    return sum(row.first_status != Outcome.COMPLETED or row.tries[0].repeats for row in completed)


def _asked(attempt: Try) -> tuple[str, int]:
    """What a repetition asks for; one that is the first by its number asks for any."""
    trigger = _ANY_TRIGGER if attempt.trigger_type == RETRY else attempt.trigger_type
    return trigger, attempt.number - 1 if attempt.number else _ANY_NUMBER


def _repeated(attempt: Try, failed: list[tuple[_Chain, Try]]) -> _Chain | None:
    """The execution whose last failure a try repeats; failures that were repeated already are dropped."""
    while failed and failed[-1][0].tries[-1] is not failed[-1][1]:
        failed.pop()
    if not failed or attempt.at - failed[-1][1].at > REPEATED_WITHIN:
        return None
    return failed.pop()[0]
