"""A sync that is killed again and again while it reads a long history ends equal to the upstream.

    make kills                 on SQLite
    .ci/postgres make kills    on PostgreSQL
    KILLS=20 KILLS_SEED=3 make kills

Each process is killed with SIGKILL at a random moment, in the middle of whatever it does, and the next one
starts. Meanwhile runs begin and finish. A lease that is left behind is cleared away, so as not to wait ten
seconds each time; but one in twenty has to run out.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from dashboard.domain.record_packing import unpack
from dashboard.domain.record_text import canonical
from dashboard.models.tally import quarter
from dashboard.services.sync.lease import SECONDS
from dashboard.simulator import Scripted, serve
from tests.factories import Record, deployment_record, run_record
from tests.hosts import Held, ask, environment, manage, scratch_database
from tests.upstream import TOKEN

pytestmark = pytest.mark.kills

KILLS = int(os.environ.get("KILLS", "100"))
SEED = int(os.environ.get("KILLS_SEED", "0")) or time.time_ns() % 1_000_000
RUNS = 300 * KILLS
DEPLOYMENTS = 12
LONGEST_LIFE = 2.0  # seconds
LIMIT = 900.0  # seconds for all of it


class World:
    """A long history in which runs begin and finish."""

    def __init__(self, chance: random.Random, size: int = RUNS) -> None:
        """So many runs, one a minute, newest first; one in ten has failed, a few have not finished."""
        self.chance, self.size, self.number, self.now = chance, size, size, timezone.now()
        deployments = [
            deployment_record(f"{n:02d}", created_at=self._text(size + n)) for n in range(DEPLOYMENTS)
        ]
        self.runs = [self._run(n, self._status(n)) for n in range(size)]
        self.scripted = Scripted(deployments, self.runs)
        self.scripted.order = "as given"

    def move(self) -> None:
        """Two runs begin, and one that has not finished does."""
        for _ in range(2):
            self.number += 1
            started = run_record(self.number, timezone.now(), "running", deployment_id=self._deployment())
            self.runs.insert(0, started)
        self.finish_one()

    def finish_one(self) -> None:
        """A run that has not finished does."""
        unfinished = [place for place, run in enumerate(self.runs) if run["status"] == "running"]
        self._finish(self.chance.choice(unfinished))

    def finish(self) -> None:
        """All runs finish."""
        for place, run in enumerate(self.runs):
            if run["status"] == "running":
                self._finish(place)

    def _finish(self, place: int) -> None:
        before = self.runs[place]
        at = datetime.fromisoformat(before["triggered_at"].replace("Z", "+00:00"))
        number = int(before["id"].removeprefix("drun_"), 16)
        word = self.chance.choice(["completed", "failed"])
        self.runs[place] = run_record(number, at, word, deployment_id=before["deployment_id"])

    def _run(self, place: int, status: str) -> Record:
        at = self.now - timedelta(minutes=place + 1)
        return run_record(self.size - place, at, status, deployment_id=self._deployment())

    def _status(self, place: int) -> str:
        if place % (self.size // 10) == 5:
            return "running"
        return "failed" if self.chance.random() < 0.1 else "completed"

    def _deployment(self) -> str:
        return f"dep_{self.chance.randrange(DEPLOYMENTS):02d}"

    def _text(self, minutes: int) -> str:
        return (self.now - timedelta(minutes=minutes)).isoformat()


@contextmanager
def forking(database: str, url: str, log: Path) -> Iterator[Any]:
    """A process that forks others which read that upstream into that database."""
    variables = environment(database, QODER_API_URL=url, QODER_PAT=TOKEN)
    with log.open("ab") as errors:
        parent = subprocess.Popen(
            [sys.executable, "-m", "tests.forked_sync"],
            cwd=settings.BASE_DIR,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    try:
        yield parent
    finally:
        parent.kill()
        parent.communicate()


def start(parent: Any) -> int:
    """The number of a process that has just been started."""
    parent.stdin.write(b"\n")
    parent.stdin.flush()
    return int(parent.stdout.readline())


def kill(pid: int) -> None:
    """End a process at once, and wait until it is gone."""
    os.kill(pid, 9)
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.005)


def test_a_fill_that_is_killed_again_and_again_ends_equal_to_the_upstream(tmp_path: Path) -> None:
    chance, began = random.Random(SEED), time.monotonic()  # noqa: S311 - guards nothing
    world = World(chance)
    api = Held(world.scripted)
    in_the_fill = 0
    with scratch_database(tmp_path) as database, serve(api) as url:
        manage(database, "migrate", "--verbosity=0")
        with forking(database, url, tmp_path / "log") as parent:
            for number in range(KILLS):
                pid = start(parent)
                wait = 0 if number % 20 or not number else SECONDS + 1
                time.sleep(wait + chance.uniform(0.05, LONGEST_LIFE))
                kill(pid)
                in_the_fill += not complete(database)
                world.move()
                if (number + 1) % 20:
                    ask(database, "UPDATE dashboard_lease SET holder = ''")
                assert time.monotonic() - began < LIMIT
            killed = time.monotonic() - began
            read = ask(database, "SELECT count(*) FROM dashboard_run")[0][0]
            world.finish()
            before = succeeded_at(database)
            pid = start(parent)
            while not (complete(database) and settled(database) and succeeded_at(database) != before):
                assert time.monotonic() - began < LIMIT, (tmp_path / "log").read_text("utf-8")[-2000:]
                time.sleep(0.5)
            kill(pid)
        assert not differences(database, world)
    seconds = time.monotonic() - began
    print(  # noqa: T201 - the figures, shown by `pytest -s`
        f"\nseed {SEED}: {KILLS} kills in {killed:.0f} s, {in_the_fill} of them before all was read;"
        f" {read} of {len(world.runs)} runs read by then, all of them after {seconds:.0f} s,"
        f" {len(api.log)} requests; equal"
    )


def _text(record: str | bytes) -> str:
    """A record as it was given: SQLite keeps it packed."""
    return unpack(record) if isinstance(record, bytes) else record


def complete(database: str) -> bool:
    """Whether history has been read to its end."""
    polled = ask(database, "SELECT 1 FROM dashboard_feed WHERE polled_at IS NOT NULL")
    return bool(polled) and not ask(database, "SELECT 1 FROM dashboard_gap")


def settled(database: str) -> bool:
    """Whether no run is left to be read again."""
    return not ask(database, "SELECT 1 FROM dashboard_run WHERE status = 'running'")


def succeeded_at(database: str) -> list[Any]:
    """When a whole cycle last went through."""
    return ask(database, "SELECT succeeded_at FROM dashboard_feed WHERE succeeded_at IS NOT NULL")


def differences(database: str, world: World) -> list[str]:
    """What the mirror has otherwise than the upstream: records, and what is added up of them."""
    runs = {run["id"]: run for run in world.runs}
    expected: dict[str, dict[Any, Any]] = {
        "runs": {run_id: canonical(run) for run_id, run in runs.items()},
        "deployments": {record["id"]: canonical(record) for record in world.scripted.deployments},
        "tallies": tallies(world.runs),
        "streaks": streaks(world.runs),
        "counts": {"default": (len(runs), len(runs))},
    }
    names = dict(ask(database, "SELECT digest, text FROM dashboard_name"))  # none on PostgreSQL
    mirrored: dict[str, dict[Any, Any]] = {
        "runs": {
            run_id: _text(record)
            for run_id, record in ask(database, "SELECT run_id, record_json FROM dashboard_run")
        },
        "deployments": dict(ask(database, "SELECT deployment_id, record_json FROM dashboard_deployment")),
        "tallies": {
            (names.get(deployment_id, deployment_id), *key): number
            for deployment_id, *key, number in ask(
                database,
                "SELECT deployment_id, quarter, status, number FROM dashboard_tally WHERE number != 0",
            )
        },
        "streaks": dict(ask(database, "SELECT deployment_id, streak FROM dashboard_deployment")),
        "counts": {
            account: (read, kept)
            for account, read, kept in ask(
                database, "SELECT account, runs_read, runs_kept FROM dashboard_feed"
            )
        },
    }
    return [
        f"{name}: {key}: {json.dumps(mirrored[name].get(key))} instead of {json.dumps(values.get(key))}"
        for name, values in expected.items()
        for key in {*values, *mirrored[name]}
        if mirrored[name].get(key) != values.get(key)
    ]


def tallies(runs: list[Record]) -> dict[Any, int]:
    """How many runs of a deployment had an outcome in a quarter of an hour."""
    counted: Counter[Any] = Counter()
    for run in runs:
        at = datetime.fromisoformat(run["triggered_at"].replace("Z", "+00:00")).astimezone(UTC)
        counted[run["deployment_id"], quarter(at), run["status"]] += 1
    return dict(counted)


def streaks(runs: list[Record]) -> dict[str, int]:
    """How many runs of each deployment have failed since one was completed; newest first."""
    counts = dict.fromkeys((run["deployment_id"] for run in runs), 0)
    over: set[str] = set()
    for run in sorted(runs, key=lambda run: str(run["triggered_at"]), reverse=True):
        if run["status"] == "completed":
            over.add(run["deployment_id"])
        elif run["deployment_id"] not in over:
            counts[run["deployment_id"]] += 1
    return counts
