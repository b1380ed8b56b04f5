"""A stand-in upstream for tests: a world made by hand, served over real HTTP, and a sync to read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from unittest.mock import patch

from dashboard.services.cloud import transport
from dashboard.services.cloud.accounts import Account
from dashboard.services.sync import Loop
from dashboard.simulator import Scripted, Simulator, serve

TOKEN = "pt-only-for-tests-0123456789"


@dataclass
class Upstream:
    """The world, the API in front of it, and where that is."""

    world: Scripted
    api: Simulator
    url: str
    loops: list[Loop] = field(default_factory=list)

    def account(self, name: str = "default") -> Account:
        """An account that reads this upstream."""
        return Account(name, self.url, "https://qoder.com/cloud", "QODER_PAT", lambda: TOKEN)

    def loop(self, interval: float = 60.0) -> Loop:
        """A process of the sync; another call is another process, which takes the lease over."""
        for loop in self.loops:
            loop.close()
        self.loops.append(Loop([self.account()], interval, Event()))
        return self.loops[-1]

    def asked(self) -> list[str]:
        """What has been asked, as `path?query` without the limit, and forget it."""
        rows = [f"{e.path.rsplit('/', 1)[-1]}" for e in self.api.log]
        self.api.log.clear()
        return rows


@contextmanager
def opened() -> Iterator[Upstream]:
    """An upstream for as long as the context lasts.

    Nobody waits: pacing and backing off have tests of their own.
    """
    world = Scripted(deployments=[], runs=[])
    api = Simulator(world, token=TOKEN)
    with serve(api) as url, patch.multiple(transport, APART=0.0, BACKOFF=(0.001, 0.002, 0.004)):
        upstream = Upstream(world, api, url)
        yield upstream
        for loop in upstream.loops:
            for sync in loop.syncs:
                sync.api.close()
