"""What befalls a deployment as a whole: paused, archived, failing for days, stuck.

Stories are bound to the calendar, so that a fleet restarted with the same seed goes on where it was. Those
that must hold on the day one looks are bound to the `today` on which the fleet was built.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from dashboard.simulator.fleet import slots
from dashboard.simulator.fleet.marks import DAY, HOUR, MINUTE, SECOND, moment, number
from dashboard.simulator.fleet.plans import Plan
from dashboard.simulator.fleet.troubles import LOST, ORDINARY, TIMEOUT, VAULT

_FOREVER = 1 << 62
# Who runs often is noticed soon: no trouble lasts longer than about so many runs.
_NOTICED = 36


@dataclass(frozen=True)
class Story:
    """The life of one deployment; times in microseconds, None for what does not happen.

    expression: as it is now; loose_until: before this its looser expression held; stops: it fires no more
    silent_from: from then on its schedule goes on, and nothing runs
    """

    plan: Plan
    today: int
    created: int
    expression: str
    loose_until: int = 0
    stops: int = _FOREVER
    silent_from: int = _FOREVER
    paused: str = ""
    archived_at: int | None = None

    @property
    def updated(self) -> int:
        """When the deployment was last changed."""
        changed = self.stops if self.stops < _FOREVER else 0
        return max(self.created, changed, self.loose_until)

    def expression_on(self, day: int) -> str:
        """The cron expression in force on a day."""
        return self.plan.loose if self.loose_until and day * DAY < self.loose_until else self.expression

    @cached_property
    def patience(self) -> int:
        """How long a trouble of its own may last at most."""
        coming = slots.of_day(self.expression, self.plan.zone, self.today) if self.expression else ()
        return _NOTICED * DAY // max(1, len(coming)) // (1 + self.plan.max_retries)

    def recedes(self, slot: int) -> bool:
        """Whether a slot is taken back shortly before it is due: the next one is promised instead."""
        parity = _RECEDES.get(self.plan.job.story)
        return parity is not None and slot // DAY % 2 == parity

    def trouble(self, at: int) -> int | None:
        """What makes every run fail at a time, or None while nothing does."""
        cause = _TROUBLES.get(self.plan.job.story, _bad_days)
        return cause(self, at)


def story_of(plan: Plan, now: int) -> Story:
    """The story of a plan in a fleet built at a time."""
    today = now // DAY
    name = plan.job.story
    created, expression = _newborn(now) if name == "never" else (plan.created, plan.expression)
    stops = _STOPS[name] + today * DAY if name in _STOPS else _FOREVER
    if name == "new version":
        plan = replace(plan, new_version_at=today * DAY + _NEW_VERSION)
    return Story(
        plan=plan,
        today=today,
        created=created,
        expression=expression,
        loose_until=(today - 2) * DAY if plan.loose else 0,
        stops=stops,
        silent_from=today * DAY + _SILENT if name == "silent" else _FOREVER,
        paused={"paused by error": "error"}.get(name, "manual" if name.startswith("paused") else ""),
        archived_at=stops if name.startswith("archived") else None,
    )


def _newborn(now: int) -> tuple[int, str]:
    """A time of creation this morning, and a schedule whose first slot is days away."""
    day = min(moment(now + 9 * DAY).day, 28)
    return now - now % MINUTE - 3 * HOUR, f"0 6 {day} * *"


# Two take turns at it by the day, so that there is always one whose next run has moved.
_RECEDES = {"recedes, even": 0, "recedes, odd": 1}
# From the midnight before today.
_NEW_VERSION, _SILENT = -4 * HOUR, -2 * HOUR - 7 * MINUTE
_STOPS = {
    "paused early": -8 * DAY + 13 * HOUR + 7 * MINUTE + 21 * SECOND,
    "paused late": -4 * DAY + 9 * HOUR + 42 * MINUTE + 5 * SECOND,
    "paused by error": -DAY + 5 * HOUR + 16 * MINUTE,
    "archived early": -9 * DAY + 10 * HOUR + 2 * MINUTE + 50 * SECOND,
    "archived late": -6 * DAY + 14 * HOUR + 33 * MINUTE + 8 * SECOND,
}


def _overrun(story: Story, at: int) -> int | None:
    return TIMEOUT if (at // DAY - story.today + 1) % 28 < 4 else None


def _stuck(story: Story, at: int) -> int | None:
    """From yesterday on, the first run of every third day hangs until its session is given up."""
    day = at // DAY
    if day < story.today - 1 or (day - story.today + 1) % 3:
        return None
    first = slots.of_day(story.expression, story.plan.zone, day)[0]
    return LOST if first <= at < first + HOUR else None


def _paused_by_error(story: Story, at: int) -> int | None:
    return VAULT if story.stops - HOUR <= at else None


def _new_version(story: Story, at: int) -> int | None:
    """Since the new version of its agent nine runs of ten fail."""
    bad = at >= story.plan.new_version_at and number(story.plan.seed, "version", at // MINUTE) % 10
    return _ordinary(story.plan, "version") if bad else None


def _rota(story: Story, at: int) -> int | None:
    """Every half day another begins to fail; the one before it recovers once the new streak shows."""
    return _turns(story, at, 12 * HOUR, 27 * HOUR)


def _slow_rota(story: Story, at: int) -> int | None:
    """The same in days, for what runs once a day or little more."""
    return _turns(story, at, 3 * DAY, 5 * DAY + 2 * HOUR)


def _turns(story: Story, at: int, every: int, length: int) -> int | None:
    """Deployments take turns at failing: one begins every so often, and fails for that long."""
    plan = story.plan
    episode, into = divmod(at + plan.rota * every, plan.size * every)
    failing = into < min(length, plan.size * every // 2, story.patience)
    return _ordinary(plan, "rota", episode) if failing else None


def _bad_days(story: Story, at: int) -> int | None:
    """Now and then one to three bad days in a row, or a part of one."""
    week, into = divmod(at, 7 * DAY)
    luck = number(story.plan.seed, "luck", story.plan.index, week)
    into -= (luck >> 8) % (4 * 24) * HOUR
    bad = luck % 9 == 0 and 0 <= into < min(DAY + (luck >> 16) % 3 * DAY, story.patience)
    return _ordinary(story.plan, "luck", week) if bad else None


def _ordinary(plan: Plan, *episode: object) -> int:
    return ORDINARY[number(plan.seed, plan.index, *episode) % len(ORDINARY)]


_TROUBLES: dict[str, Callable[[Story, int], int | None]] = {
    "overrun": _overrun,
    "stuck": _stuck,
    "paused by error": _paused_by_error,
    "new version": _new_version,
    "rota": _rota,
    "slow rota": _slow_rota,
    "never": lambda _story, _at: None,
    "tight": lambda _story, _at: None,
    "near limit": lambda _story, _at: None,
    **dict.fromkeys(("gaps", "irregular", *_RECEDES), lambda _story, _at: None),
}
