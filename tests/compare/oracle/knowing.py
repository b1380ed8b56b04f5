"""What can be known of a world at each turn: the records that were listed, and what became of promises.

A turn in which the API answers reads everything. What was listed once and is not any more is kept; an
unfinished run, or a deployment, counts as gone once two turns did not list it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from dashboard.domain.states import Outcome
from tests.compare.oracle import promises
from tests.compare.oracle.changes import Change
from tests.compare.oracle.reading import SeenDeployment, SeenRun, read_run, usable
from tests.compare.worlds import MINUTE, SECOND, Outage, Upstream, World

Key = tuple[str, str]  # an account, and the id of a deployment
Healths = dict[Key, str]


class Reach(NamedTuple):
    """How far runs have been read where that takes many turns.

    since: from when on all of them are known; None where all are that are kept; ids: those that are known
    """

    since: datetime | None
    ids: set[str]


class AccountKnowledge:
    """What is known of one account.

    read_at: when all of it was read last, by our clock; tried_at: when that was tried last
    trouble: what the API answered the last time instead; trouble_since: when that began
    runs_read_at: when its runs were read last
    known_from: since when all runs are known; filling: whether older ones are still being read
    watched: spans without a break between two complete readings
    """

    def __init__(self, upstream: Upstream, interval: timedelta) -> None:
        """Nothing is known."""
        self.upstream = upstream
        self.name = upstream.name
        self.runs: dict[str, SeenRun] = {}
        self.deployments: dict[str, SeenDeployment] = {}
        self.read_at: datetime | None = None
        self.tried_at: datetime | None = None
        self.runs_read_at: datetime | None = None
        self.trouble: Outage | None = None
        self.trouble_since: datetime | None = None
        self.watched: list[list[datetime]] = []
        self.unreadable = 0
        self.known_from: datetime | None = None
        self.filling = False
        self._blink = max(30 * SECOND, 3 * interval)
        self._missing: set[str] = set()

    def start(self, keep_from: datetime) -> None:
        """A new process: what was missing once has to be missed twice again, and all is worked out anew."""
        self._missing.clear()
        for deployment in self.deployments.values():
            deployment.known_since = keep_from

    def turn(self, now: datetime, host: datetime, keeps: timedelta, reach: Reach | None) -> None:
        """Note what a turn at that true instant reads; `host` is what our clock shows."""
        self.tried_at, outage = host, self.upstream.outage(now)
        deployments, runs = self.upstream.listed(now)
        self.trouble = outage
        self.trouble_since = min(self.trouble_since or host, host) if outage else None
        if outage is None or outage.of:
            readable = [run for run in runs if usable(run)]
            if reach and reach.since:
                since = reach.since
                readable = [
                    raw
                    for raw in readable
                    if raw["id"] in reach.ids or read_run(self.name, raw, host).at >= since
                ]
            self._read_runs(readable, host, host - keeps)
            # Where the other list is refused for good, nothing older is asked for.
            if outage is None or outage.status == 403 or self.known_from is None:
                self.known_from = host - keeps
        if reach and self.known_from:
            self.known_from = max(reach.since or host - keeps, host - keeps)
        self.filling = bool(reach and reach.since)
        if outage is None:
            listed = [row for row in deployments if usable(row)]
            self._read_deployments(listed, host, max(now, host), host - keeps)
            self.unreadable = sum(not usable(record) for record in (*deployments, *runs))
            self.read_at = host
            self._watch(host)
            for deployment in self.deployments.values():
                mine = [run for run in self.runs.values() if run.key == deployment.key]
                promises.settle(deployment, mine, host, self.watched)
        self._forget(host - keeps)

    def complete_at(self, now: datetime, keeps: timedelta) -> bool:
        """Whether every run is known that is to be kept."""
        slack = 0 if self.filling else 5  # of what is still being read nothing is counted on
        return self.known_from is not None and self.known_from <= now - keeps + slack * MINUTE

    def _read_runs(self, listed: list[dict[str, Any]], host: datetime, keep_from: datetime) -> None:
        self.runs_read_at = host
        for raw in listed:
            run, before = read_run(self.name, raw, host), self.runs.get(raw["id"])
            if run.at >= keep_from and (before is None or _replaces(run, before)):
                self.runs[run.id] = run
        ids = {raw["id"] for raw in listed}
        for run in self.runs.values():
            if run.id not in ids and run.open and self._missed_twice(f"run {run.id}"):
                run.gone_at, run.status = host, Outcome.GONE
        self._missing -= {f"run {key}" for key in ids}

    def _read_deployments(
        self, listed: list[dict[str, Any]], host: datetime, later: datetime, keep_from: datetime
    ) -> None:
        """later: what the later one of our clock and the API's shows."""
        for raw in listed:
            before = self.deployments.get(raw["id"])
            deployment = SeenDeployment(self.name, raw, host, keep_from)
            if before:
                deployment.slots, deployment.totals = before.slots, before.totals
                if before.cadence == deployment.cadence:
                    deployment.known_since = before.known_since
            if before is None or before.gone_at or before.raw != deployment.raw:
                promises.note(deployment, before, later)  # the same record takes nothing back
            self.deployments[deployment.id] = deployment
        ids = {raw["id"] for raw in listed}
        for deployment in self.deployments.values():
            if deployment.id not in ids and not deployment.gone_at and self._missed_twice(deployment.id):
                deployment.gone_at = host
        self._missing -= ids

    def _missed_twice(self, key: str) -> bool:
        """Whether an earlier turn had missed it already."""
        if key in self._missing:
            return True
        self._missing.add(key)
        return False

    def _watch(self, host: datetime) -> None:
        current = next((span for span in self.watched[::-1] if span[1] >= host - self._blink), None)
        if current:
            current[1] = host
        else:
            self.watched.append([host, host])

    def _forget(self, keep_from: datetime) -> None:
        self.known_from = max(self.known_from, keep_from) if self.known_from else None
        for run in [run for run in self.runs.values() if run.at < keep_from]:
            del self.runs[run.id]
            if run.key[1] in self.deployments:
                self.deployments[run.key[1]].known_since = keep_from
        for deployment in self.deployments.values():
            deployment.slots = {at: slot for at, slot in deployment.slots.items() if at >= keep_from}


