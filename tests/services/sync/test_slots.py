"""The ledger, from a promise of the API to what became of it, with the clock in hand."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.apps import apps
from django.utils import timezone

from dashboard.models import Deployment, Feed, Gap, Slot, SlotTotal, Tally, Watch
from dashboard.services.sync import slots
from dashboard.simulator import Fault, serving
from tests.factories import NOW, Record, deployment_record, run_record, stored_deployments, text
from tests.judging import judged
from tests.upstream import Upstream

pytestmark = pytest.mark.django_db(transaction=True)
DUE = NOW + timedelta(minutes=5)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Clocked:
    """An upstream with one deployment, and a sync whose clock we set."""

    def __init__(self, upstream: Upstream, clock: time_machine.Traveller) -> None:
        self.upstream, self.clock = upstream, clock
        self.promise(DUE, DUE + DAY, DUE + 2 * DAY)

    def promise(self, *upcoming: object, **changes: object) -> None:
        """What the deployment promises from now on."""
        schedule = {"type": "cron", "expression": "47 9 * * *", "timezone": "UTC"}
        schedule["upcoming_runs_at"] = [text(at) for at in upcoming]  # type: ignore[assignment,arg-type]
        record = deployment_record(schedule=schedule, created_at=text(NOW))
        self.upstream.world.deployments[:] = [record | changes]

    def read(self, *runs: Record) -> None:
        """Put runs upstream, and read."""
        self.upstream.world.runs[:0] = runs
        loop = self.upstream.loops[-1] if self.upstream.loops else self.upstream.loop()
        assert loop.turn()

    def watch(self, until: object) -> None:
        """Read every minute until then, which is no gap to a sync that looks three times a minute."""
        while timezone.now() < until:  # type: ignore[operator]
            self.clock.shift(60)
            self.read()


@pytest.fixture
def clocked(upstream: Upstream, settings: Any) -> Iterator[Clocked]:
    settings.SYNC_INTERVAL = 20.0
    with time_machine.travel(NOW, tick=False) as clock:
        yield Clocked(upstream, clock)


def outcome() -> str:
    return Slot.objects.order_by("at")[0].outcome


def health() -> str:
    return judged(timezone.now()).get().health


def test_every_promise_is_written_down_once(clocked: Clocked) -> None:
    clocked.read()
    clocked.read()
    assert [slot.at for slot in Slot.objects.order_by("at")] == [DUE, DUE + DAY, DUE + 2 * DAY]
    assert {(slot.outcome, slot.gap_s) for slot in Slot.objects.all()} == {("due", 86_400)}


def test_a_promise_without_a_run_is_missed_within_a_minute_after_the_tolerance(clocked: Clocked) -> None:
    clocked.read()
    clocked.watch(DUE + 10 * MINUTE)
    assert (outcome(), health()) == ("due", "late")
    clocked.watch(DUE + 11 * MINUTE)
    assert (outcome(), health()) == ("missed", "missed")


def test_a_promise_that_nobody_watched_is_unobserved_and_never_missed(clocked: Clocked) -> None:
    clocked.read()
    clocked.clock.move_to(DUE + timedelta(hours=1))
    clocked.promise(DUE + DAY)
    clocked.read()
    assert (outcome(), health()) == ("unobserved", "unknown")
    clocked.watch(DUE + timedelta(hours=1, minutes=2))
    assert outcome() == "unobserved"


def test_an_api_that_was_away_over_the_instant_leaves_it_unobserved(clocked: Clocked) -> None:
    clocked.read()
    clocked.upstream.api.faults.append(Fault(kind="status", status=503, times=None))
    clocked.clock.move_to(DUE + MINUTE)
    assert not clocked.upstream.loops[-1].turn()
    clocked.upstream.api.faults.clear()
    clocked.clock.move_to(DUE + 20 * MINUTE)
    clocked.read()
    assert outcome() == "unobserved"


def test_a_deployment_paused_before_it_was_due_withdraws_the_slot(clocked: Clocked) -> None:
    clocked.read()
    clocked.promise(DUE, DUE + DAY, status="paused", paused_reason={"type": "manual"})
    clocked.watch(DUE + 11 * MINUTE)
    first = Slot.objects.order_by("at")[0]
    assert (first.outcome, first.reason) == ("withdrawn", "paused")
    assert health() == "paused"


def test_a_deployment_that_is_resumed_in_time_is_due_again(clocked: Clocked) -> None:
    clocked.read()
    clocked.promise(DUE, status="paused", paused_reason={"type": "manual"})
    clocked.read()
    assert outcome() == "withdrawn"
    clocked.promise(DUE, DUE + DAY)
    clocked.read()
    assert (outcome(), Slot.objects.order_by("at")[0].reason) == ("due", "")


@pytest.mark.parametrize(
    ("delay", "result", "late"), [(4, "on time", 4), (90, "late", 90), (3600, "late", 3600)]
)
def test_a_run_after_its_slot_tells_by_how_much(clocked: Clocked, delay: int, result: str, late: int) -> None:
    clocked.read()
    clocked.watch(DUE)
    at = DUE + timedelta(seconds=delay)
    clocked.watch(min(at, DUE + 11 * MINUTE))
    clocked.clock.move_to(at)
    clocked.read(run_record(1, at))
    slot = Slot.objects.order_by("at")[0]
    assert (slot.outcome, slot.late_s, slot.run_id) == (result, late, f"drun_{1:032x}")
    assert slot.revised_from == ("missed" if delay == 3600 else "")


def late_run(clocked: Clocked) -> None:
    """A run that shows up after its slot was missed, in a cycle that cannot read the deployments."""
    clocked.read()
    clocked.watch(DUE + 13 * MINUTE)
    assert outcome() == "missed"
    clocked.upstream.world.runs[:] = [run_record(1, DUE + 5 * MINUTE)]
    clocked.upstream.api.faults.append(Fault("status", path="/deployments", status=403))
    clocked.clock.shift(60)
    assert not clocked.upstream.loops[-1].turn()


def test_a_late_run_that_was_read_in_a_troubled_cycle_meets_its_slot_in_the_next(clocked: Clocked) -> None:
    late_run(clocked)
    clocked.clock.shift(60)
    clocked.read()
    assert (outcome(), Slot.objects.order_by("at")[0].revised_from) == ("late", "missed")


def test_a_late_run_that_an_earlier_process_read_meets_its_slot(clocked: Clocked) -> None:
    late_run(clocked)
    clocked.clock.shift(60)
    assert clocked.upstream.loop().turn()
    assert outcome() == "late"


@pytest.mark.parametrize("trigger", ["manual", "retry"])
def test_a_run_by_hand_or_a_retry_meets_no_slot(clocked: Clocked, trigger: str) -> None:
    clocked.read()
    clocked.watch(DUE)
    clocked.read(run_record(1, DUE, trigger_context={"type": trigger}))
    clocked.watch(DUE + 11 * MINUTE)
    assert outcome() == "missed"


def test_a_run_by_hand_that_succeeds_ends_the_alarm_of_a_missed_slot(clocked: Clocked) -> None:
    clocked.read()
    clocked.watch(DUE + 11 * MINUTE)
    assert health() == "missed"
    clocked.read(run_record(1, timezone.now(), trigger_context={"type": "manual"}))
    assert (outcome(), health()) == ("missed", "ok")


def missed() -> tuple[object, int]:
    """Since when slots are missed, and how many."""
    deployment = Deployment.objects.get()
    return deployment.missed_at, deployment.missed_count


def settled(*outcomes: str) -> None:
    """A slot of each outcome, a minute apart from NOW on, and what the deployment knows of them."""
    for minute, word in enumerate(outcomes):
        Slot.objects.create(
            account="default", deployment_id="dep_a", at=NOW + minute * MINUTE, outcome=word, seen_at=NOW
        )
    slots.refresh("default", ["dep_a"])


@pytest.mark.parametrize(
    ("outcomes", "first", "number"),
    [
        (["missed"], 0, 1),
        (["missed"] * 12, 0, 12),
        (["missed", "on time", "missed", "missed"], 2, 2),
        (["missed", "late", "missed"], 2, 1),
        (["missed", "skipped", "missed"], 2, 1),
        (["missed", "unobserved", "missed"], 0, 2),
        (["missed", "missed", "unobserved"], 0, 2),
        (["unobserved", "missed", "withdrawn", "due"], 1, 1),
    ],
)
def test_missed_since_is_the_first_missed_slot_after_the_last_good_one(
    outcomes: list[str], first: int, number: int
) -> None:
    stored_deployments(deployment_record())
    settled(*outcomes)
    assert missed() == (NOW + first * MINUTE, number)
    assert health() == "missed"


@pytest.mark.parametrize("outcomes", [["missed", "on time"], ["missed", "running"], ["unobserved"], ["due"]])
def test_nothing_is_missed_once_a_run_came(outcomes: list[str]) -> None:
    stored_deployments(deployment_record())
    settled(*outcomes)
    assert missed() == (None, 0)


def test_a_manual_success_begins_the_count_of_missed_slots_anew(clocked: Clocked) -> None:
    clocked.promise(DUE, DUE + HOUR, DUE + 2 * HOUR)
    clocked.read()
    clocked.watch(DUE + HOUR + 11 * MINUTE)
    assert missed() == (DUE, 2)
    manual = run_record(1, DUE + 30 * MINUTE, trigger_context={"type": "manual"})
    clocked.read(manual)
    assert (missed(), health()) == ((DUE + HOUR, 1), "missed")


def test_a_slot_is_running_until_its_run_has_finished(clocked: Clocked) -> None:
    clocked.read()
    clocked.watch(DUE)
    clocked.read(run_record(1, DUE, "running"))
    assert outcome() == "running"
    clocked.upstream.world.runs[0] = run_record(1, DUE, "failed")
    clocked.read()
    assert (outcome(), health()) == ("on time", "failing")


def test_a_run_that_met_one_slot_meets_no_other(clocked: Clocked) -> None:
    clocked.promise(DUE, DUE + MINUTE)
    clocked.read()
    clocked.watch(DUE)
    clocked.read(run_record(1, DUE, "running"))
    clocked.watch(DUE + MINUTE)
    clocked.read(run_record(2, DUE + timedelta(seconds=55)))
    clocked.upstream.world.runs[:] = [r for r in clocked.upstream.world.runs if r["status"] != "running"]
    clocked.watch(DUE + 2 * MINUTE)
    assert [slot.outcome for slot in Slot.objects.order_by("at")][1:] == ["on time"]


def test_a_skipped_run_meets_its_slot(clocked: Clocked) -> None:
    clocked.read()
    clocked.watch(DUE)
    clocked.read(run_record(1, DUE, "skipped"))
    assert outcome() == "skipped"


def test_the_exact_instant_is_used_where_the_api_gives_it(clocked: Clocked) -> None:
    clocked.read()
    clocked.watch(DUE)
    fields = {"type": "schedule", "scheduled_at": text(DUE)}
    clocked.clock.move_to(DUE + timedelta(hours=13, minutes=1))
    clocked.read(run_record(1, DUE + timedelta(hours=13), trigger_context=fields))
    assert outcome() == "late"


@pytest.mark.parametrize("at", ["soon", text(DUE + 8 * HOUR)], ids=["not understood", "ahead"])
def test_a_promise_that_a_run_without_a_time_may_have_met_is_not_called_missed(
    clocked: Clocked, at: str
) -> None:
    clocked.read()
    clocked.watch(DUE)
    times: Record = {"triggered_at": at, "created_at": at, "completed_at": None, "cas_run_extras": {}}
    clocked.read(run_record(1, DUE, **times))
    clocked.watch(DUE + 11 * MINUTE)
    assert (outcome(), health()) == ("unobserved", "unknown")


def test_a_run_without_a_time_that_was_read_long_before_says_nothing_of_a_promise(clocked: Clocked) -> None:
    clocked.read(
        run_record(1, DUE, triggered_at="soon", created_at="soon", completed_at=None, cas_run_extras=0)
    )
    clocked.watch(DUE + 11 * MINUTE)
    assert outcome() == "missed"


def test_a_promise_that_moves_says_where_to(clocked: Clocked) -> None:
    clocked.read()
    clocked.promise(DUE + timedelta(hours=1), DUE + DAY)
    clocked.read()
    first = Slot.objects.order_by("at")[0]
    assert (first.outcome, first.reason, first.moved_to) == ("withdrawn", "moved", DUE + timedelta(hours=1))


@pytest.mark.slow
def test_a_promise_that_had_come_due_is_not_taken_back_by_a_clock_that_is_set_back(clocked: Clocked) -> None:
    clocked.read()
    clocked.clock.move_to(DUE + MINUTE)
    clocked.promise(DUE + DAY)
    clocked.read()
    clocked.clock.shift(-HOUR)
    with patch.object(
        serving._Handler, "date_time_string", lambda _: format_datetime(DUE + MINUTE, usegmt=True)
    ):
        clocked.promise(DUE + DAY, DUE + 2 * DAY)
        clocked.read()
    assert Slot.objects.get(at=DUE).outcome == "due"


def test_ten_minutes_of_a_deployment_that_fires_every_minute(clocked: Clocked) -> None:
    start = NOW + MINUTE
    for second in range(0, 11 * 60, 10):
        now = NOW + timedelta(seconds=second)
        clocked.clock.move_to(now)
        upcoming = [at for n in range(30) if (at := start + n * MINUTE) > now][:5]
        clocked.promise(*upcoming)
        fired = [run_record(1000 + second, now, "completed")] if second and second % 60 == 0 else []
        clocked.read(*fired)
    settled = Slot.objects.filter(at__lte=NOW + 10 * MINUTE)
    assert [slot.outcome for slot in settled] == ["on time"] * 10


def test_what_is_kept_says_what_it_is(clocked: Clocked) -> None:
    clocked.read(run_record(1, NOW))
    assert str(Slot.objects.order_by("at")[0]) == f"dep_a at {DUE}: due"
    assert str(Watch.objects.get()).startswith("default: ")
    assert str(Tally.objects.get()) == "1 completed of dep_a"


def test_watching_is_one_span_until_it_breaks_off(clocked: Clocked) -> None:
    clocked.read()
    clocked.watch(NOW + MINUTE)
    clocked.clock.shift(3600)
    clocked.read()
    spans = [(watch.since, watch.until) for watch in Watch.objects.order_by("since")]
    later = NOW + timedelta(minutes=61)
    assert spans == [(NOW, NOW + MINUTE), (later, later)]


def test_slots_of_history_that_is_not_read_yet_wait(clocked: Clocked) -> None:
    clocked.read()
    clocked.watch(DUE)
    Gap.objects.create(account="default", after_id="x", from_at=DUE + MINUTE, until_at=NOW)
    clocked.upstream.api.faults.append(Fault(kind="vanish", times=None, path="after_id"))
    clocked.clock.move_to(DUE + timedelta(seconds=20))
    clocked.upstream.loops[-1].turn()
    assert outcome() == "due"


def test_a_slot_once_settled_changes_nothing_any_more(clocked: Clocked) -> None:
    clocked.read()
    clocked.watch(DUE + 11 * MINUTE)
    version = Feed.objects.get().version
    clocked.read()
    assert Feed.objects.get().version == version


def test_slots_past_keeping_are_let_go_of(clocked: Clocked) -> None:
    clocked.read()
    clocked.clock.move_to(DUE + timedelta(days=95))
    clocked.promise()
    clocked.read()
    clocked.read()
    assert not Slot.objects.filter(at__lt=timezone.now() - timedelta(days=90)).exists()
    assert Watch.objects.count() == 1


def totals() -> dict[str, tuple[int, int]]:
    """How often a slot was settled with each outcome, and how often that was revised."""
    return {row.outcome: (row.settled, row.revised) for row in SlotTotal.objects.all()}


def test_a_slot_counts_once_it_is_settled(clocked: Clocked) -> None:
    clocked.read()
    clocked.watch(DUE)
    clocked.read(run_record(1, DUE, "running"))
    assert (outcome(), totals()) == ("running", {})
    clocked.upstream.world.runs[0] = run_record(1, DUE)
    clocked.read()
    clocked.read()
    assert totals() == {"on time": (1, 0)}


def test_a_missed_slot_that_a_late_run_meets_counts_as_both_and_as_revised(clocked: Clocked) -> None:
    clocked.read()
    clocked.watch(DUE + 11 * MINUTE)
    assert totals() == {"missed": (1, 0)}
    clocked.clock.move_to(DUE + 20 * MINUTE)
    clocked.read(run_record(1, DUE + 20 * MINUTE))
    assert totals() == {"missed": (1, 1), "late": (1, 0)}


def test_a_withdrawn_slot_that_is_promised_again_is_revised(clocked: Clocked) -> None:
    clocked.promise(DUE)
    clocked.read()
    for times in (1, 2):
        clocked.promise(DUE, status="paused", paused_reason={"type": "manual"})
        clocked.read()
        assert totals() == {"withdrawn": (times, times - 1)}
        clocked.promise(DUE)
        clocked.read()
        assert totals() == {"withdrawn": (times, times)}


def test_a_slot_met_a_moment_early_is_not_promised_anew(clocked: Clocked) -> None:
    clocked.promise(DUE)
    clocked.read()
    clocked.clock.move_to(DUE - timedelta(seconds=5))
    clocked.read(run_record(1, DUE - timedelta(seconds=6)))
    clocked.read()
    assert (outcome(), totals()) == ("on time", {"on time": (1, 0)})


def test_totals_outlive_the_slots(clocked: Clocked) -> None:
    clocked.promise(DUE)
    clocked.read()
    clocked.watch(DUE + 11 * MINUTE)
    clocked.promise()
    clocked.clock.move_to(DUE + timedelta(days=95))
    clocked.read()
    assert not Slot.objects.exists()
    assert totals() == {"missed": (1, 0)}


def test_the_totals_of_an_earlier_version_begin_with_the_slots_there_are() -> None:
    outcomes = ["on time", "on time", "missed", "late", "due", "running"]
    for n, word in enumerate(outcomes):
        revised_from = "missed" if word == "late" else ""
        Slot.objects.create(
            account="default",
            deployment_id="dep_a",
            at=NOW + n * DAY,
            outcome=word,
            seen_at=NOW,
            revised_from=revised_from,
        )
    importlib.import_module("dashboard.migrations.0014_standstill").count_settled(apps, None)
    assert totals() == {"on time": (2, 0), "missed": (2, 1), "late": (1, 0)}
