"""Nothing is written to the mirror but under the lease: each transaction looks first, under lock."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from dashboard.models import Gap, Note, Run
from dashboard.services.cloud.accounts import DEMONSTRATION
from dashboard.services.sync import Loop, heartbeat, lease
from dashboard.services.sync.lease import LeaseHolder
from dashboard.simulator import Fault
from tests.factories import deployment_record, run_record, stored_runs
from tests.upstream import Upstream
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)

WRITE = re.compile(r'\s*(INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')


class Watchman:
    """Looks at every statement: which tables were written, and which of them without a look at the lease."""

    def __init__(self) -> None:
        """Nothing has been written yet."""
        self.written: set[str] = set()
        self.unfenced: list[str] = []
        self._fenced = False

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        """Note what a statement does, and let it pass."""
        self._fenced &= connection.in_atomic_block
        if 'FROM "dashboard_lease"' in sql and connection.in_atomic_block and not self._fenced:
            self._fenced = True
            transaction.on_commit(self._open)
        elif (write := WRITE.match(sql)) and write[2] != "dashboard_lease":
            self.written.add(write[2])
            self.unfenced += [] if self._fenced else [sql]
        return execute(sql, *rest)

    def _open(self) -> None:
        self._fenced = False


def test_every_transaction_that_writes_looks_at_the_lease_first(upstream: Upstream, settings: Any) -> None:
    now = timezone.now()
    stored_runs(run_record(9000, now), account=DEMONSTRATION)
    stored_runs(run_record(9001, now - timedelta(days=95)), account="default")
    Note.objects.create(account=DEMONSTRATION, text="seen", written_at=now)
    minutes = (now - timedelta(minutes=n) for n in range(2500))
    upstream.world.runs[:] = [
        run_record(n, at, "running" if n in (1, 1500) else "completed") for n, at in enumerate(minutes)
    ]
    promised = [(now + timedelta(seconds=s)).isoformat() for s in (0.2, 3600)]
    schedule = {"type": "cron", "expression": "0 * * * *", "timezone": "UTC", "upcoming_runs_at": promised}
    upstream.world.deployments[:] = [deployment_record(schedule=schedule)]
    watchman, loop = Watchman(), upstream.loop(interval=0.001)
    with connection.execute_wrapper(watchman):
        while not loop.complete() or not Run.objects.filter(account="default").exists():
            loop.turn()
        settings.RUN_RETENTION_DAYS = 100
        upstream.api.faults.append(Fault("status", status=503, times=None))
        loop.turn()
        upstream.api.faults.clear()
        upstream.world.runs.pop(1)
        loop.turn()
    assert not watchman.unfenced
    mirror = [model for model in apps.get_app_config("dashboard").get_models() if hasattr(model, "account")]
    assert watchman.written == {model._meta.db_table for model in mirror}
    assert not Run.objects.filter(account=DEMONSTRATION).exists()
    assert Gap.objects.count() <= 1


def test_the_lease_outlasts_an_answer_that_takes_longer_than_it(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "SECONDS", 1)
    monkeypatch.setattr(heartbeat, "EVERY", 0.1)
    upstream.world.runs[:] = [run_record(1, timezone.now())]
    upstream.api.faults.append(Fault("delay", seconds=3))
    looks: list[bool] = []
    other, stop = LeaseHolder(), Event()
    with Loop([upstream.account()], 60, stop) as loop:
        thread = Thread(target=loop._in_thread, args=(loop.syncs, 1, lambda: None))
        thread.start()
        wait_for(lambda: loop._holder.tenure)
        while thread.is_alive():
            looks.append(other.may_take())
            thread.join(0.2)
    assert len(looks) > 10
    assert not any(looks)
    assert Run.objects.exists()
    assert other.may_take()
