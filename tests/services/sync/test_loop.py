"""The loop takes turns, outlives what goes wrong, and stops when asked to."""

from __future__ import annotations

import itertools
import logging
import re
import socket
import time
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from threading import Event, Thread

import pytest
from django.apps import apps
from django.db import DatabaseError, InterfaceError, OperationalError
from django.db.models import CharField, DateTimeField, QuerySet, TextField
from django.utils import timezone

from dashboard.models import (
    Acknowledgement,
    Alert,
    AlertedRun,
    AlertIncident,
    AlertRule,
    Deployment,
    Feed,
    Lease,
    Note,
    Run,
)
from dashboard.services.cloud import receiver
from dashboard.services.cloud.accounts import DEMONSTRATION
from dashboard.services.sync import Loop, loop
from dashboard.services.sync.context import SyncContext
from dashboard.services.sync.lease import LeaseHolder
from dashboard.simulator import Fault
from tests.factories import deployment_record, run_record, stored_deployments, stored_runs
from tests.upstream import Upstream

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_takes_as_many_turns_as_asked_and_gives_the_lease_back(upstream: Upstream) -> None:
    turns: list[int] = []
    upstream.loop(interval=0.01).run(turns=3, after=lambda: turns.append(1))
    assert len(turns) == 3
    assert Lease.objects.get().holder == ""


def test_it_waits_from_the_start_of_one_turn_to_the_next(upstream: Upstream) -> None:
    started = time.monotonic()
    upstream.loop(interval=0.3).run(turns=2)
    assert 0.3 <= time.monotonic() - started < 3


def test_it_stops_in_the_middle_of_a_wait(upstream: Upstream) -> None:
    stop = Event()
    loop = Loop([upstream.account()], 600, stop)
    loop.run(after=stop.set)
    assert Feed.objects.get().succeeded_at


def test_it_stops_in_the_middle_of_backing_off(upstream: Upstream) -> None:
    upstream.api.faults.append(Fault(kind="status", status=503, retry_after="9", times=None))
    stop = Event()
    loop = Loop([upstream.account()], 600, stop)
    Thread(target=stop_once_asked, args=(upstream, stop)).start()
    started = time.monotonic()
    assert not loop.turn()
    assert time.monotonic() - started < 5
    loop.close()


def stop_once_asked(upstream: Upstream, stop: Event) -> None:
    while not upstream.api.log:
        time.sleep(0.01)
    stop.set()


