"""The lease is renewed beside the cycles, while its process comes forward."""

from __future__ import annotations

import logging
import time
from threading import Event, Thread

import pytest
from django.db import InterfaceError, OperationalError

from dashboard.models import Lease
from dashboard.services.sync import heartbeat
from dashboard.services.sync.heartbeat import Heartbeat
from dashboard.services.sync.lease import SECONDS, LeaseHolder
from tests.services.sync.test_lease import let_pass
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_heart_beats_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "EVERY", 0.01)
    holder, other = LeaseHolder(), LeaseHolder()
    heart = Heartbeat(holder)
    holder.take()
    let_pass(SECONDS - 5)
    before = Lease.objects.get().expires_at
    heart.start()
    wait_for(lambda: Lease.objects.get().expires_at > before)
    heart.stop()
    assert not heart._thread.is_alive()
    let_pass(SECONDS)
    assert other.take()


def test_a_heart_that_never_beat_can_be_stopped() -> None:
    Heartbeat(LeaseHolder()).stop()


def test_a_heart_beats_often_enough_for_two_beats_to_fail() -> None:
    assert 3 * heartbeat.EVERY < SECONDS


def test_a_cycle_that_stands_still_leaves_the_lease_to_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    holder, other = LeaseHolder(), LeaseHolder()
    heart = Heartbeat(holder)
    holder.take()
    with heart.cycle():
        let_pass(SECONDS - 1)
        heart.beat()
        assert not other.may_take()
        monkeypatch.setattr(heartbeat, "STANDSTILL", -1.0)
        let_pass(SECONDS)
        heart.beat()
        heart.beat()
        assert other.may_take()
        assert caplog.messages == [
            "a cycle has come to a standstill, and leaves the lease to other processes"
        ]
    heart.beat()  # between cycles nothing stands still
    assert not other.may_take()


def test_a_sign_keeps_a_long_cycle_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "STANDSTILL", 10.0)
    heart = Heartbeat(LeaseHolder())
    began = time.monotonic()
    with heart.cycle(), monkeypatch.context() as later:
        later.setattr(time, "monotonic", lambda: began + 11)
        assert heart._stands_still()
        heart.sign()
        assert not heart._stands_still()
    heart.sign()  # no cycle: nothing to note
    assert not heart._signs


def test_one_cycle_that_stands_still_is_enough() -> None:
    heart, over = Heartbeat(LeaseHolder()), Event()
    heart._signs[0] = time.monotonic() - heartbeat.STANDSTILL - 1

    def come_forward() -> None:
        with heart.cycle():
            over.wait()

    thread = Thread(target=come_forward)
    thread.start()
    assert heart._stands_still()
    over.set()
    thread.join()
    assert heart._stands_still()


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_beat_that_fails_is_one_line_while_it_lasts(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: type[Exception]
) -> None:
    holder = LeaseHolder()
    heart = Heartbeat(holder)
    holder.take()

    def fail() -> None:
        raise error("could not\nconnect")

    with caplog.at_level(logging.INFO, "dashboard"):
        with monkeypatch.context() as broken:
            broken.setattr(holder, "renew", fail)
            heart.beat()
            heart.beat()
        assert caplog.messages == [f"the lease cannot be renewed: {error.__name__}"]
        heart.beat()
        assert len(caplog.messages) == 1
