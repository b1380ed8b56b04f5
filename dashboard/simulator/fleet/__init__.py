"""A believable account: deployments with histories, deterministic from a seed, alive as the clock moves.

What happens is fixed by the seed and the calendar; what is shown is decided by the clock. Runs of days to
come are added when the clock gets there.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime

from dashboard.simulator.fleet import days as daily
from dashboard.simulator.fleet import slots
from dashboard.simulator.fleet.columns import Columns
from dashboard.simulator.fleet.counters import FleetCounters
from dashboard.simulator.fleet.days import FleetRun
from dashboard.simulator.fleet.deploymentrecords import UpcomingSlots, record
from dashboard.simulator.fleet.marks import DAY, micros
from dashboard.simulator.fleet.plans import Plan, plans, scaled
from dashboard.simulator.fleet.promises import PastPromise, past_promises
from dashboard.simulator.fleet.runrows import RunRows
from dashboard.simulator.fleet.stories import story_of
from dashboard.simulator.records import ListRows, Record

Clock = Callable[[], datetime]


class Fleet:
    """A world of `deployments` deployments with `days` days of history.

    seed: equal seeds and clocks give equal worlds. runs: that many runs of history; schedules are tightened
    to reach it, the oldest runs are left out to keep to it. now: gives the time, an aware datetime; None for
    the computer's clock. Raises ValueError where `runs` cannot be reached.
    """

    def __init__(
        self,
        seed: int = 7,
        deployments: int = 40,
        days: int = 30,
        runs: int | None = None,
        now: Clock | None = None,
    ) -> None:
        """Build the history up to now."""
        self._clock = now or (lambda: datetime.now(UTC))
        built = self._now()
        start = built - days * DAY
        made = plans(seed, deployments, start)
        if runs is not None:
            made = scaled(made, runs, days, lambda plan: _rate(plan, start // DAY))
        self._stories = [story_of(plan, built) for plan in made]
        self._plans = [story.plan for story in self._stories]
        self._columns, self._next_day, self._late = Columns(deployments), start // DAY, list[FleetRun]()
        self._busy: defaultdict[int, list[int]] = defaultdict(list)
        self._lock, self._upcoming = threading.Lock(), UpcomingSlots()
        self._grow(built)
        self._columns.drop_oldest(self._surplus(built, start, runs))
        self._counters = FleetCounters(self._columns)
        self._counters.settle(built)

    def deployment_rows(self) -> ListRows:
        """The deployments as they are now, newest first."""
        with self._lock:
            now = self._settled()
            made = [record(story, self._counters, self._upcoming, now) for story in self._stories]
        return ListRows(sorted(made, key=_age, reverse=True))

    def run_rows(self) -> RunRows:
        """The runs triggered by now, newest first."""
        with self._lock:
            now = self._settled()
            return RunRows(self._columns, self._plans, now, self._counters.open)

    def past_promises(self, since: datetime, until: datetime) -> list[PastPromise]:
        """What it promised between two instants, in order for each deployment."""
        ends = micros(since), micros(until)
        return [promise for story in self._stories for promise in past_promises(story, *ends)]

    def _settled(self) -> int:
        now = self._now()
        self._grow(now)
        self._counters.settle(now)
        return now

    def _now(self) -> int:
        return micros(self._clock())

    def _grow(self, now: int) -> None:
        """Add every day that has begun."""
        while self._next_day <= now // DAY:
            self._add(self._next_day)
            self._next_day += 1

    def _add(self, day: int) -> None:
        """Add one day; a run that is triggered only after midnight, such as a retry, waits for the next."""
        runs = self._late
        for story in self._stories:
            runs.extend(daily.of_day(story, day, self._busy[story.plan.index]))
        runs.sort()
        end = (day + 1) * DAY
        self._late = [run for run in runs if run.at >= end]
        self._columns.extend(run for run in runs if run.at < end)

    def _surplus(self, now: int, start: int, runs: int | None) -> int:
        """How many of the oldest runs are too many."""
        known = self._columns.until(now)
        return max(self._columns.until(start), known - runs if runs is not None else 0)


def _rate(plan: Plan, day: int) -> float:
    """Runs a day; those that have stopped, or will, are not counted on."""
    counted = plan.expression and not plan.job.story.startswith(("paused", "archived"))
    return slots.per_day(plan.loose or plan.expression, plan.zone, day) if counted else 0.0


def _age(deployment: Record) -> tuple[str, str]:
    return deployment["created_at"], deployment["id"]