def test_a_failure_unforeseen_is_one_short_escaped_line_until_it_is_over(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    loop = upstream.loop()
    numbers = itertools.count()

    def fail(reader: SyncContext) -> None:
        raise OSError(f"no. {next(numbers)}\n2026-01-01 ERROR forged \x1b[2J" + "x" * 1000)

    monkeypatch.setattr("dashboard.services.sync.retention.widen", fail)
    with caplog.at_level(logging.INFO, "dashboard"):
        assert not loop.turn()
        assert not loop.turn()
    (line,) = caplog.messages
    where = r"dashboard/services/sync/cycle\.py:\d+"
    assert re.fullmatch(
        rf"default: the turn failed: OSError at {where}: no\. 0\\n2026.* forged \\x1b\[2Jx+…", line
    )
    assert len(line) < 350
    assert not caplog.records[0].exc_info
    caplog.clear()
    monkeypatch.undo()
    with caplog.at_level(logging.INFO, "dashboard"):
        assert loop.turn()
        assert loop.turn()
    assert caplog.messages == ["default: the turns go on"]


def test_a_failure_of_another_kind_is_another_line(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    loop = upstream.loop()
    for error in (OSError("a"), OSError("b"), RuntimeError("a"), OSError("a")):
        monkeypatch.setattr(loop._holder, "take", partial(fail_with, error))
        assert not loop.turn()
    assert [line.split(": ")[2] for line in caplog.messages] == [
        f"{name} at dashboard/services/sync/loop.py:{caplog.messages[0].split(':')[3]}"
        for name in ("OSError", "RuntimeError", "OSError")
    ]


def fail_with(error: Exception) -> None:
    raise error


def test_two_accounts_are_read_in_one_turn_and_kept_apart(upstream: Upstream) -> None:
    upstream.world.runs[:] = [run_record(1, timezone.now())]
    loop = Loop([upstream.account("one"), upstream.account("two")], 60, Event())
    assert loop.turn()
    loop.close()
    assert sorted(Run.objects.values_list("account", flat=True)) == ["one", "two"]


def test_an_account_that_does_not_answer_holds_up_no_other_one(upstream: Upstream) -> None:
    upstream.world.runs[:] = [run_record(1, timezone.now())]
    stop, turns = Event(), set[datetime]()
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and never answers
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        stalled = replace(upstream.account("stalled"), api_url=url)
        loop = Loop([upstream.account("sound"), stalled], 0.05, stop)

        def after() -> None:
            turns.update(filter(None, [Feed.objects.get(account="sound").succeeded_at]))
            if len(turns) >= 4:
                stop.set()
                silent.close()

        started = time.monotonic()
        loop.run(after=after)
    assert len(turns) >= 4
    assert time.monotonic() - started < receiver.DEADLINE


def test_an_account_that_is_well_does_not_make_the_failure_of_another_news_again(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    both = Loop([upstream.account(), replace(upstream.account(), name="other")], 600, Event())
    broken, well = both.syncs
    monkeypatch.setattr(broken, "cycle", lambda tenure, late: 1 / 0)
    assert not both._turn([broken])
    assert "ZeroDivisionError" in caplog.text
    assert both._turn([well])
    caplog.clear()
    assert not both._turn([broken])
    assert "ZeroDivisionError" not in caplog.text
    both.close()


def test_an_account_that_cannot_be_read_for_a_reason_unforeseen_is_trouble_and_shown(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    loop = upstream.loop()
    with monkeypatch.context() as patched:
        odd: dict[str, str] = {}
        patched.setattr("dashboard.services.sync.run_history.read_head", lambda reader: odd["key"])
        assert not loop.turn()
        assert "KeyError" in Feed.objects.get().error_message
        (line,) = caplog.messages
        unreadable = "an answer that cannot be read: KeyError at dashboard/services/sync/cycle.py:"
        assert line.startswith(f"default: Nonsense: {unreadable}")
        assert not caplog.records[0].exc_info
        caplog.clear()
        assert not loop.turn()
        assert caplog.text == ""
    assert loop.turn()
    assert Feed.objects.get().error_message == ""


def test_a_broken_account_leaves_the_other_one_live(upstream: Upstream) -> None:
    broken = replace(upstream.account("broken"), read_token=lambda: "pt-expired-0123456789")
    loop = Loop([broken, upstream.account("sound")], 60, Event())
    assert not loop.turn()
    loop.close()
    feeds = {feed.account: feed.error_family for feed in Feed.objects.all()}
    assert feeds == {"broken": "NotAccepted", "sound": ""}


def left_by_a_demonstration() -> None:
    stored_runs(run_record(1, timezone.now()), account=DEMONSTRATION)
    stored_deployments(deployment_record(), account=DEMONSTRATION)


def test_a_demonstration_is_forgotten_once_real_accounts_are_read(upstream: Upstream) -> None:
    left_by_a_demonstration()
    stored_runs(run_record(2, timezone.now()), account="default")
    upstream.loop().turn()
    assert [run.account for run in Run.objects.all()] == ["default"]
    assert not Deployment.objects.filter(account=DEMONSTRATION).exists()


def test_no_table_keeps_a_row_of_a_demonstration_that_is_forgotten(upstream: Upstream) -> None:
    tables = [model for model in apps.get_app_config("dashboard").get_models() if hasattr(model, "account")]
    assert len(tables) >= 8
    now = timezone.now()
    for model in tables:
        needed = [field for field in model._meta.concrete_fields if not field.primary_key]
        values = {
            field.attname: now if isinstance(field, DateTimeField) else 0
            for field in needed
            if not field.null and not field.has_default() and not isinstance(field, CharField | TextField)
        }
        if model is Acknowledgement:  # this and the next need a row of another table
            values["note_id"] = Note.objects.create(text="x", written_at=now).pk
        if model in (Alert, AlertedRun):
            rule, _ = AlertRule.objects.get_or_create(name="x", defaults={"made_at": now})
            incident = AlertIncident.objects.create(rule=rule, cause="x", label="x", opened_at=now)
            values |= {"incident_id": incident.pk} | ({"rule_id": rule.pk} if model is AlertedRun else {})
        QuerySet(model).create(**values | {"account": DEMONSTRATION})
    assert upstream.loop().turn()
    assert not [model for model in tables if QuerySet(model).filter(account=DEMONSTRATION).exists()]


def test_nothing_is_forgotten_by_a_process_that_does_not_write(upstream: Upstream) -> None:
    writer, other = (Loop([upstream.account()], 60, Event()) for _ in range(2))
    assert writer.turn()
    left_by_a_demonstration()
    assert not other.turn()
    assert Run.objects.filter(account=DEMONSTRATION).exists()
    writer.close()
    assert other.turn()
    assert not Run.objects.filter(account=DEMONSTRATION).exists()
    other.close()


def test_a_demonstration_that_goes_on_is_kept(upstream: Upstream) -> None:
    left_by_a_demonstration()
    upstream.world.deployments[:] = [deployment_record()]
    loop = Loop([upstream.account(DEMONSTRATION)], 60, Event())
    assert loop.turn()
    loop.close()
    assert Run.objects.exists()


def test_a_reader_who_asks_is_given_a_turn_at_once(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "LOOK", 0.01)
    started = time.monotonic()
    upstream.loop(interval=600).run(turns=2, after=lambda: Feed.objects.update(asked_at=timezone.now()))
    assert time.monotonic() - started < 60
    assert Feed.objects.get().asked_at, "the last one asked after the last turn"


def test_a_cycle_that_begins_answers_everybody_who_asked_before(upstream: Upstream) -> None:
    loop = upstream.loop()
    loop.turn()
    Feed.objects.update(asked_at=timezone.now())
    upstream.asked()
    loop.turn()
    assert Feed.objects.get().asked_at is None
    assert len(upstream.asked()) <= 3


def test_a_reader_who_asks_ends_the_wait_for_an_api_that_asked_for_patience(upstream: Upstream) -> None:
    loop = upstream.loop()
    loop.turn()
    assert not loop._called(loop.syncs)
    Feed.objects.update(asked_at=timezone.now(), retry_at=timezone.now() + timedelta(seconds=20))
    assert loop._called(loop.syncs)
    Feed.objects.update(account="another's")
    assert not loop._called(loop.syncs)


@pytest.mark.parametrize("error", [DatabaseError, InterfaceError])
def test_a_loop_that_cannot_know_whether_it_is_called_waits_for_its_turn(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    loop = upstream.loop()
    monkeypatch.setattr(loop._holder, "may_take", partial(fail_with, error()))
    assert not loop._called(loop.syncs)


def test_a_loop_that_waits_takes_over_as_soon_as_the_lease_is_free(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "LOOK", 0.01)
    upstream.world.runs[:] = [run_record(1, timezone.now())]
    leader, follower = LeaseHolder(), Loop([upstream.account()], 600, Event())
    leader.take()
    turns: list[bool] = []

    def after() -> None:
        turns.append(Run.objects.exists())
        leader.release()

    started = time.monotonic()
    follower.run(turns=2, after=after)
    assert turns == [False, True]
    assert time.monotonic() - started < 60


def test_a_loop_without_a_database_ends_all_the_same(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = upstream.loop()
    monkeypatch.setattr(only._holder, "release", partial(fail_with, OperationalError()))
    only.close()
    assert only.syncs[0].api._transport._http.is_closed


def test_a_loop_whose_progress_cannot_be_shown_goes_on(upstream: Upstream) -> None:
    turns: list[int] = []

    def after() -> None:
        turns.append(1)
        raise OperationalError("the server is gone")

    upstream.loop(interval=0.01).run(turns=2, after=after)
    assert len(turns) == 2
