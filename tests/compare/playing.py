"""A world played: its API served over HTTP, read by the real sync, while the clock is ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from threading import Event
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import time_machine
from django.test import override_settings

from dashboard.models import Gap, Run
from dashboard.services.alerts import webhook
from dashboard.services.cloud import transport
from dashboard.services.cloud.accounts import Account
from dashboard.services.sync import Loop, absences, cycle, loop, run_history
from dashboard.simulator import Scripted, Simulator, serve, serving
from dashboard.simulator.faults import Fault
from tests.compare.alerts import RULES, make_rule
from tests.compare.oracle.knowing import AccountKnowledge, Knowledge, Reach
from tests.compare.oracle.view import Look
from tests.compare.worlds import Upstream, World
from tests.upstream import TOKEN

CONSOLE = "https://qoder.com/cloud"


class Player:
    """A world being played; `knowledge` follows what could be read of it."""

    def __init__(self, world: World, stack: ExitStack) -> None:
        """Serve each account; nothing has been read."""
        self.world = world
        self.knowledge = Knowledge(world)
        self.rules = [make_rule(name, *what) for name, what in RULES.items()]
        self.posted: list[bytes] = []  # what the rules send to webhooks
        self._now = world.turns[0]
        self._apis = {account.name: Simulator(Scripted([], []), token=TOKEN) for account in world.accounts}
        accounts = tuple(
            Account(
                name, stack.enter_context(serve(api)), "https://qoder.com/cloud", "QODER_PAT", lambda: TOKEN
            )
            for name, api in self._apis.items()
        )
        stack.enter_context(patch.multiple(transport, APART=0.0, BACKOFF=(0.0, 0.0, 0.0)))
        # The clock of the API is right, whatever ours shows.
        stack.enter_context(patch.object(serving._Handler, "date_time_string", self._http_date))
        stack.enter_context(patch.object(webhook, "post", lambda *message: self.posted.append(message[-1])))
        # What is written here is undone at the end, over this one connection.
        stack.enter_context(patch.object(loop, "close_old_connections"))
        steady = SimpleNamespace(monotonic=lambda: (self._now - world.turns[0]).total_seconds())
        stack.enter_context(patch.object(absences, "time", steady))
        seconds = world.interval.total_seconds()
        stack.enter_context(override_settings(ACCOUNTS=accounts, DEMONSTRATION=False, SYNC_INTERVAL=seconds))
        if world.page:
            stack.enter_context(patch.multiple(run_history, SMALL=world.page, FULL=2 * world.page))
            # So small a page hardly reaches all unfinished runs: asking for these leaves out nothing else.
            stack.enter_context(patch.object(cycle, "QUIET", 100))
        self._accounts = accounts
        self._loop = self._process()
        stack.callback(lambda: self._loop.close())

    def _http_date(self, _: Any = None) -> str:
        return format_datetime(self._now.replace(tzinfo=UTC), usegmt=True)

    def turn(self, now: datetime) -> None:
        """Read every account once."""
        if self.world.starts_anew(self._now, now):
            self._loop.close()
            self._loop = self._process()
        self._now = now
        for account in self.world.accounts:
            self._set(account, now)
        with self.clock(now):
            self._loop.turn()
        reaches = {row.name: self._read_so_far(row.name) for row in self.world.accounts}
        self.knowledge.turn(now, reaches, partial(self._alert, now))

    def _alert(self, now: datetime, account: AccountKnowledge) -> None:
        """What rules send of what was just read."""
        look = Look(self.knowledge, self.world.host(now), self.world.kept_for(now))
        for rule in self.rules:
            rule.read(account, look)

    @contextmanager
    def clock(self, now: datetime) -> Iterator[datetime]:
        """Our clock as it is at a true instant, and the configuration of then."""
        host, days = self.world.host(now), self.world.kept_for(now).days
        with time_machine.travel(host, tick=False), override_settings(RUN_RETENTION_DAYS=days):
            yield host

    def _process(self) -> Loop:
        return Loop(self._accounts, 0.0 if self.world.page else 600.0, Event())

    def _read_so_far(self, account: str) -> Reach | None:
        """How far the sync claims to have read, where it reads a page a turn: that is counted on."""
        if not self.world.page:
            return None
        gap = Gap.objects.filter(account=account).first()
        return Reach(gap.from_at if gap else None, {*_ids(account)})

    def _set(self, account: Upstream, now: datetime) -> None:
        api: Any = self._apis[account.name]
        api.generation = account.generation(now)
        api.world.deployments[:] = account.deployments(now)
        api.world.runs[:] = account.runs(now)
        outage = account.outage(now)
        api.faults[:] = [Fault("status", path=outage.of, times=None, status=outage.status)] if outage else []


def _ids(account: str) -> Iterable[str]:
    return Run.objects.filter(account=account).values_list("run_id", flat=True)


@contextmanager
def playing(world: World) -> Iterator[Player]:
    """A world ready to be played."""
    with ExitStack() as stack:
        yield Player(world, stack)


def moments(world: World) -> Iterator[tuple[str, datetime]]:
    """What happens in order: a `turn`, or a `look` at the pages."""
    both = [("turn", at) for at in world.turns] + [("look", at) for at in world.looks]
    yield from sorted(both, key=lambda pair: pair[1])
