"""Sums that are kept by difference: whatever happens in whatever order, they are what counting gives."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.domain import record_reading
from dashboard.domain.states import Health
from dashboard.models import Deployment, Feed, Run, Tally
from dashboard.services import cloud
from dashboard.services.sync import repair, retention, unfinished_runs
from dashboard.services.sync.context import SyncContext
from dashboard.services.sync.lease import LeaseHolder
from tests.factories import Record, deployment_record, run_record, stored_deployments

pytestmark = pytest.mark.django_db
NOW = timezone.now()
MINUTE = timedelta(minutes=1)
ACCOUNT = "default"


class Sync:
    """The writer of one account, and what may happen to its runs."""

    def __init__(self) -> None:
        self.tenure: Any = LeaseHolder().take()
        self.reader = self._reader(timedelta(days=90))
        Feed.objects.get_or_create(account=ACCOUNT)
        self.reader.judge_all()

    def read(self, *raw: Record) -> None:
        """A page of the API is stored."""
        page = tuple(record_reading.read_run(record, json.dumps(record)) for record in raw)
        with self.reader.writing():
            self.reader.store(cloud.Page(page, 0, False, None))

    def lose(self, place: int) -> None:
        """The API lists one of the unfinished runs no more."""
        if runs := Run.objects.filter(open=True).order_by("run_id"):
            unfinished_runs._mark_gone(self.reader, runs[place % len(runs)])

    def prune(self, minutes: int) -> None:
        """Runs older than that are past keeping."""
        retention.prune(self._reader(timezone.now() - NOW + minutes * MINUTE))

    def _reader(self, keeps: timedelta) -> SyncContext:
        api: Any = None
        return SyncContext(ACCOUNT, api, self.tenure, keeps)


def run(number: int, minutes: int, status: str, key: str = "a") -> Record:
    return run_record(number, NOW - minutes * MINUTE, status, deployment_id=f"dep_{key}", duration_ms=number)


RUNS = st.builds(
    run,
    st.integers(1, 9),
    st.integers(-90, 90),
    st.sampled_from(["pending", "running", "completed", "failed", "skipped", "cancelled"]),
    st.sampled_from(["a", "b"]),
)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.lists(RUNS, min_size=1, max_size=4)),
        st.tuples(st.just("lose"), st.integers(0, 8).map(lambda place: [place])),
        st.tuples(st.just("prune"), st.integers(0, 90).map(lambda minutes: [minutes])),
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EVENTS)
def test_after_any_events_in_any_order_every_sum_is_what_counting_gives(events: list[Any]) -> None:
    with transaction.atomic():
        stored_deployments(deployment_record("a"), deployment_record("b"))
        sync = Sync()
        for name, values in events:
            getattr(sync, name)(*values)
            assert repair.differences(ACCOUNT) == [], (name, values)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "events",
    [
        [("read", run(1, 5, "running")), ("read", run(1, 5, "failed")), ("read", run(2, 9, "completed"))],
        [("read", run(2, 1, "completed"), run(1, 5, "failed")), ("read", run(2, 1, "failed"))],
        [("read", run(1, 5, "failed")), ("read", run(1, 5, "failed", "b"))],  # given to another deployment
        [("read", run(1, 5, "failed")), ("read", run(1, 45, "failed"))],  # stamped anew
        [("read", run(1, -60, "failed"), run(2, 5, "failed")), ("read", run(1, 60, "failed"))],  # dated ahead
        [("read", run(1, 5, "running"), run(2, 3, "pending")), ("lose", 0), ("lose", 0), ("lose", 0)],
        [("read", run(1, 60, "completed"), run(2, 50, "failed"), run(3, 5, "skipped")), ("prune", 20)],
        [("read", *(run(n, n, "completed") for n in range(1, 41))), ("read", run(50, 20, "completed"))],
    ],
)
def test_one_event_after_another_leaves_every_sum_right(events: list[tuple[Any, ...]]) -> None:
    stored_deployments(deployment_record("a"), deployment_record("b"))
    sync = Sync()
    for name, *values in events:
        getattr(sync, name)(*values)
        assert repair.differences(ACCOUNT) == []


def spoil() -> None:
    """One sum of each kind is wrong."""
    stored_deployments(deployment_record("a"))
    Sync().read(run(1, 5, "failed"), run(2, 30, "completed"))
    Tally.objects.filter(status="failed").update(number=7)
    Tally.objects.filter(status="completed").delete()
    Feed.objects.update(runs_kept=3)
    Deployment.objects.update(streak=5, health_rank=Health.ORDER.index(Health.OK))


def test_each_wrong_sum_is_named_and_left_as_it_is() -> None:
    spoil()
    lines = repair.differences(ACCOUNT)
    assert lines == repair.differences(ACCOUNT)
    assert [line.partition(" in quarter hour")[0] for line in lines] == [
        "dep_a: completed runs",
        "dep_a: failed runs",
        "runs kept: 3, counted 2",
        "dep_a: health: ok, by the rule failing",
        "dep_a: streak: 5, looked up 1",
    ]


def test_a_wrong_sum_is_set_right_and_pages_hear_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    spoil()
    version = Feed.objects.get().version
    call_command("mirror", repair=True)
    assert capsys.readouterr().out.splitlines()[-1] == "5 sums set right"
    assert repair.differences(ACCOUNT) == []
    assert (Deployment.objects.get().streak, Feed.objects.get().runs_kept) == (1, 2)
    assert Deployment.objects.get().health == Health.FAILING
    assert Feed.objects.get().version > version


def test_a_check_fails_where_a_sum_is_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("mirror", check=True)
    assert capsys.readouterr().out == "every sum is what counting gives\n"
    spoil()
    monkeypatch.setattr("dashboard.management.commands.mirror._MOST", 3)
    with pytest.raises(CommandError, match="5 sums are not"):
        call_command("mirror", check=True)
    assert capsys.readouterr().out.splitlines()[-1] == "default: and 2 more"
