"""Health as a written fact: what is judged, when, by what, and that nothing of it is lost or added."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.domain import record_reading
from dashboard.domain.states import Health, HealthCause
from dashboard.models import Deployment, Feed, Gap, HealthChange, Run
from dashboard.services import cloud
from dashboard.services.sync import health, retention, slots, unfinished_runs
from dashboard.services.sync.context import SyncContext
from dashboard.services.sync.deployments import Deployments
from dashboard.services.sync.lease import LeaseHolder
from tests.factories import NOW, Record, deployment_record, run_record, text
from tests.upstream import Upstream

ACCOUNT = "default"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Writer:
    """The sync of one account, without its API; `shown` is what pages show after each step, by instant."""

    def __init__(self, clock: time_machine.Traveller, account: str = ACCOUNT, beside: Any = None) -> None:
        tenure, api = beside.reader.tenure if beside else LeaseHolder().take(), None
        self.clock = clock
        self.reader = SyncContext(account, api, tenure, 30 * DAY)  # type: ignore[arg-type] # neither is asked
        self.shown: dict[datetime, dict[str, str]] = {}
        self.reader.feed()

    def runs(self, *raw: Record) -> None:
        """A page of runs is stored."""
        page = tuple(record_reading.read_run(record, json.dumps(record)) for record in raw)
        with self.reader.writing():
            self.reader.store(cloud.Page(page, 0, False, None))

    def run(self, number: int, status: str, ago: float = 0, key: str = "a", **changes: Any) -> None:
        """A run that began so many minutes ago is stored."""
        at = timezone.now() - ago * MINUTE
        self.runs(run_record(number, at, status, deployment_id=f"dep_{key}", **changes))

    def deployment(self, key: str = "a", minutes: float = 10**6, **changes: Any) -> None:
        """A page with one deployment is stored, which promises to fire in so many minutes."""
        at = text(timezone.now() + minutes * MINUTE)
        schedule = {"type": "cron", "expression": "0 9 * * *", "timezone": "UTC", "upcoming_runs_at": [at]}
        raw = deployment_record(key, schedule=schedule) | {"created_at": text(NOW)} | changes
        record = record_reading.read_deployment(raw, json.dumps(raw))
        with self.reader.writing():
            page = cloud.Page((record,), 0, True, None)
            Deployments()._store(self.reader, page, timezone.now())

    def cycle(self, minutes: float = 0) -> None:
        """A complete cycle ends after so many minutes."""
        self.clock.shift(minutes * MINUTE)
        with self.reader.writing():
            now = timezone.now()
            Feed.objects.filter(account=self.reader.account).update(polled_at=now, succeeded_at=now)
            slots.watch(self.reader)
        slots.settle_due(self.reader)
        retention.prune(self.reader)
        self.reader.judge_all()
        assert health.differences(self.reader.account) == []

    def watch(self, minutes: int) -> None:
        """A complete cycle every two minutes, which is no gap here."""
        for _ in range(minutes // 2):
            self.cycle(2)

    def lose(self, place: int) -> None:
        """The API lists an unfinished run no more."""
        if runs := Run.objects.filter(open=True).order_by("run_id"):
            unfinished_runs._mark_gone(self.reader, runs[place % len(runs)])

    def gap(self, hours: int) -> None:
        """A stretch of history is to be read, or has been."""
        if not Gap.objects.filter(account=ACCOUNT).delete()[0]:
            at = timezone.now() - hours * HOUR
            Gap.objects.create(account=ACCOUNT, from_at=at, until_at=at - DAY)

    def fill(self) -> None:
        """The stretch has been read, down to where runs are kept and below."""
        [gap] = Gap.objects.filter(account=ACCOUNT)
        gap.from_at = gap.until_at - MINUTE
        gap.save()

    def set_back(self, minutes: int) -> None:
        """The clock is set back: what was shown from then on is covered by what is shown now."""
        self.clock.shift(-minutes * MINUTE)
        self.shown = {at: seen for at, seen in self.shown.items() if at < timezone.now()}

    def look(self) -> None:
        """Note what a page shows now, but for what was judged before the clock was set back to now."""
        now, rows = timezone.now(), Deployment.objects.exclude(health_since__gt=timezone.now())
        self.shown[now] = {row.deployment_id: row.health for row in rows}


@pytest.fixture
def writer() -> Iterator[Writer]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield Writer(clock)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of two minutes are no gap in what was watched."""
    monkeypatch.setattr(slots, "_BLINK", 3 * MINUTE)


