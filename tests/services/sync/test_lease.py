"""One writer: of any number of processes exactly one writes, and a dead one is replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F, QuerySet
from django.utils import timezone

from dashboard.models import Feed, Lease, Run
from dashboard.services.sync.lease import SECONDS, LeaseHolder, LeaseLost, Tenure
from tests.factories import run_record
from tests.upstream import Upstream

pytestmark = pytest.mark.django_db(transaction=True)


def taken(holder: LeaseHolder) -> Tenure:
    """What a holder was given, where it was given the lease."""
    tenure = holder.take()
    assert tenure
    return tenure


def let_pass(seconds: float) -> None:
    """What so many seconds of silence do to the lease, by the clock of the database."""
    Lease.objects.update(expires_at=F("expires_at") - timedelta(seconds=seconds))


@pytest.fixture
def upgraded() -> Iterator[Callable[[], None]]:
    """What a process of a later version does to the database when it starts."""
    recorder = MigrationRecorder(connection)
    yield lambda: recorder.record_applied("dashboard", "9999_of_a_later_version")
    recorder.record_unapplied("dashboard", "9999_of_a_later_version")


def test_a_process_of_an_earlier_version_writes_nothing_more(upgraded: Callable[[], None]) -> None:
    holder, other = LeaseHolder(), LeaseHolder()
    tenure = taken(holder)

    def write(meanwhile: Callable[[], object]) -> None:
        with tenure.writing():
            Feed.objects.create(account="written")
            meanwhile()

    with pytest.raises(LeaseLost):
        write(upgraded)
    assert not Feed.objects.exists()
    upgraded()
    with pytest.raises(LeaseLost):
        write(pytest.fail)
    assert holder.take() is None
    let_pass(SECONDS)
    assert not other.may_take()
    assert other.take() is None


def test_it_says_so_once_and_looks_on(
    upgraded: Callable[[], None], upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    upgraded()
    loop = upstream.loop()
    assert not loop.turn()
    assert not loop.turn()
    assert caplog.messages == ["a later version has changed the database: this one writes nothing any more"]
    assert not Feed.objects.exists()


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
    let_pass(-30)  # the clock was set back since
    assert second.take()


@pytest.mark.parametrize("minutes", [-60, -5, 5, 60])
def test_a_host_whose_clock_is_off_neither_steals_nor_blocks(minutes: int) -> None:
    sound, off = LeaseHolder(), LeaseHolder()
    elsewhere = timezone.now() + timedelta(minutes=minutes)
    sound.take()
    with time_machine.travel(elsewhere):
        assert not off.may_take()
        assert not off.take()
    sound.release()
    with time_machine.travel(elsewhere):
        assert off.may_take()
        assert off.take()
    assert not sound.take()
    let_pass(SECONDS)
    assert sound.take()


def test_a_lease_from_before_the_clock_of_the_database_was_set_back_is_free() -> None:
    first, second = LeaseHolder(), LeaseHolder()
    first.take()
    let_pass(-30)
    assert not second.take()
    let_pass(-40)
    assert second.take()


def test_releasing_takes_nothing_from_another() -> None:
    first, second = LeaseHolder(), LeaseHolder()
    first.take()
    second.release()
    assert Lease.objects.get().holder == first.name


def test_a_dead_host_is_replaced_within_ten_seconds() -> None:
    first, second = LeaseHolder(), LeaseHolder()
    first.take()
    let_pass(SECONDS - 1)
    assert not second.may_take()
    assert not second.take()
    let_pass(1)
    assert second.may_take()
    assert second.take()
    assert SECONDS == 10


def test_a_writer_that_lost_its_lease_stops_before_its_next_write() -> None:
    first, second = LeaseHolder(), LeaseHolder()
    tenure = taken(first)
    let_pass(SECONDS)
    second.take()
    with pytest.raises(LeaseLost), tenure.writing():
        Lease.objects.all().delete()
    assert Lease.objects.get().holder == second.name


def test_what_was_read_before_the_lease_was_lost_is_not_written_after_it_was_won_again() -> None:
    first, second = LeaseHolder(), LeaseHolder()
    before = taken(first)
    let_pass(SECONDS)
    second.take()
    let_pass(SECONDS)
    after = taken(first)
    assert after.term == before.term + 2
    with pytest.raises(LeaseLost), before.writing():
        Lease.objects.all().delete()
    with after.writing():
        pass


def test_a_lease_that_ran_out_and_nobody_took_is_still_held() -> None:
    holder = LeaseHolder()
    tenure = taken(holder)
    let_pass(SECONDS + 1)
    with tenure.writing():
        pass
    assert holder.take() == tenure
    assert not LeaseHolder().take()


def test_a_transaction_that_lasts_longer_than_the_lease_renews_it_at_its_end() -> None:
    first, second = LeaseHolder(), LeaseHolder()
    with taken(first).writing():
        let_pass(SECONDS + 1)
    assert not second.take()


def test_renewing_keeps_the_lease_alive() -> None:
    first, second = LeaseHolder(), LeaseHolder()
    first.take()
    let_pass(SECONDS - 1)
    first.renew()
    let_pass(SECONDS - 1)
    assert not second.take()


def test_renewing_takes_no_lease_and_notices_one_that_was_lost() -> None:
    first, second = LeaseHolder(), LeaseHolder()
    first.renew()
    assert second.take()
    let_pass(SECONDS)
    first.take()
    second.renew()
    assert second.tenure is None
    assert not second.may_take()
    assert Lease.objects.get().holder == first.name


def test_of_two_who_look_at_a_free_lease_only_one_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = LeaseHolder(), LeaseHolder()
    look = QuerySet.exists

    def look_and_be_overtaken(rows: QuerySet[Lease]) -> bool:
        monkeypatch.undo()
        free = look(rows)
        assert second.take()
        return free

    monkeypatch.setattr(QuerySet, "exists", look_and_be_overtaken)
    assert not first.take()
    assert Lease.objects.get().holder == second.name


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

    def lose() -> Tenure | None:
        tenure = take()
        Lease.objects.update(holder="another")
        return tenure

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
