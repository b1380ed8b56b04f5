"""Worlds made from a seed: what happens upstream, and what happens to whoever reads it.

A world is a description without any behaviour: what each list of the API holds at each instant, when it is
read, when it answers, what our own clock shows, how long runs are kept. Instants are true ones; `host` gives
what our clock shows then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.simulator.parameters import Generation
from dashboard.simulator.shapes import shape_of
from tests.compare.plans import Plan

Record = dict[str, Any]
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))


def text(at: datetime) -> str:
    """An instant as the API writes it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True)
class Version:
    """What a deployment is from an instant on.

    promises: how many firings are promised, each `moved` by so much
    """

    since: datetime
    record: Record
    plan: Plan | None
    promises: int = 5
    moved: timedelta = timedelta()

    def at(self, now: datetime) -> Record:
        """The record as it is listed at an instant."""
        if self.plan is None:
            return self.record
        coming = [text(at + self.moved) for at in self.plan.next(now - self.moved, 5)][: self.promises]
        schedule = {"type": self.plan.kind, "expression": self.plan.expression, "timezone": self.plan.zone}
        return self.record | {"schedule": schedule | {"upcoming_runs_at": coming}}


@dataclass
class Story:
    """A deployment through time; `until` it leaves the list."""

    id: str
    versions: list[Version]
    until: datetime | None = None

    def at(self, now: datetime) -> Record | None:
        """Its record at an instant; None while it is not listed."""
        if self.until and self.until <= now:
            return None
        known = [version for version in self.versions if version.since <= now]
        return known[-1].at(now) if known else None


@dataclass
class Course:
    """A run through time: records by the instant from which they are listed; `until` it leaves the list."""

    phases: list[tuple[datetime, Record]]
    until: datetime | None = None

    @property
    def record(self) -> Record:
        """Its first record."""
        return self.phases[0][1]

    def at(self, now: datetime) -> Record | None:
        """Its record at an instant; None while it is not listed."""
        if self.until and self.until <= now:
            return None
        known = [record for since, record in self.phases if since <= now]
        return known[-1] if known else None


@dataclass(frozen=True)
class Outage:
    """A time in which the API does not answer; `of`: only the list whose path holds this."""

    since: datetime
    until: datetime
    status: int = 503
    of: str = ""


@dataclass
class Upstream:
    """One account as it really is."""

    name: str
    generations: list[tuple[datetime, Generation]]
    stories: list[Story] = field(default_factory=list)
    courses: list[Course] = field(default_factory=list)
    odd_runs: list[Any] = field(default_factory=list)
    odd_deployments: list[Any] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)

    def generation(self, now: datetime) -> Generation:
        """Which shape its records have."""
        return [generation for since, generation in self.generations if since <= now][-1]

    def deployments(self, now: datetime) -> list[Any]:
        """Its list of deployments, in the API's first shape."""
        return [*(row for story in self.stories if (row := story.at(now))), *self.odd_deployments]

    def runs(self, now: datetime) -> list[Any]:
        """Its list of runs, in the API's first shape."""
        return [*(row for course in self.courses if (row := course.at(now))), *self.odd_runs]

    def listed(self, now: datetime) -> tuple[list[Any], list[Any]]:
        """Deployments and runs as the API gives them."""
        shape = shape_of(self.generation(now))
        return [shape(row) for row in self.deployments(now)], [shape(row) for row in self.runs(now)]

    def outage(self, now: datetime) -> Outage | None:
        """What keeps it from answering, if anything does."""
        return next((outage for outage in self.outages if outage.since <= now < outage.until), None)


@dataclass
class World:
    """Some accounts, and how they are read.

    turns: when all accounts are read; looks: when the pages are looked at, after those turns
    clock: from when on our clock is how much ahead; keeps: from when on runs are kept for how many days
    starts: when a new process takes over, as for a change of the configuration
    page: how many runs the newest page holds, where older ones are read a page a turn; 0 where all are read
    """

    seed: int
    interval: timedelta
    accounts: list[Upstream]
    turns: list[datetime]
    looks: list[datetime]
    clock: list[tuple[datetime, timedelta]]
    keeps: list[tuple[datetime, int]]
    starts: list[datetime]
    page: int = 0

    def starts_anew(self, before: datetime, now: datetime) -> bool:
        """Whether another process reads at an instant than at one before it."""
        return any(before < at <= now for at in self.starts)

    def host(self, now: datetime) -> datetime:
        """What our clock shows at an instant."""
        return now + [ahead for since, ahead in self.clock if since <= now][-1]

    def kept_for(self, now: datetime) -> timedelta:
        """How long runs are kept, as it is configured at an instant."""
        return timedelta(days=[days for since, days in self.keeps if since <= now][-1])
