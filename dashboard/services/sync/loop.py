"""The loop that keeps every account up to date: take the lease, one cycle each, wait, again."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from threading import Event, Thread
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import Error, close_old_connections, connections
from django.db.models import QuerySet

from dashboard.models import Feed
from dashboard.services import cloud
from dashboard.services.alerts import outbox, watcher
from dashboard.services.alerts.pruning import Pruning
from dashboard.services.cloud.accounts import DEMONSTRATION, Account
from dashboard.services.status.database import later_migrations
from dashboard.services.sync.cycle import AccountSync
from dashboard.services.sync.failures import describe_failure
from dashboard.services.sync.heartbeat import Heartbeat
from dashboard.services.sync.lease import LeaseHolder, LeaseLost, Tenure

# Between turns, how long until the next look whether a reader asks for one, or the process that held the
# lease has ended. It costs a small query, and bounds how many requests any number of readers can cause.
LOOK = 1.0  # seconds

logger = logging.getLogger(__name__)


class Stopped(Exception):  # noqa: N818 - it says what happened
    """The process was asked to stop while it was waiting."""


class Loop:
    """Reads all accounts until it is stopped."""

    def __init__(self, accounts: Sequence[Account], interval: float, stop: Event) -> None:
        """Read nothing yet.

        interval: seconds from the start of one turn to the start of the next
        stop: ends every wait, and the loop after it, once it is set
        """
        self._stop = stop
        self._interval = interval
        self._holder = LeaseHolder()
        self._heartbeat = Heartbeat(self._holder)
        self._outdated = False  # whether a later version was seen to have changed the database
        self._failures: dict[str, str] = {}  # the last one, by the names of the accounts
        self._watcher = watcher.Watcher(settings.HEARTBEAT_URL)
        self._pruning = Pruning()
        self._forgotten = any(account.simulated for account in accounts)
        self.syncs = [AccountSync(account, self._api(account)) for account in accounts]

    def __enter__(self) -> Loop:
        """Keep the lease from now on, once it is taken, however long an answer takes."""
        gc.freeze()  # modules and models last as long as the process: the collector need not walk them again
        self._heartbeat.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Give everything back."""
        self.close()

    def run(self, *, turns: int | None = None, after: Callable[[], object] = lambda: None) -> None:
        """Take turns until stopped, or for so many; `after` is called after each.

        Each account has a thread of its own, so that one whose API is slow does not hold up the others.
        """
        others = [
            Thread(target=self._in_thread, args=([sync], turns, after), daemon=True)
            for sync in self.syncs[1:]
        ]
        with self:
            for thread in others:
                thread.start()
            self._take_turns(self.syncs[:1], turns, after)
            for thread in others:
                thread.join()

    def turn(self) -> bool:
        """One cycle of each account, one after the other; whether all went well."""
        return self._turn(self.syncs)

    def _in_thread(self, *arguments: Any) -> None:
        try:
            self._take_turns(*arguments)
        finally:
            connections.close_all()

    def _take_turns(
        self, syncs: Sequence[AccountSync], turns: int | None, after: Callable[[], object]
    ) -> None:
        while not self._stop.is_set() and turns != 0:
            turns = None if turns is None else turns - 1
            started = time.monotonic()
            self._turn(syncs)
            self._report(after)
            if turns != 0:
                self._rest(syncs, started + self._interval)

    def _turn(self, syncs: Sequence[AccountSync]) -> bool:
        """One cycle of each of these accounts, unless another process writes; whether all went well."""
        names = ", ".join(sync.account.name for sync in syncs)
        try:
            with self._heartbeat.cycle():
                tenure = self._holder.take()
                self._note_later_version()
                well = tenure is not None and self._cycles(syncs, tenure)
            if self._failures.pop(names, None):
                logger.info("%s: the turns go on", names)
            return well
        except (LeaseLost, Stopped) as reason:
            logger.info("%s: the turn ends early: %s", names, type(reason).__name__)
        except Exception as error:  # a loop that watches must outlive what it did not foresee
            failure = describe_failure(error)
            if failure.kind != self._failures.get(names):
                logger.error("%s: the turn failed: %s", names, failure)
            self._failures[names] = failure.kind
        finally:
            close_old_connections()
        return False

    def _note_later_version(self) -> None:
        """Say once that this process only looks on from here on, where that is so."""
        if self._holder.tenure is None and not self._outdated and later_migrations().exists():
            self._outdated = True
            logger.warning("a later version has changed the database: this one writes nothing any more")

    def _report(self, after: Callable[[], object]) -> None:
        """Call what shows how far the reading is; without a database there is nothing to show."""
        try:
            after()
        except Error:
            pass
        finally:
            close_old_connections()

    def _cycles(self, syncs: Sequence[AccountSync], tenure: Tenure) -> bool:
        self._forget_demonstration(tenure)
        share = self._interval / len(syncs)
        well = [sync.cycle(tenure, self._deadline(share)) for sync in syncs]
        if syncs[0] is self.syncs[0]:
            outbox.deliver(tenure.writing)
            self._pruning.step(tenure.writing)
            if all(well):
                self._watcher.report()
        return all(well)

    def complete(self) -> bool:
        """Whether the history of every account has been read."""
        return all(sync.complete() for sync in self.syncs)

    def close(self) -> None:
        """Give the lease and the connections back."""
        self._heartbeat.stop()
        with suppress(Error):  # without a database the lease runs out by itself
            self._holder.release()
        for sync in self.syncs:
            sync.api.close()

    def _forget_demonstration(self, tenure: Tenure) -> None:
        """Remove what one left in a database that now serves real accounts: once, by the one that writes."""
        if not self._forgotten:
            with tenure.writing():
                for table in apps.get_app_config("dashboard").get_models():
                    if hasattr(table, "account"):
                        QuerySet(table).filter(account=DEMONSTRATION).delete()
            self._forgotten = True

    def _rest(self, syncs: Sequence[AccountSync], until: float) -> None:
        """Wait for the next turn, or until there is reason to take it at once."""
        while (left := until - time.monotonic()) > 0:
            if self._stop.wait(min(left, LOOK)) or self._called(syncs):
                return

    def _called(self, syncs: Sequence[AccountSync]) -> bool:
        """Whether a reader waits for one of these accounts, or the lease is free; as far as is known."""
        names = [sync.account.name for sync in syncs]
        asked = Feed.objects.filter(account__in=names, asked_at__isnull=False)
        try:
            return self._holder.may_take() or asked.exists()
        except Error:
            return False
        finally:
            close_old_connections()

    def _deadline(self, seconds: float) -> Callable[[], bool]:
        end = time.monotonic() + seconds
        return lambda: self._stop.is_set() or time.monotonic() >= end

    def _api(self, account: Account) -> cloud.Cloud:
        ask_on = partial(self._nap, 0.0)
        return cloud.Cloud(
            cloud.Transport(account.api_url, account.read_token, sleep=self._nap, before=ask_on)
        )

    def _nap(self, seconds: float) -> None:
        self._heartbeat.sign()
        if self._stop.wait(seconds):
            raise Stopped