class Knowledge:
    """What is known of all accounts of a world."""

    def __init__(self, world: World) -> None:
        """Nothing is known."""
        self.world = world
        self._last = world.turns[0]
        self.accounts = [AccountKnowledge(account, world.interval) for account in world.accounts]
        self.healths: dict[datetime, Healths] = {}  # after each turn
        self.changes: dict[Key, list[Change]] = defaultdict(list)  # of these, oldest first

    def turn(
        self,
        now: datetime,
        reaches: Mapping[str, Reach | None],
        after: Callable[[AccountKnowledge], None] = lambda _: None,
    ) -> None:
        """Note what a turn at that true instant reads; `after` is called after each account."""
        for account in self.accounts:
            if self.world.starts_anew(self._last, now):
                account.start(self.world.host(now) - self.world.kept_for(now))
            account.turn(now, self.world.host(now), self.world.kept_for(now), reaches[account.name])
            after(account)
        self._last = now

    @property
    def runs(self) -> list[SeenRun]:
        """Every run that is kept, newest first."""
        runs = [run for account in self.accounts for run in account.runs.values()]
        return sorted(runs, key=lambda run: (run.at, run.id), reverse=True)

    @property
    def deployments(self) -> list[SeenDeployment]:
        """Every deployment that was ever listed."""
        return [row for account in self.accounts for row in account.deployments.values()]


def _replaces(run: SeenRun, before: SeenRun) -> bool:
    """A record that reports no outcome says less than one that does, once that was the last word."""
    if run.raw == before.raw and before.gone_at is None:
        return False
    return run.reported or before.open or before.gone_at is not None or not before.reported
