"""A mirror filled by the real sync over HTTP, and what the sync costs once there is little to do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.databases import Database
from benchmarks.processes import cpu_seconds, memory_mib, started

TOKEN = "opens-nothing"  # noqa: S105 - what the stand-in asks for
PACE = 0.1  # seconds between two requests of one account
PAGE = 1000  # runs
EVERY = 10  # seconds between two cycles
REST = 60.0  # seconds that a resting sync is watched
_DAILY = 25  # runs a day of a deployment of the stand-in, at the least: it is left as dense as it is
_KEPT = 90  # days, where the history is not longer

# What weeks of watching leave beside the runs that a first reading finds: a settled slot for each of them.
_SLOTS = """
INSERT INTO dashboard_slot (account, deployment_id, at, gap_s, outcome, reason, run_id, late_s, revised_from,
                            seen_at, settled_at)
SELECT account, deployment_id, at, 300, 'on time', '', run_id, 1, '', at, at FROM dashboard_run
WHERE trigger_type = 'schedule' AND true ON CONFLICT DO NOTHING
"""

Figures = dict[str, float]


@contextmanager
def stand_in(runs: int, deployments: int) -> Iterator[dict[str, str]]:
    """The stand-in API in a process of its own; yields the environment that makes the dashboard read it.

    More runs are a longer history, as dense as a short one: what a page shows of a week is the same in each.
    """
    days = max(runs // (_DAILY * deployments) + 1, 2)
    size = ("--runs", str(runs), "--deployments", str(deployments), "--days", str(days))
    with started("manage.py", "simulate", "--port", "0", "--token", TOKEN, *size) as simulator:
        assert simulator.stdout  # noqa: S101 - it was asked for
        url = simulator.stdout.readline().strip().partition("=")[2]
        if not url:
            raise SystemExit("the stand-in API does not start: see above")
        kept = max(days + 1, _KEPT)
        yield {"QODER_PAT": TOKEN, "QODER_API_URL": url, "RUN_RETENTION_DAYS": str(kept)}


def fill(database: Database, env: dict[str, str]) -> Figures:
    """Read all runs there are into a database that is migrated and empty; what that took."""
    began, speeds, peak, cpu, kept = time.monotonic(), list[tuple[float, int]](), 0.0, 0.0, 0
    with started("manage.py", "sync", env=env) as sync:
        while sync.poll() is None:
            time.sleep(0.25)
            peak, cpu = max(peak, memory_mib(sync.pid)), max(cpu, cpu_seconds(sync.pid))
            kept = _kept(database)
            speeds.append((time.monotonic() - began, kept))
        seconds = time.monotonic() - began
        if sync.returncode:
            raise SystemExit("the sync ends with an error: see above")
    size = database.settle()
    return {
        "runs": _kept(database),
        "seconds": seconds,
        "pace_seconds": _kept(database) / PAGE * PACE,
        "cpu_seconds": cpu,
        "speed_first": _speed(speeds, 0.0, 0.2),
        "speed_last": _speed(speeds, 0.8, 1.0),
        "peak_mib": peak,
        "bytes_per_run": size / max(_kept(database), 1),
    }


def rest(env: dict[str, str], seconds: float = REST) -> Figures:
    """What a sync of one cycle every ten seconds uses of a core, after its first ones."""
    with started("manage.py", "sync", "--every", str(EVERY), env=env) as sync:
        time.sleep(2 * EVERY)
        began, busy = time.monotonic(), cpu_seconds(sync.pid)
        time.sleep(seconds)
        return {"core": (cpu_seconds(sync.pid) - busy) / (time.monotonic() - began)}


def add_slots(database: Database) -> None:
    """Settle a slot for every scheduled run, as if the dashboard had watched all the time."""
    database.run(_SLOTS)
    database.settle()


def renew(database: Database) -> None:
    """Give the mirror another version, as a cycle that read something does."""
    database.run("UPDATE dashboard_feed SET version = version + 1")


def migrate(env: dict[str, str]) -> None:
    """Make the tables, and collect the static files that the server serves."""
    for command in (("migrate", "--verbosity", "0"), ("collectstatic", "--noinput", "--verbosity", "0")):
        with started("manage.py", *command, env=env) as process:
            if process.wait():
                raise SystemExit(f"manage.py {command[0]} fails: see above")


def _speed(progress: list[tuple[float, int]], first: float, last: float) -> float:
    """Runs a second between two shares of all that was read."""
    whole = max((runs for _, runs in progress), default=0)
    part = [(at, runs) for at, runs in progress if first * whole <= runs <= last * whole]
    (began, before), (ended, after) = (part[0], part[-1]) if part else ((0.0, 0), (0.0, 0))
    return (after - before) / (ended - began) if ended > began else 0.0


def _kept(database: Database) -> int:
    row = database.run("SELECT sum(runs_kept) FROM dashboard_feed")
    return int(row[0] or 0) if row else 0
