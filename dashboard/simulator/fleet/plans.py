"""Deployments as plans: everything about one that does not change from run to run."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from dashboard.simulator.fleet.catalogue import AGENTS, JOBS, ZONES, Job
from dashboard.simulator.fleet.marks import DAY, HOUR, MINUTE, SECOND, mark, micros, moment, number
from dashboard.simulator.records import Record

# Intervals in minutes that divide a day evenly, for fleets that are to have a given number of runs.
_LADDER = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 60, 120, 240, 480, 1440)
_RESERVE = 1.04


@dataclass(frozen=True)
class Plan:
    """One deployment.

    index: its number in the fleet; loose: its expression before it was tightened, empty if it never was
    delay: microseconds from slot to trigger; usual: microseconds a run takes in the middle; spread: sigma of
    the log-normal; created: microseconds; rota: its number among the story's members, size: how many they are
    """

    index: int
    job: Job
    name: str
    seed: int
    created: int
    expression: str
    loose: str = ""
    delay: int = 0
    usual: int = 0
    spread: float = 0.3
    timeout_ms: int = 300_000
    max_retries: int = 0
    max_concurrent: int = 1
    flakiness: float = 0.01
    rota: int = 0
    size: int = 1
    new_version_at: int = 0

    @property
    def zone(self) -> str:
        """The IANA name of the zone its schedule is read in."""
        return ZONES[self.job.zone]

    @cached_property
    def key(self) -> str:
        """Its id."""
        return mark("dep", self.created, number(self.seed, "deployment", self.index))

    @cached_property
    def agent(self) -> Record:
        """The agent it runs, as the API writes it."""
        which = self.index % AGENTS
        made = self.seed % 97 * DAY + 1_735_689_600 * SECOND + which * 3 * HOUR
        key = mark("agent", made, number(self.seed, "agent", which))
        version = 1 + number(self.seed, "version", which) % 7
        return {"id": key, "type": "agent", "version": version + (self.job.story == "new version")}

    @cached_property
    def _former_agent(self) -> Record:
        return self.agent | {"version": self.agent["version"] - 1}

    def agent_at(self, at: int) -> Record:
        """The agent in the version that a run triggered at that time is carried out by."""
        return self.agent if at >= self.new_version_at else self._former_agent


def plans(seed: int, count: int, start: int) -> list[Plan]:
    """The first `count` plans of a fleet whose history starts at a time in microseconds."""
    made = [_plan(seed, index, start) for index in range(count)]
    mates: defaultdict[str, list[int]] = defaultdict(list)
    for plan in made:
        mates[plan.job.story].append(plan.index)
    return [
        replace(plan, rota=mates[plan.job.story].index(plan.index), size=len(mates[plan.job.story]))
        for plan in made
    ]


def scaled(made: list[Plan], runs: int, days: int, rate: Callable[[Plan], float]) -> list[Plan]:
    """The plans with their schedules changed so that a little over `runs` runs come together in `days` days.

    rate: runs a day of a plan as it stands. Raises ValueError where one run a minute is not enough.
    """
    spare = [plan for plan in made if plan.job.story in ("", "rota", "slow rota")]
    fixed = sum(rate(plan) for plan in made if plan not in spare)
    need = runs / days * _RESERVE
    if need <= fixed + sum(map(rate, spare)):
        return made
    if need > fixed + 1440 * len(spare):
        raise ValueError(f"{runs} runs need more than {len(made)} deployments over {days} days")
    changed = {plan.index: plan for plan in _tightened(spare, need - fixed)}
    return [changed.get(plan.index, plan) for plan in made]


def _tightened(spare: list[Plan], need: float) -> list[Plan]:
    made = []
    for left, plan in zip(range(len(spare), 0, -1), spare, strict=True):
        minutes = max(step for step in _LADDER if step == 1 or 1440 / step >= need / left)
        need -= 1440 / minutes
        made.append(_every(plan, minutes))
    return made


def _every(plan: Plan, minutes: int) -> Plan:
    hours = minutes // 60
    expression = (
        ("*" if minutes == 1 else f"*/{minutes}") + " * * * *"
        if minutes < 60
        else f"0 */{hours} * * *"
        if hours < 24
        else "0 0 * * *"
    )
    return replace(plan, expression=expression, usual=min(plan.usual, minutes * 25 * SECOND))


def _plan(seed: int, index: int, start: int) -> Plan:
    job, copy = JOBS[index % len(JOBS)], index // len(JOBS)
    if copy and job.story:
        # Each story happens to one deployment; its copies do everyday work.
        job = replace(job, story="", expression=job.expression or "0 * * * *")
    dice = random.Random(number(seed, "plan", index))  # noqa: S311 (a fleet, not a secret)
    overrun = job.story == "overrun"
    return Plan(
        index=index,
        job=job,
        name=f"{job.name}-{copy + 1}" if copy else job.name,
        seed=seed,
        created=_created(start, dice),
        expression=job.expression,
        loose="*/10 * * * *" if job.story == "tight" else "",
        delay=dice.randrange(SECOND, 9 * SECOND),
        usual=int(job.usual * SECOND),
        spread=dice.uniform(0.12, 0.42) if job.story != "near limit" else 0.03 * dice.random(),
        # Just short of two of its intervals: two runs at a time are always going, none is skipped.
        timeout_ms=3_540_000 if overrun else _limit(job),
        max_retries=0 if overrun else dice.choice((0, 0, 0, 0, 1, 2)),
        max_concurrent=2 if overrun else 1,
        flakiness=dice.choice((0.0, 0.002, 0.005, 0.005, 0.01, 0.03)),
    )


def _limit(job: Job) -> int:
    """How long a run may take, in milliseconds."""
    if job.story == "near limit":
        return 300_000
    return 7_200_000 if job.usual > 600 else 1_800_000


def _created(start: int, dice: random.Random) -> int:
    """Some time in the year before the history's: far enough back, and the same after a restart tomorrow."""
    year = moment(start).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    before = micros(year.replace(year=year.year - 1))
    return (
        before
        + dice.randrange(300) * DAY
        + dice.randrange(7 * 60, 19 * 60) * MINUTE
        + dice.randrange(60) * SECOND
    )
