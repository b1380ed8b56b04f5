"""The runs of one deployment on one day: when they start, how they end.

Every slot draws the same number of dice whatever becomes of it, so that a run's fate hangs on the seed, the
deployment and the day alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from math import exp
from typing import NamedTuple

from dashboard.simulator.fleet import slots
from dashboard.simulator.fleet.marks import DAY, HOUR, MINUTE, SECOND, number
from dashboard.simulator.fleet.stories import Story
from dashboard.simulator.fleet.troubles import CONCURRENCY, LOST, ORDINARY, TIMEOUT, TROUBLES

COMPLETED, FAILED, SKIPPED = range(3)
MANUAL, SCHEDULE, RETRY = range(3)
NO_SLOT = -1
# Of the deployments that miss a slot each hour, or of three every four hours, and start late for another.
_SKIPPED_AT, _LATE_AT, _LATE_BY = 30 * MINUTE, 50 * MINUTE, 4 * MINUTE
_ROUND, _SKIPPED_IN_ROUND, _LATE_IN_ROUND = 12 * HOUR, 4 * HOUR, 8 * HOUR
_FAST_ONE_OF, _FAST_PART = 29, 20  # of the deployment some of whose runs are suspiciously fast


class FleetRun(NamedTuple):
    """One run from birth to end; times in microseconds.

    slot: the instant its schedule promised; pend: from trigger to start; length: from start to end, or from
    trigger to end where no session came to be; trouble: index in TROUBLES, of no meaning when completed
    """

    at: int
    plan: int
    slot: int
    pend: int
    length: int
    outcome: int
    trigger: int
    attempt: int
    trouble: int
    salt: int

    @property
    def end(self) -> int:
        """When it is over."""
        return self.at + self.pend + self.length


class Dice(NamedTuple):
    """What one start draws: an identity, two uniform numbers and a normal one."""

    salt: int
    luck: float
    part: float
    bell: float


def of_day(story: Story, day: int, busy: list[int]) -> Iterator[FleetRun]:
    """The runs whose first attempt is triggered on that day, by a slot or manually.

    busy: when the runs that are still going will end; kept up to date for the days to come.
    """
    dice = random.Random(number(story.plan.seed, "day", story.plan.index, day))  # noqa: S311 (no secret)
    for at, slot in _starts(story, day, dice):
        drawn = Dice(dice.getrandbits(64), dice.random(), dice.random(), dice.gauss(0, 1))
        if story.created <= at < min(story.stops, story.silent_from):
            yield from _fired(story, at + drawn.salt % 400_000, slot, drawn, busy)


def _starts(story: Story, day: int, dice: random.Random) -> list[tuple[int, int]]:
    """Times of triggering with their slots, in order."""
    plan, expression = story.plan, story.expression_on(day)
    manual = dice.randrange(5) if plan.job.story == "manual" else int(dice.random() < 0.08)
    starts = [(day * DAY + dice.randrange(7 * HOUR, 18 * HOUR), NO_SLOT) for _ in range(manual)]
    if expression:
        starts += [(slot + plan.delay, slot) for slot in slots.of_day(expression, plan.zone, day)]
    starts = [(at + _late_by(story, slot), slot) for at, slot in starts if not _left_out(story, slot)]
    return sorted(starts) if plan.job.story != "never" else starts[manual:]


def _left_out(story: Story, slot: int) -> bool:
    """Whether nothing starts for a slot."""
    if slot == NO_SLOT:
        return False
    skipped = {"gaps": slot % HOUR == _SKIPPED_AT, "irregular": slot % _ROUND == _SKIPPED_IN_ROUND}
    return skipped.get(story.plan.job.story, story.recedes(slot))


def _late_by(story: Story, slot: int) -> int:
    """How much later than its slot a start comes."""
    late = {"gaps": slot % HOUR == _LATE_AT, "irregular": slot % _ROUND == _LATE_IN_ROUND}
    return _LATE_BY if slot != NO_SLOT and late.get(story.plan.job.story) else 0


def _fired(story: Story, at: int, slot: int, drawn: Dice, busy: list[int]) -> Iterator[FleetRun]:
    """A first attempt and the retries that follow it."""
    busy[:] = [end for end in busy if end > at]
    trigger = MANUAL if slot == NO_SLOT else SCHEDULE
    if len(busy) >= story.plan.max_concurrent:
        yield FleetRun(at, story.plan.index, slot, 0, 0, SKIPPED, trigger, 1, CONCURRENCY, drawn.salt)
        return
    run = _attempt(story, at, slot, drawn, trigger, 1)
    yield run
    while _retried(story, run):
        drawn = _again(run.salt)
        run = _attempt(story, run.end + 20 * SECOND * run.attempt, slot, drawn, RETRY, run.attempt + 1)
        yield run
    busy.append(run.end)


def _retried(story: Story, run: FleetRun) -> bool:
    """Whether another attempt follows; a manual run is never retried."""
    left = run.attempt <= story.plan.max_retries and run.slot != NO_SLOT
    return left and run.outcome == FAILED and run.trouble in ORDINARY


def _again(salt: int) -> Dice:
    more = random.Random(salt)  # noqa: S311 (no secret)
    return Dice(more.getrandbits(64), 0.5 + more.random() / 2, more.random(), more.gauss(0, 1))


def _attempt(story: Story, at: int, slot: int, drawn: Dice, trigger: int, attempt: int) -> FleetRun:
    plan, trouble = story.plan, story.trouble(at)
    pend = 300_000 + drawn.salt % (12 * SECOND if drawn.part > 0.97 else 2 * SECOND)
    length = int(plan.usual * exp(plan.spread * drawn.bell))
    if plan.job.story == "too fast" and drawn.salt % _FAST_ONE_OF == 0:
        length //= _FAST_PART
    if trouble is None and drawn.luck < plan.flakiness:
        trouble = ORDINARY[drawn.salt % len(ORDINARY)]
    if trouble is None and length > plan.timeout_ms * 1000:
        trouble = TIMEOUT
    if trouble is None:
        return FleetRun(at, plan.index, slot, pend, length, COMPLETED, trigger, attempt, 0, drawn.salt)
    pend, length = _failing(plan.timeout_ms * 1000, trouble, pend, length, drawn)
    return FleetRun(at, plan.index, slot, pend, length, FAILED, trigger, attempt, trouble, drawn.salt)


def _failing(timeout: int, trouble: int, pend: int, length: int, drawn: Dice) -> tuple[int, int]:
    """How long a run waits and lasts that ends in trouble."""
    if trouble == TIMEOUT:
        return pend, timeout + drawn.salt % 90_000
    if trouble == LOST:
        return pend, 71 * HOUR + 18 * MINUTE + drawn.salt % SECOND
    if not TROUBLES[trouble].starts:
        return 0, 300_000 + drawn.salt % SECOND
    return pend, min(int(length * (0.1 + 0.9 * drawn.part)), timeout - SECOND)
