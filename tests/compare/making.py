"""A world from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.simulator.parameters import Generation
from dashboard.simulator.shapes import SLOT
from tests.compare.plans import Plan, daily, every, hourly, on_weekdays
from tests.compare.worlds import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Course,
    Outage,
    Record,
    Story,
    Upstream,
    Version,
    World,
    text,
)

MOST_RUNS = 90  # of an account: what the newest page of the list holds
# No zone below changes its clocks within five weeks of the first two; in the others Berlin does, or New York.
BEGINNINGS = (
    datetime(2026, 6, 16, 6, 11, 13, tzinfo=UTC),
    datetime(2027, 1, 20, 21, 47, 9, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 31, 7, tzinfo=UTC),
    datetime(2027, 3, 14, 6, 31, 7, tzinfo=UTC),
)
ZONES = ("UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
NAMES = (
    "nightly report",
    "",
    "<b>tidy</b> & sort",
    "数据同步",
    "a" * 130,
    "=SUM(1)",
    "\u202eabc",
    "tidy\tup",
)
ERRORS = (
    ("timeout_error", "Turn {n} did not finish"),
    ("environment_archived_error", "Environment env_019fac66{n:04} is archived\nchoose another one"),
    ("", "no type was given at 2026-06-16T09:{n:02}:00Z"),
    ("unknown_error", ""),
)
ODD_RECORDS: tuple[Any, ...] = ("garbage", None, [], {}, {"id": ""}, {"id": "x" * 300}, 17)


class Maker:
    """What a seed decides, step by step."""

    def __init__(self, seed: int) -> None:
        """Nothing is made yet."""
        self.seed = seed
        self.chance = random.Random(seed)  # noqa: S311 - a world made up for a test
        self.begin = self.chance.choice(BEGINNINGS[:2])
        if random.Random(f"{seed} clocks").random() < 0.25:  # noqa: S311 - decides nothing else
            self.begin = BEGINNINGS[2 + seed % 2]
        self.interval = self.chance.choice((60, 120, 300)) * SECOND
        self.turns = self.chance.choice((12, 20, 30))
        self.end = self.begin + self.turns * self.interval
        self._seconds: set[datetime] = set()
        self._number = 0

    def world(self) -> World:
        """All of it."""
        names = ["default", "second", "dritt/e"][: self.chance.choice((1, 1, 2, 3))]
        turns = [self.begin + n * self.interval for n in range(self.turns)]
        accounts, keeps = [self._account(name) for name in names], self._keeps()
        restarts = self.chance.choice((0, 0, 1))
        page = self._page(accounts)
        self._switch(accounts)
        return World(
            seed=self.seed,
            interval=self.interval,
            accounts=accounts,
            turns=turns,
            looks=self._looks(),
            clock=self._clock(),
            keeps=keeps,
            starts=[*(at for at, _ in keeps[1:]), *(self._moment() for _ in range(restarts))],
            page=page,
        )

    def _switch(self, accounts: list[Upstream]) -> None:
        """In some worlds a deployment leaves one account for another, under its id."""
        chance = random.Random(f"{self.seed} switch")  # noqa: S311 - decides nothing else
        calm = [account for account in accounts if not account.outages and not account.odd_deployments]
        if len(calm) < 2 or chance.random() > 0.5:
            return
        left, joined = calm[:2]
        story = next((story for story in left.stories if not story.until and len(story.versions) == 1), None)
        if story is None:
            return
        [version] = story.versions
        story.until = self.begin + 1.5 * self.interval
        since = self.begin + 4.5 * self.interval  # by then it is known to have left
        joined.stories.append(Story(story.id, [replace(version, since=since)]))
        moved = [course for course in left.courses if course.record["deployment_id"] == story.id]
        later = [course for course in moved if course.phases[0][0] >= since]
        left.courses = [course for course in left.courses if course not in later]
        joined.courses = sorted([*joined.courses, *later], key=lambda course: course.phases[0][0])

    def _page(self, accounts: list[Upstream]) -> int:
        """How many runs a page holds: in some worlds few, and then nothing changes out of its reach."""
        if random.Random(f"{self.seed} pages").random() > 0.25:  # noqa: S311 - decides nothing else
            return 0
        for account in accounts:
            account.generations, account.odd_runs = account.generations[:1], []
            account.courses = [course for course in account.courses if _ends(course)]
            for course in account.courses:
                course.until = None
        return 5

    def _looks(self) -> list[datetime]:
        """One look in the middle, one after the end: in time, or when the reading has stopped for a while."""
        middle = self.begin + self.chance.randrange(3, self.turns) * self.interval
        after = self.chance.choice((0.1, 0.5, 0.9, 0.9, 3.5, 40)) * self.interval
        seconds = self.chance.uniform(0.1, 0.9) * self.interval
        last = self.end - self.interval
        return [look.replace(microsecond=0) for look in (middle - self.interval + seconds, last + after)]

    def _clock(self) -> list[tuple[datetime, timedelta]]:
        steps = [(self.begin - 400 * DAY, timedelta())]
        if self.chance.random() < 0.25:
            by = self.chance.choice((-HOUR, -7 * MINUTE, 3 * MINUTE, 2 * HOUR))
            steps.append((self._moment(0.3, 0.9), by))
        return steps

    def _keeps(self) -> list[tuple[datetime, int]]:
        keeps = [(self.begin - 400 * DAY, self.chance.choice((90, 90, 30, 2)))]
        if self.chance.random() < 0.3:
            keeps.append((self._moment(0.2, 0.6), self.chance.choice((1, 5))))
            keeps.append((self._moment(0.6, 0.9), self.chance.choice((5, 90))))
        return keeps

    def _moment(self, first: float = 0.0, last: float = 1.0) -> datetime:
        """An instant within a part of the time in which the world is read, never that of a turn."""
        at = self.begin + self.chance.uniform(first, last) * (self.end - self.begin)
        return at.replace(microsecond=500_000)

    def _account(self, name: str) -> Upstream:
        account = Upstream(name, self._generations())
        for _ in range(self.chance.randrange(2, 7)):
            self._deployment(account)
        if self.chance.random() < 0.3:
            account.odd_runs = self.chance.choices(ODD_RECORDS, k=self.chance.randrange(3))
            account.odd_deployments = self.chance.choices(ODD_RECORDS, k=self.chance.randrange(3))
            # What cannot be read may be whatever is missing: nothing is taken for gone then.
            for story in account.stories:
                story.until = None
            for course in account.courses:
                course.until = None
        if self.chance.random() < 0.3:
            self._runs_without_plan(account, "" if self.chance.random() < 0.5 else "dep_nobody", 2)
        account.courses = sorted(account.courses, key=lambda course: course.phases[0][0])[-MOST_RUNS:]
        self._keep_most_unfinished(account)
        account.outages = self._outages()
        return account

    def _keep_most_unfinished(self, account: Upstream) -> None:
        """Let one unfinished run leave at most: of several the sync asks in turn, which takes it longer."""
        leaving = [
            course
            for course in account.courses
            if course.until and "completed_at" not in course.phases[-1][1]
        ]
        for course in leaving[1:]:
            course.until = None

    def _generations(self) -> list[tuple[datetime, Generation]]:
        first: Generation = self.chance.choice((1, 1, 1, 2, "mixed"))
        generations: list[tuple[datetime, Generation]] = [(self.begin - 400 * DAY, first)]
        if self.chance.random() < 0.15:
            generations.append((self._moment(0.3, 0.8), 2))
        return generations

    def _outages(self) -> list[Outage]:
        outages = []
        for _ in range(self.chance.choice((0, 0, 1, 2))):
            since = self._moment(-0.1, 1.0)
            length = self.chance.choice((1, 3, 8, 40)) * self.interval
            of = self.chance.choice(("", "", "", "/deployments"))
            outages.append(Outage(since, since + length, self.chance.choice((500, 503, 401, 403, 429)), of))
        return outages

    # -- deployments

    def _plan(self) -> Plan | None:
        zone = self.chance.choice(ZONES)
        near = self.end.hour
        makers: tuple[Callable[[], Plan | None], ...] = (
            lambda: every(self.chance.choice((5, 10, 15, 30)), zone),
            lambda: hourly(self.chance.randrange(60), zone),
            lambda: daily(near, self.chance.randrange(60), "UTC"),
            lambda: daily(self.chance.randrange(24), self.chance.randrange(60), zone),
            lambda: on_weekdays(near, self.chance.randrange(60), "UTC"),
            lambda: None,
        )
        return self.chance.choice(makers)()

    def _deployment(self, account: Upstream) -> None:
        self._number += 1
        plan, born = self._plan(), self.begin - self.chance.choice((1, 5, 40)) * DAY
        record = self._record(f"dep_{self.chance.choice(('a', 'b/c', 'd?e', 'é'))}{self._number}", born)
        story = Story(record["id"], [Version(born, record, plan, promises=self.chance.choice((5, 5, 5, 1)))])
        account.stories.append(story)
        for at in sorted(self._moment() for _ in range(self.chance.choice((0, 0, 1, 2)))):
            self._change(story, at)
        if self.chance.random() < 0.08:
            story.until = self._moment(0.3, 1.0)
        if self.chance.random() < 0.85:
            self._runs(account, story)

    def _record(self, key: str, born: datetime) -> Record:
        timeout = self.chance.choice((None, 60_000, 600_000, 3_600_000))
        return {
            "id": key,
            "type": "deployment",
            "name": self.chance.choice(NAMES) or None,
            "description": self.chance.choice(("", "What it is for")),
            "agent": {"id": self.chance.choice(("agent_a", "agent_b")), "type": "agent", "version": 3},
            "environment_id": self.chance.choice(("env_a", "env_b")),
            "status": "active",
            "paused_reason": None,
            "archived_at": None,
            "created_at": text(born),
            "updated_at": text(born),
            "schedule": None,
            "initial_events": [{"type": "user.message", "content": "Go"}],
            "resources": [],
            "vault_ids": self.chance.choice(([], ["vlt_a"])),
            "metadata": {"cas_config": {"config": {"timeout_ms": timeout}}},
        }

    def _change(self, story: Story, at: datetime) -> None:
        """What somebody, or the API itself, does to a deployment."""
        last = story.versions[-1]
        edited = {"updated_at": text(at)}
        paused = edited | {"status": "paused"}
        errors = {"type": "error", "error": {"type": "quota_error", "message": "none left"}}
        active = {"status": "active", "paused_reason": None}
        changes: tuple[tuple[Record, dict[str, Any]], ...] = (
            (paused | {"paused_reason": {"type": "manual"}}, {}),
            (paused | {"paused_reason": errors}, {}),
            (paused | {"paused_reason": None}, {}),
            (paused | {"paused_reason": {"type": "quota_exceeded"}}, {}),
            (edited | {"archived_at": text(at)}, {}),
            (edited | active, {"plan": hourly(self.chance.randrange(60))}),
            (edited | active, {}),
            ({}, {"promises": 0}),
            ({}, {"promises": 5}),
            ({}, {"moved": self.chance.choice((7, 23)) * MINUTE}),
            (edited | {"status": "under_review"}, {}),
            (edited | {"name": "renamed"}, {}),
        )
        record, others = self.chance.choice(changes)
        story.versions.append(replace(last, since=at, record=last.record | record, **others))

    # -- runs

    def _runs(self, account: Upstream, story: Story) -> None:
        """Runs for most of its firings, and some that nobody promised."""
        usual = self.chance.choice((5, 20, 200)) * SECOND
        bad = self.chance.choice((0.0, 0.1, 0.5, 0.9))
        for at in self._firings(story):
            if self.chance.random() < 0.9:
                self._fired(account, story.id, at, usual, bad)
        self._runs_without_plan(account, story.id, self.chance.choice((0, 1, 3)))

    def _firings(self, story: Story) -> list[datetime]:
        """When it fired: some days back, and while it is watched, as the version of then says."""
        result: list[datetime] = []
        for number, version in enumerate(story.versions):
            more = story.versions[number + 1 :]
            until = more[0].since if more else self.end
            fires = version.record["status"] == "active" and not version.record["archived_at"]
            if version.plan and fires and version.promises:
                since = max(version.since, self.begin - 30 * DAY)
                firings = version.plan.between(since, until)
                result += [at + version.moved for at in firings]
        return sorted(result)[-14:]

    def _fired(self, account: Upstream, key: str, slot: datetime, usual: timedelta, bad: float) -> None:
        late = self.chance.choice((1, 2, 5, 20, 45, 45, 100, 400, -4)) * SECOND
        seen_later = self.chance.choice((0, 0, 0, 0, 0, 15)) * MINUTE
        course = self._course(key, "schedule", slot + late, usual, bad, {SLOT: text(slot)})
        course.phases = [(since + seen_later, record) for since, record in course.phases]
        account.courses.append(course)

    def _runs_without_plan(self, account: Upstream, key: str, number: int) -> None:
        for _ in range(number):
            at = self._moment(-6.0, 0.99).replace(microsecond=0)
            trigger = self.chance.choice(("manual", "retry"))
            account.courses.append(self._course(key, trigger, at, 30 * SECOND, 0.3, {}))

    def _course(
        self, key: str, trigger: str, at: datetime, usual: timedelta, bad: float, more: Record
    ) -> Course:
        """A run from its trigger to its end, with an end in most cases."""
        at = self._free(at)
        self._number += 1
        n = self._number
        waits, length = self.chance.choice((0, 1, 30)) * SECOND, usual * self.chance.uniform(0.6, 1.4)
        if self.chance.random() < 0.08:
            length *= 12
        started = at + waits + SECOND
        ended = started + timedelta(seconds=round(length.total_seconds(), 3))
        extras = {"attempt": 1 + (trigger == "retry"), "turn_id": f"turn_{n}"}
        record: Record = {
            "id": f"drun_{n:04}{'/é?' if n % 17 == 0 else ''}",
            "type": "deployment_run",
            "deployment_id": key or None,
            "agent": {"id": "agent_a", "type": "agent", "version": self.chance.choice((3, 3, 3, 4, None))},
            "created_at": text(at),
            "triggered_at": text(at),
            "status": "pending",
            "error": None,
            "trigger_context": {"type": trigger},
            "cas_run_extras": extras,
        } | more
        running = record | {"status": "running", "session_id": f"sess_{n:06}"}
        running["cas_run_extras"] = extras | {"started_at": text(started)}
        outcome = self._outcome(bad)
        phases: list[tuple[datetime, Record]] = [(at, record), (started, running)]
        if outcome == "skipped":
            phases = [(at, record | {"status": "skipped"})]
        elif outcome == "pending":
            phases = phases[:1]
        elif outcome != "running":
            phases.append((ended, self._ended(running, outcome, started, ended)))
        return Course(phases, self._until(outcome))

    def _outcome(self, bad: float) -> str:
        if self.chance.random() < bad:
            return "failed"
        return self.chance.choice(("completed",) * 14 + ("skipped", "running", "pending"))

    def _ended(self, running: Record, outcome: str, started: datetime, ended: datetime) -> Record:
        if self._number % 23 == 0:  # a time as some databases write it
            running = running | {"triggered_at": running["triggered_at"].replace("T", " ")}
        record = running | {"status": self._spelled(outcome), "completed_at": text(ended)}
        if self.chance.random() < 0.7:
            milliseconds = round((ended - started) / timedelta(milliseconds=1))
            record["duration_ms"] = str(milliseconds) if self._number % 19 == 0 else milliseconds
        if outcome == "failed":
            kind, message = self.chance.choice(ERRORS)
            message = message.format(n=self.chance.randrange(60))
            error: Any = {"type": kind or None, "message": message or None}
            record["error"] = error if self.chance.random() < 0.8 else message or "boom"
            if self.chance.random() < 0.3:
                record |= {"session_id": None}
        return record

    def _spelled(self, outcome: str) -> str:
        """The word of an outcome: in a few runs in other letters, or one that nobody has heard of."""
        odd = random.Random(f"{self.seed} {self._number}")  # noqa: S311 - decides nothing else
        return odd.choice((outcome.upper(), "cancelled", "timed_out")) if odd.random() < 0.06 else outcome

    def _until(self, outcome: str) -> datetime | None:
        """When it leaves the list, if it does."""
        if outcome in ("running", "pending") and self.chance.random() < 0.3:
            return self._moment(0.2, 0.9)
        return self._moment(0.2, 0.9) if self.chance.random() < 0.03 else None

    def _free(self, at: datetime) -> datetime:
        """A second at which no other run of this world was triggered: the order of two would be chance."""
        while at in self._seconds:
            at += SECOND
        self._seconds.add(at)
        return at


def _ends(course: Course) -> bool:
    """Whether a run comes to its end."""
    last = course.phases[-1][1]
    return "completed_at" in last or last["status"] == "skipped"


def make_world(seed: int) -> World:
    """The world of that seed; the same one each time."""
    return Maker(seed).world()


def zone_of_the_reader(seed: int) -> str:
    """The zone that the pages of that world are read in."""
    return random.Random(f"reader of {seed}").choice(ZONES)  # noqa: S311 - guards nothing
