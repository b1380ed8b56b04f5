"""How a deployment stands: every figure of it, and its health."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from dashboard.domain.states import DeploymentStatus, Health, Outcome, PausedReason, SlotOutcome
from tests.compare.oracle.promises import LONGEST_WAIT, ON_TIME
from tests.compare.oracle.reading import SeenDeployment, SeenRun, Slot
from tests.compare.plans import read_plan
from tests.compare.worlds import DAY, HOUR, MINUTE, SECOND

USUAL_OF, FEWEST, BLOCKED_AFTER = 20, 5, 3
MET = (SlotOutcome.ON_TIME, SlotOutcome.LATE, SlotOutcome.SKIPPED, SlotOutcome.RUNNING)


@dataclass(frozen=True)
class Standing:
    """A deployment and its runs, newest first, judged at an instant.

    now: what our clock shows; at: as of when its figures are, which is earlier where its account is stale
    judged_at: when all of its account was read last: its health is as of then
    read: whether its account was ever read completely; complete: whether all runs are known that are kept
    known_from: since when all runs are known
    """

    deployment: SeenDeployment
    runs: Sequence[SeenRun]
    now: datetime
    at: datetime
    judged_at: datetime
    read: bool
    complete: bool
    known_from: datetime | None

    def knows_all_since(self, at: datetime | None) -> bool:
        """Whether every run since an instant is known, or every one that is kept."""
        return self.complete or (at is not None and self.known_from is not None and self.known_from <= at)

    @property
    def stale(self) -> bool:
        """Whether nothing newer is known."""
        return self.at != self.now

    def newest(self, *statuses: str) -> SeenRun | None:
        """Its newest run with one of those outcomes; of any where none is named."""
        return next((run for run in self.runs if not statuses or run.status in statuses), None)

    @property
    def last_run(self) -> SeenRun | None:
        return self.newest()

    @property
    def last_success(self) -> SeenRun | None:
        return self.newest(Outcome.COMPLETED)

    @property
    def last_failure(self) -> SeenRun | None:
        return self.newest(Outcome.FAILED)

    @property
    def last_over(self) -> SeenRun | None:
        """Its newest run that came to an end, whether known how or not."""
        idle = (Outcome.PENDING, Outcome.RUNNING, Outcome.SKIPPED)
        return next((run for run in self.runs if run.status not in idle), None)

    @property
    def failures(self) -> list[SeenRun]:
        """The failures since the last success, newest first; a later start refutes those to start."""
        good, started = self.last_success, self.newest(Outcome.STARTED)
        failed = [run for run in self.runs if run.status == Outcome.FAILED]
        return [
            run
            for run in failed
            if (good is None or run.at > good.at)
            and not (run.unreported and not run.session_id and started and run.at < started.at)
        ]

    @property
    def open(self) -> list[SeenRun]:
        """Its unfinished runs, oldest first."""
        return [run for run in reversed(self.runs) if run.open]

    @property
    def measured(self) -> list[int]:
        """How long its latest completed runs were, in milliseconds, newest first."""
        return [run.ms for run in self.runs if run.status == Outcome.COMPLETED and run.ms is not None][
            :USUAL_OF
        ]

    @property
    def usual_ms(self) -> int | None:
        """What is usual of those."""
        return round(median(self.measured)) if self.measured else None

    @property
    def slow_from(self) -> timedelta | None:
        """From which length on a run is slow."""
        limit = self.deployment.limit
        bounds = [limit] if limit else []
        if self.usual_ms is not None and len(self.measured) >= FEWEST:
            usual = timedelta(milliseconds=self.usual_ms)
            bounds.append(max(2 * usual, usual + 30 * SECOND))
        return min(bounds, default=None)

    @property
    def slow_run(self) -> SeenRun | None:
        """Its latest run that completed, where that was slow, else the one that goes on and may become so."""
        measured = [run for run in self.runs if run.status == Outcome.COMPLETED and run.ms is not None]
        if self.slow_from is None:
            return None
        if measured and timedelta(milliseconds=measured[0].ms or 0) >= self.slow_from:
            return measured[0]
        return next((run for run in self.open if run.status == Outcome.RUNNING), None)

    @property
    def slow_since(self) -> datetime | None:
        """From when on that is slow."""
        if self.slow_run is None or self.slow_from is None:
            return None
        return self.slow_run.at + (self.slow_from if self.slow_run.open else timedelta())

    def stuck_from(self, run: SeenRun) -> datetime:
        """When an unfinished run is stuck."""
        limit = (5 * MINUTE if self.deployment.limit is None else self.deployment.limit) + 60 * SECOND
        wait = HOUR if self.deployment.gap is None else self.deployment.gap
        return run.at + (wait if run.status == Outcome.PENDING else limit)

    @property
    def stuck_run(self) -> SeenRun | None:
        """The first of its unfinished runs that is stuck now."""
        stuck = [run for run in self.open if self.stuck_from(run) <= self.judged_at]
        return min(stuck, key=self.stuck_from, default=None)

    def slots(self, *outcomes: str) -> list[Slot]:
        """Its slots of those outcomes, in order."""
        slots = self.deployment.slots
        return [slots[at] for at in sorted(slots) if slots[at].outcome in outcomes]

    @property
    def due(self) -> Slot | None:
        """The earliest that is not settled."""
        return next(iter(self.slots(SlotOutcome.DUE)), None)

    @property
    def missed(self) -> list[Slot]:
        """The missed ones since one was met, or since the last success."""
        met = self.slots(*MET)
        return [
            slot
            for slot in self.slots(SlotOutcome.MISSED)
            if (not met or slot.at > met[-1].at)
            and (self.last_success is None or slot.at >= self.last_success.at)
        ]

    @property
    def unseen(self) -> Slot | None:
        """The last settled one, if nobody was looking then, and nothing ran since."""
        settled = self.slots(*MET, SlotOutcome.MISSED, SlotOutcome.UNOBSERVED)
        if not settled or settled[-1].outcome != SlotOutcome.UNOBSERVED:
            return None
        return None if self.last_run and self.last_run.at > settled[-1].at else settled[-1]

    @property
    def silent_since(self) -> datetime | None:
        """Its newest run; without one, since when there could have been one."""
        begun = [at for at in (self.deployment.created_at, self.deployment.updated_at) if at]
        return (
            self.last_run.at if self.last_run else max(*begun, self.deployment.known_since) if begun else None
        )

    @property
    def silent(self) -> bool:
        """Whether nothing ran at three firings on end, since it was changed last."""
        if self.open or self.silent_since is None:
            return False
        begun = [at for at in (self.deployment.created_at, self.deployment.updated_at) if at]
        since, plan = max(self.silent_since, *begun), read_plan(*self.deployment.schedule)
        if plan:
            return plan.next(since, 3)[-1] + LONGEST_WAIT <= self.judged_at
        gap = self.deployment.gap
        if gap is None or self.coming:
            return False
        return since + 3 * max(gap, DAY) + LONGEST_WAIT <= self.judged_at

    @property
    def skipped(self) -> list[SeenRun]:
        """Its newest runs, where they were skipped while none was in progress."""
        others = [run for run in self.runs if run.status != Outcome.SKIPPED]
        if self.open or not self.runs or self.runs[0].status != Outcome.SKIPPED:
            return []
        over = None
        if others:
            over = others[0].completed_at or others[0].at + timedelta(milliseconds=others[0].ms or 0)
        return [run for run in self.runs if run.status == Outcome.SKIPPED and (over is None or run.at > over)]

    @property
    def health(self) -> str:
        """The first word that holds, worst first."""
        deployment = self.deployment
        if deployment.archived_at or deployment.gone_at:
            return Health.ARCHIVED
        if deployment.status == DeploymentStatus.PAUSED:
            by_error = deployment.paused_reason == PausedReason.ERROR
            return Health.PAUSED_BY_ERROR if by_error else Health.PAUSED
        if deployment.status != DeploymentStatus.ACTIVE:
            return Health.UNKNOWN
        return self._health_of_active()

    @property
    def unreported_since(self) -> bool:
        """Whether it is failing for a failure after which a run started, and is not known to have ended."""
        failed, started = self.last_failure, self.newest(Outcome.STARTED)
        later = failed is not None and started is not None and started.at > failed.at
        return later and self.health == Health.FAILING

    def _health_of_active(self) -> str:
        cases = (
            (Health.FAILING, bool(self.failures)),
            (Health.UNREAD, not self.read),
            (Health.MISSED, bool(self.missed)),
            (Health.SILENT, self.silent and self.knows_all_since(self.silent_since)),
            (Health.BLOCKED, len(self.skipped) >= BLOCKED_AFTER),
            (Health.STUCK, self.stuck_run is not None),
            (Health.LATE, self.due is not None and self.due.at < self.judged_at - ON_TIME),
            (Health.SLOW, self.slow_since is not None and self.slow_since <= self.judged_at),
            (Health.UNKNOWN, self.unseen is not None),
            (
                Health.NEVER_RAN,
                self.last_run is None and self.knows_all_since(self.deployment.created_at),
            ),
            (Health.UNREAD, self.last_run is None or self.silent),
            (
                Health.OUTCOME_UNKNOWN,
                self.last_over is not None
                and self.last_over.status not in (Outcome.COMPLETED, Outcome.FAILED),
            ),
        )
        return next((word for word, holds in cases if holds), Health.OK)

    @property
    def since(self) -> datetime | None:
        """When what is wrong with it began."""
        paused = self.deployment.updated_at
        return {
            Health.FAILING: self.failures[-1].at if self.failures else None,
            Health.MISSED: self.missed[0].at if self.missed else None,
            Health.SILENT: self.silent_since,
            Health.BLOCKED: self.skipped[-1].at if self.skipped else None,
            Health.STUCK: self.stuck_run.at if self.stuck_run else None,
            Health.LATE: self.due.at if self.due else None,
            Health.SLOW: self.slow_since,
            Health.UNKNOWN: self.unseen.at if self.unseen else None,
            Health.PAUSED_BY_ERROR: paused,
            Health.PAUSED: paused,
        }.get(self.health)

    @property
    def coming(self) -> list[datetime]:
        """What was promised to come when it was read last; nothing where it will not fire."""
        deployment = self.deployment
        return [at for at in deployment.promised if at > deployment.read_at] if deployment.fires else []

    @property
    def next_at(self) -> datetime | None:
        """The next promise that is still to come, else the one that is due; None if it will not fire."""
        if not self.deployment.fires:
            return None
        return next((at for at in self.coming if at > self.at), self.coming[0] if self.coming else None)