def changes(key: str = "a") -> list[tuple[str, str, str]]:
    """What a deployment's health became, from what, and by what, oldest first; but for the first look."""
    rows = HealthChange.objects.filter(deployment_id=f"dep_{key}").exclude(before="").order_by("pk")
    return [(row.before, row.after, row.cause) for row in rows]


def standing_at(moment: datetime) -> QuerySet[HealthChange]:
    """The changes that stood at that instant."""
    return HealthChange.objects.filter(Q(until_at__gt=moment) | Q(until_at=None), at__lte=moment)


def last() -> HealthChange:
    return HealthChange.objects.order_by("pk").reverse()[0]


def read_first(writer: Writer, **given_changes: Any) -> None:
    """A deployment with one good run, read completely."""
    writer.deployment(**given_changes)
    writer.run(1, "completed", ago=5)
    writer.cycle()


@pytest.mark.django_db
class TestChanges:
    """One change after another."""

    def test_a_deployment_is_judged_in_the_transaction_that_reads_it(self, writer: Writer) -> None:
        writer.deployment()
        row = Deployment.objects.get()
        assert (row.health, row.health_since) == (Health.UNREAD, NOW)
        first = last()
        assert (first.before, first.after, first.cause) == ("", Health.UNREAD, HealthCause.FIRST)
        assert (first.at, first.until_at, first.judged_at) == (NOW, None, NOW)
        assert str(first) == f"dep_a at {NOW}:  to unread"
        assert first.key == (ACCOUNT, "dep_a")

    def test_the_first_complete_reading_judges_what_could_not_be_judged(self, writer: Writer) -> None:
        read_first(writer)
        assert changes() == [(Health.UNREAD, Health.OK, HealthCause.READING)]

    def test_a_failure_is_judged_with_its_run_as_of_the_last_complete_reading(self, writer: Writer) -> None:
        read_first(writer)
        writer.clock.shift(MINUTE)
        writer.run(2, "failed")
        row, change = Deployment.objects.get(), last()
        assert (row.health, row.health_since) == (Health.FAILING, NOW + MINUTE)
        assert (change.before, change.after, change.cause) == (Health.OK, Health.FAILING, HealthCause.RUN)
        assert (change.run_id, change.moment) == (f"drun_{2:032x}", NOW + MINUTE)
        assert (change.at, change.judged_at) == (NOW + MINUTE, NOW)

    def test_what_stood_until_then_ends_and_a_recovery_names_its_run(self, writer: Writer) -> None:
        read_first(writer)
        for number, status in ((2, "failed"), (3, "completed")):
            writer.clock.shift(MINUTE)
            writer.run(number, status)
        spans = HealthChange.objects.order_by("pk").values_list("after", "at", "until_at")
        assert [(after, at - NOW, until and until - NOW) for after, at, until in spans] == [
            (Health.UNREAD, timedelta(), timedelta()),
            (Health.OK, timedelta(), MINUTE),
            (Health.FAILING, MINUTE, 2 * MINUTE),
            (Health.OK, 2 * MINUTE, None),
        ]
        assert (last().cause, last().run_id) == (HealthCause.RUN, f"drun_{3:032x}")

    def test_the_clock_alone_makes_a_deployment_late_then_missed(self, writer: Writer) -> None:
        read_first(writer, minutes=2)
        due = NOW + 2 * MINUTE
        writer.watch(4)
        assert (last().after, last().cause, last().moment) == (Health.LATE, HealthCause.CLOCK, due)
        assert last().at > due + MINUTE
        writer.watch(10)
        assert changes()[1:] == [
            (Health.OK, Health.LATE, HealthCause.CLOCK),
            (Health.LATE, Health.MISSED, HealthCause.SLOT),
        ]
        assert last().moment == due

    def test_a_promise_that_is_taken_back_ends_being_late_by_the_record(self, writer: Writer) -> None:
        read_first(writer, minutes=2)
        writer.watch(4)
        edited = {"type": "cron", "expression": "0 7 * * *", "timezone": "UTC", "upcoming_runs_at": []}
        writer.deployment(updated_at=text(NOW + MINUTE), schedule=edited)
        writer.cycle()
        assert changes()[-1] == (Health.LATE, Health.OK, HealthCause.RECORD)
        assert (last().run_id, last().moment) == ("", None)

    def test_a_reading_dated_ahead_does_not_judge_by_what_is_still_to_come(self, writer: Writer) -> None:
        read_first(writer, minutes=2)
        writer.watch(2)
        writer.set_back(2)
        writer.deployment("b", minutes=1)
        assert health.judged_at(ACCOUNT) == NOW
        assert changes("b") == []

    def test_the_clock_alone_makes_a_run_slow_and_stuck(self, writer: Writer) -> None:
        writer.deployment()
        writer.runs(*(run_record(n, NOW - n * MINUTE, duration_ms=1_000) for n in range(10, 20)))
        writer.cycle()
        writer.run(1, "running")
        writer.cycle(2)
        assert (last().after, last().cause) == (Health.SLOW, HealthCause.CLOCK)
        writer.cycle(20)
        assert (last().after, last().cause) == (Health.STUCK, HealthCause.CLOCK)
        assert last().moment == NOW + 11 * MINUTE

    def test_the_clock_alone_makes_a_deployment_silent(self, writer: Writer) -> None:
        read_first(writer)
        writer.cycle(5 * 24 * 60)
        assert (last().after, last().cause) == (Health.SILENT, HealthCause.CLOCK)

    def test_a_run_that_ended_slowly_is_the_cause_itself(self, writer: Writer) -> None:
        writer.deployment()
        writer.runs(*(run_record(n, NOW - n * MINUTE, duration_ms=1_000) for n in range(10, 20)))
        writer.cycle()
        writer.run(1, "completed", ago=5, duration_ms=240_000)
        assert (last().after, last().cause) == (Health.SLOW, HealthCause.RUN)
        assert last().run_id == f"drun_{1:032x}"

    def test_runs_that_are_skipped_in_a_row_block(self, writer: Writer) -> None:
        read_first(writer)
        for number in (2, 3, 4):
            writer.run(number, "skipped", ago=5 - number)
        assert (last().after, last().cause, last().run_id) == (
            Health.BLOCKED,
            HealthCause.RUN,
            f"drun_{4:032x}",
        )

    @pytest.mark.parametrize(
        ("given_changes", "becomes"),
        [
            ({"status": "paused"}, Health.PAUSED),
            ({"status": "paused", "paused_reason": {"type": "error"}}, Health.PAUSED_BY_ERROR),
            ({"archived_at": text(NOW)}, Health.ARCHIVED),
            ({"status": "draining"}, Health.UNKNOWN),
        ],
    )
    def test_a_record_changes_it_and_changes_it_back(
        self, writer: Writer, given_changes: dict[str, Any], becomes: str
    ) -> None:
        read_first(writer)
        writer.deployment(updated_at=text(NOW), **given_changes)
        assert (last().after, last().cause, last().moment) == (becomes, HealthCause.RECORD, NOW)
        writer.deployment()
        assert changes()[-1][:2] == (becomes, Health.OK)

    def test_what_nobody_watched_is_not_known(self, writer: Writer) -> None:
        read_first(writer, minutes=30)
        writer.cycle(60)
        assert (last().after, last().cause) == (Health.UNKNOWN, HealthCause.SLOT)
        assert last().moment == NOW + 30 * MINUTE

    def test_a_run_whose_time_is_not_known_leaves_a_deployment_unknown(self, writer: Writer) -> None:
        writer.deployment()
        writer.cycle()
        assert changes() == [(Health.UNREAD, Health.NEVER_RAN, HealthCause.READING)]
        writer.run(1, "completed", ago=-600)
        assert changes()[-1] == (Health.NEVER_RAN, Health.UNKNOWN, HealthCause.RUN)

    def test_a_firing_that_is_called_off_is_late_no_more(self, writer: Writer) -> None:
        writer.deployment(minutes=2)
        writer.watch(4)
        assert last().after == Health.LATE
        Deployment.objects.update(due_at=None)
        writer.cycle()
        assert changes()[-1] == (Health.LATE, Health.NEVER_RAN, HealthCause.RECORD)

    def test_history_that_is_still_to_be_read_takes_a_judgement_back(self, writer: Writer) -> None:
        writer.deployment(created_at=text(NOW - 10 * DAY))
        writer.cycle()
        assert last().after == Health.SILENT
        writer.gap(5)
        writer.cycle()
        assert changes()[-1] == (Health.SILENT, Health.UNREAD, HealthCause.READING)

    def test_a_cycle_in_which_nothing_changes_writes_nothing(self, writer: Writer) -> None:
        read_first(writer)
        version, number = Feed.objects.get().version, HealthChange.objects.count()
        writer.watch(2)
        assert (Feed.objects.get().version, HealthChange.objects.count()) == (version, number)

    def test_whatever_changes_raises_the_version_that_pages_are_known_by(self, writer: Writer) -> None:
        read_first(writer, minutes=2)
        version = Feed.objects.get().version
        writer.watch(4)
        assert last().after == Health.LATE
        assert Feed.objects.get().version > version

    def test_an_account_that_is_not_read_stays_as_it_was_judged_last(self, writer: Writer) -> None:
        read_first(writer)
        writer.clock.shift(50 * DAY)
        with writer.reader.writing():  # a page of runs that says nothing new about it
            writer.reader.to_judge.add("dep_a")
        assert Deployment.objects.get().health == Health.OK

    def test_each_account_is_judged_as_of_its_own_reading(self, writer: Writer) -> None:
        read_first(writer)
        other = Writer(writer.clock, "other", beside=writer)
        read_first(other)
        writer.cycle(5 * 24 * 60)
        by_account = dict(Deployment.objects.values_list("account", "health_rank"))
        assert {name: Health.ORDER[place] for name, place in by_account.items()} == {
            ACCOUNT: Health.SILENT,
            "other": Health.OK,
        }

    def test_a_clock_that_is_set_back_cuts_off_what_has_yet_to_come(self, writer: Writer) -> None:
        read_first(writer)
        writer.clock.shift(HOUR)
        writer.run(2, "failed")
        writer.clock.shift(-HOUR + MINUTE)
        writer.run(2, "completed", ago=-59)
        assert Deployment.objects.get().health == Health.OK
        for minutes, expected in ((1, Health.OK), (59, Health.OK), (61, Health.OK)):
            [standing] = standing_at(NOW + minutes * MINUTE)
            assert (standing.after, standing.pk) == (expected, last().pk)

    def test_a_rule_that_has_changed_judges_all_anew_in_the_next_cycle(self, writer: Writer) -> None:
        read_first(writer)
        Deployment.objects.update(health_rank=Health.ORDER.index(Health.SLOW))  # by another limit
        writer.cycle()
        assert changes()[-1][:2] == (Health.SLOW, Health.OK)

    def test_many_deployments_are_judged_in_batches(
        self, writer: Writer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(health, "_BATCH", 2)
        for key in "abcde":
            writer.deployment(key)
        writer.cycle()
        assert {row.health for row in Deployment.objects.all()} == {Health.NEVER_RAN}
        assert HealthChange.objects.filter(until_at=None).count() == 5


@pytest.mark.django_db
def test_changes_past_keeping_go_but_for_the_one_that_stood_when_it_began(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_first(writer)
    for number in range(2, 6):
        writer.clock.shift(DAY)
        writer.run(number, "completed" if number % 2 else "failed")
    Feed.objects.update(succeeded_at=NOW + 40 * DAY)
    writer.clock.move_to(NOW + 2 * DAY + HOUR + writer.reader.keeps)
    monkeypatch.setattr(retention, "STEP", 2)
    for _ in range(4):
        retention._prune_changes(writer.reader)
    kept = HealthChange.objects.order_by("pk").values_list("after", "at")
    assert [(after, (at - NOW).days) for after, at in kept] == [
        (Health.OK, 2),
        (Health.FAILING, 3),
        (Health.OK, 4),
    ]


@pytest.mark.django_db
def test_a_gap_that_has_been_read_to_its_end_keeps_nothing_from_being_judged(writer: Writer) -> None:
    writer.gap(5)
    writer.deployment("a", created_at=text(NOW - 9 * DAY))
    writer.cycle()
    assert Deployment.objects.get().health == Health.UNREAD
    writer.fill()
    writer.cycle()
    assert Deployment.objects.get().health == Health.SILENT


@pytest.mark.django_db
def test_a_clock_that_is_set_back_takes_back_the_changes_it_has_yet_to_come_to(writer: Writer) -> None:
    writer.deployment("a")
    writer.deployment("b", status="paused")
    writer.cycle(2)
    writer.cycle(60)
    writer.deployment("a", status="paused")
    writer.deployment("c")
    began = {row.deployment_id: row.health_since for row in Deployment.objects.all()}
    writer.set_back(50)
    writer.cycle()
    now = timezone.now()
    assert not HealthChange.objects.filter(Q(at__gt=now) | Q(until_at__gt=now)).exists()
    stood = {row.deployment_id: (row.at, row.before, row.after) for row in standing_at(now)}
    since = {row.deployment_id: row.health_since for row in Deployment.objects.all()}
    assert since == {key: at for key, (at, *_) in stood.items()}
    assert [key for key in since if since[key] == began[key]] == ["dep_b"]
    assert stood["dep_c"] == (now, "", Health.NEVER_RAN)
    before = HealthChange.objects.get(deployment_id="dep_a", until_at=stood["dep_a"][0])
    assert stood["dep_a"] == (now, before.after, Health.PAUSED)


NUMBERS, STATUSES = st.integers(1, 8), ["pending", "running", "completed", "failed", "skipped", "cancelled"]
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("run"), NUMBERS, st.sampled_from(STATUSES), st.integers(-9, 90), st.sampled_from("ab")
        ),
        st.tuples(st.just("deployment"), st.sampled_from("ab"), st.integers(1, 20)),
        st.tuples(st.just("paused"), st.sampled_from("ab")),
        st.tuples(st.just("cycle"), st.sampled_from([0.5, 2, 20, 300, 6_000])),
        st.tuples(st.just("watch"), st.just(4)),
        st.tuples(st.just("gap"), st.integers(1, 50)),
        st.tuples(st.just("lose"), st.integers(0, 8)),
        st.tuples(st.just("set_back"), st.integers(1, 30)),
    ),
    max_size=8,
)


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_replayed_at_any_instant_it_is_what_was_shown_then(steps: list[Any]) -> None:
    replay(steps)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "steps",
    [
        [("deployment", "a", 3), ("cycle", 0.5), ("watch", 4), ("watch", 12), ("run", 1, "failed", 0, "a")],
        [("run", 1, "running", 5, "a"), ("deployment", "a", 9), ("cycle", 2), ("cycle", 20), ("lose", 0)],
        [("deployment", "b", 9), ("gap", 5), ("cycle", 2), ("cycle", 6_000), ("gap", 1), ("cycle", 0.5)],
        [
            ("deployment", "a", 9),
            ("run", 1, "failed", 1, "a"),
            ("set_back", 9),
            ("run", 1, "completed", 0, "a"),
        ],
        [("deployment", "a", 9), ("cycle", 2), ("paused", "a"), ("set_back", 1), ("deployment", "a", 9)],
    ],
)
def test_replayed_after_one_step_and_another_it_is_what_was_shown(steps: list[Any]) -> None:
    replay(steps)


def replay(steps: list[Any]) -> None:
    """Take the steps; whatever pages showed after each, the rows give again for that instant."""
    with transaction.atomic(), time_machine.travel(NOW, tick=False) as clock:
        writer = Writer(clock)
        for name, *values in steps:
            if name == "paused":
                writer.deployment(*values, status="paused")
            else:
                getattr(writer, name)(*values)
            writer.look()
            clock.shift(1)
        for at, seen in writer.shown.items():
            rows = list(standing_at(at).filter(deployment_id__in=seen))
            assert len(rows) == len(seen)
            assert {row.deployment_id: row.after for row in rows} == seen
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_a_cycle_of_the_real_sync_judges_what_it_read(upstream: Upstream) -> None:
    upstream.world.deployments[:] = [deployment_record("a"), deployment_record("b", status="paused")]
    upstream.world.runs[:] = [run_record(1, timezone.now() - MINUTE, "failed")]
    upstream.loop().turn()
    assert {row.name: row.health for row in Deployment.objects.all()} == {
        "a": Health.FAILING,
        "b": Health.PAUSED,
    }
    assert health.differences(ACCOUNT) == []
