"""One writer: of any number of processes exactly one writes, and a dead one is replaced."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from dashboard.models import Lease, Run
from dashboard.services.sync.lease import SECONDS, LeaseHolder, LeaseLost
from tests.factories import run_record
from tests.upstream import Upstream

pytestmark = pytest.mark.django_db(transaction=True)


def test_only_the_first_of_two_gets_the_lease() -> None:
    first, second = LeaseHolder(), LeaseHolder()
    assert first.take()
    assert not second.take()
    assert first.take()


def test_a_lease_given_back_is_free_at_once() -> None:
    first, second = LeaseHolder(), LeaseHolder()
    first.take()
    first.release()
    assert second.take()


def test_a_lease_without_a_holder_is_free_whatever_its_time() -> None:
    first, second = LeaseHolder(), LeaseHolder()
    first.take()
    first.release()
    with time_machine.travel(timezone.now() - timedelta(hours=1)):  # the clock was set back since
        assert second.take()


def test_a_lease_of_a_clock_that_was_far_ahead_is_free() -> None:
    first, second = LeaseHolder(), LeaseHolder()
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        first.take()
    assert second.take()


def test_a_holder_whose_clock_is_minutes_ahead_keeps_its_lease() -> None:
    first, second = LeaseHolder(), LeaseHolder()
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        first.take()
    assert not second.take()


def test_releasing_takes_nothing_from_another() -> None:
    first, second = LeaseHolder(), LeaseHolder()
    first.take()
    second.release()
    assert Lease.objects.get().holder == first.name


def test_a_dead_host_is_replaced_within_thirty_seconds() -> None:
    first, second = LeaseHolder(), LeaseHolder()
    first.take()
    with time_machine.travel(timezone.now() + timedelta(seconds=SECONDS)):
        assert second.take()
    assert SECONDS == 30


def test_a_writer_that_lost_its_lease_stops_before_its_next_write() -> None:
    first, second = LeaseHolder(), LeaseHolder()
    first.take()
    with time_machine.travel(timezone.now() + timedelta(seconds=SECONDS)):
        second.take()
        with pytest.raises(LeaseLost), first.writing():
            Lease.objects.all().delete()
    assert Lease.objects.get().holder == second.name


def test_writing_keeps_the_lease_alive() -> None:
    first, second = LeaseHolder(), LeaseHolder()
    first.take()
    with time_machine.travel(timezone.now() + timedelta(seconds=SECONDS - 1)), first.writing():
        pass
    with time_machine.travel(timezone.now() + timedelta(seconds=SECONDS + 1)):
        assert not second.take()


def test_a_process_without_the_lease_asks_and_writes_nothing(upstream: Upstream) -> None:
    upstream.world.runs[:] = [run_record(1, timezone.now())]
    other = LeaseHolder()
    other.take()
    assert not upstream.loop().turn()
    assert not Run.objects.exists()
    assert not upstream.api.log


def test_a_turn_ends_when_the_lease_is_lost_under_way(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.world.runs[:] = [run_record(1, timezone.now())]
    loop = upstream.loop()

    def lose() -> bool:
        taken = take()
        Lease.objects.update(holder="another")
        return taken

    take = loop._holder.take
    monkeypatch.setattr(loop._holder, "take", lose)
    assert not loop.turn()
    assert not Run.objects.exists()


if connection.vendor == "postgresql":  # elsewhere a process that stops keeps nothing but its file lock

    def test_the_server_ends_the_transaction_of_a_host_that_stopped_inside_it() -> None:
        with connection.cursor() as cursor:
            for limit in ("idle_in_transaction_session_timeout", "lock_timeout"):
                cursor.execute(f"SHOW {limit}")
                assert cursor.fetchone() == ("10s",)
