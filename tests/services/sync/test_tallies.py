"""The tallies: whatever happens to the runs, they are what counting them would give."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.domain import record_reading
from dashboard.models import DayTally, DayTotal, Run, Tally
from dashboard.models.tally import quarter
from dashboard.services.sync import retention, run_totals, store
from tests.factories import NOW, Record, newer_shape, run_record, stored_runs

EVER = datetime(1970, 1, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
Counted = dict[tuple[str, str, int, str], int]


def stored(*raw: Record, account: str = "default", keep_from: datetime = EVER) -> None:
    read = [record_reading.read_run(record, json.dumps(record)) for record in raw]
    store.store_runs(account, read, NOW + 2 * HOUR, keep_from)


def tallied() -> Counted:
    """What the tallies say; a tally of nothing says nothing."""
    return {
        (row.account, row.deployment_id, row.quarter, row.status): row.number
        for row in Tally.objects.exclude(number=0)
    }


def counted() -> Counted:
    """The same, one run at a time; those whose time is not known are not counted."""
    numbers: Counter[tuple[str, str, int, str]] = Counter()
    for run in Run.objects.filter(time="known"):
        numbers[run.account, run.deployment_id, int(run.at.timestamp()) // 900, run.status] += 1
    return dict(numbers)


def daily() -> dict[tuple[int, str], int]:
    """What the totals of days say."""
    return {(row.day, row.status): row.number for row in DayTotal.objects.exclude(number=0)}


def daily_of_each() -> dict[tuple[str, int, str], int]:
    """What the tallies of days say."""
    rows = DayTally.objects.exclude(number=0)
    return {(row.deployment_id, row.day, row.status): row.number for row in rows}


def counted_daily_of_each() -> dict[tuple[str, int, str], int]:
    """The same, one run at a time."""
    numbers: Counter[tuple[str, int, str]] = Counter()
    for run in Run.objects.filter(time="known"):
        numbers[run.deployment_id, int(run.at.timestamp()) // 86_400, run.status] += 1
    return dict(numbers)


def counted_daily() -> dict[tuple[int, str], int]:
    """The same, one run at a time."""
    numbers: Counter[tuple[int, str]] = Counter()
    for run in Run.objects.filter(time="known"):
        numbers[int(run.at.timestamp()) // 86_400, run.status] += 1
    return dict(numbers)


class Keeper:
    """As much of a reader as letting go of runs needs."""

    account = "default"

    def __init__(self, keep_from: datetime) -> None:
        self.keep_from = keep_from

    def writing(self) -> Any:
        return transaction.atomic()

    def refresh(self, deployment_ids: Any) -> None:
        """No figure is looked at."""

    def changed(self, *, deleted: int) -> None:
        """Nobody watches."""


def prune(keep_from: datetime) -> None:
    retention.prune(Keeper(keep_from))  # type: ignore[arg-type]


@pytest.mark.django_db
class TestTallies:
    def test_runs_of_one_quarter_are_counted_by_outcome(self) -> None:
        stored(
            run_record(1, NOW),
            run_record(2, NOW + MINUTE),
            run_record(3, NOW, "failed"),
            run_record(4, NOW + 3 * MINUTE),
            run_record(5, NOW, deployment_id="dep_b"),
        )
        at = quarter(NOW)
        assert tallied() == {
            ("default", "dep_a", at, "completed"): 2,
            ("default", "dep_a", at, "failed"): 1,
            ("default", "dep_a", at + 1, "completed"): 1,
            ("default", "dep_b", at, "completed"): 1,
        }

    def test_the_same_page_twice_counts_once(self) -> None:
        page = [run_record(n, NOW, "running") for n in range(5)]
        stored(*page)
        stored(*page, *page)
        assert tallied() == counted() == {("default", "dep_a", quarter(NOW), "running"): 5}

    def test_a_run_that_ends_moves_to_its_outcome(self) -> None:
        stored(run_record(1, NOW, "running"))
        stored(run_record(1, NOW, "failed"))
        assert tallied() == counted() == {("default", "dep_a", quarter(NOW), "failed"): 1}

    def test_a_run_that_is_stamped_anew_moves_to_its_quarter(self) -> None:
        stored(run_record(1, NOW))
        stored(run_record(1, NOW + 30 * MINUTE))
        assert tallied() == counted() == {("default", "dep_a", quarter(NOW) + 2, "completed"): 1}

    def test_a_run_that_is_given_to_another_deployment_is_counted_there(self) -> None:
        stored(run_record(1, NOW))
        stored(run_record(1, NOW, deployment_id="dep_b"))
        assert tallied() == counted() == {("default", "dep_b", quarter(NOW), "completed"): 1}

    def test_a_record_that_says_less_changes_nothing(self) -> None:
        stored(run_record(1, NOW))
        stored(newer_shape(run_record(1, NOW)))
        assert tallied() == counted() == {("default", "dep_a", quarter(NOW), "completed"): 1}

    def test_two_accounts_are_counted_apart(self) -> None:
        stored(run_record(1, NOW))
        stored(run_record(1, NOW), account="other")
        assert tallied() == counted()
        assert len(tallied()) == 2

    @pytest.mark.parametrize("at", [None, "yesterday", "2026-06-16T19:42:00Z"])
    def test_a_run_whose_time_is_not_known_is_counted_once_it_is(self, at: str | None) -> None:
        record = run_record(1, NOW, "pending")
        stored(record | {"triggered_at": at, "created_at": at})
        assert tallied() == counted() == {}
        stored(record)
        assert tallied() == counted() == {("default", "dep_a", quarter(NOW), "pending"): 1}
        stored(record | {"triggered_at": at, "created_at": at})
        assert tallied() == counted() == {}

    def test_runs_past_keeping_leave_the_count_with_their_rows(self) -> None:
        edge = datetime(2026, 6, 16, 9, 0, tzinfo=UTC)
        stored(*(run_record(n, edge + (n - 20) * MINUTE) for n in range(40)))
        prune(edge)
        assert Run.objects.count() == 20
        assert tallied() == counted()

    def test_a_run_whose_time_is_not_known_is_kept_as_long_from_its_reading_on(self) -> None:
        stored(run_record(1, NOW, "pending", triggered_at="soon", created_at="soon"))
        stored(run_record(2, NOW + 12 * HOUR, "pending"))
        prune(NOW + 2 * HOUR)
        assert Run.objects.count() == 2
        prune(NOW + 3 * HOUR)
        assert not Run.objects.exists()

    def test_what_is_past_keeping_is_not_counted_at_all(self) -> None:
        stored(run_record(1, NOW), run_record(2, NOW - timedelta(days=3)), keep_from=NOW - timedelta(days=1))
        assert tallied() == counted()
        assert sum(tallied().values()) == 1

    def test_what_changes_nothing_writes_nothing(self) -> None:
        [run] = [Run(deployment_id="dep_a", at=NOW, status="failed")]
        run_totals.change("default", [run], [run])
        run_totals.change("default", [], [])
        assert not Tally.objects.exists()


STATUSES = st.sampled_from(["pending", "running", "completed", "failed", "skipped", "cancelled"])
RUNS = st.builds(
    lambda number, minutes, status, changes: run_record(number, NOW + minutes * MINUTE, status, **changes),
    st.integers(1, 8),
    st.integers(-900, 240),  # yesterday's too
    STATUSES,
    st.fixed_dictionaries(
        {"deployment_id": st.sampled_from(["dep_a", "dep_b"])},
        optional={name: st.sampled_from([None, "soon"]) for name in ("triggered_at", "created_at")},
    ),
)
PAGES = st.tuples(st.just("store"), st.lists(RUNS, max_size=6))
PRUNES = st.tuples(st.just("prune"), st.integers(-6, 6))


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.one_of(PAGES, PRUNES), max_size=8))
def test_after_any_history_the_tallies_are_what_counting_gives(history: list[tuple[str, Any]]) -> None:
    Run.objects.all().delete()
    Tally.objects.all().delete()
    DayTotal.objects.all().delete()
    DayTally.objects.all().delete()
    keep_from = EVER
    for what, value in history:
        if what == "store":
            stored(*value, keep_from=keep_from)
        else:
            keep_from = max(keep_from, datetime(2026, 6, 16, 9, 45, tzinfo=UTC) + value * 15 * MINUTE)
            prune(keep_from)
        assert tallied() == counted()
        assert daily() == counted_daily()
        assert daily_of_each() == counted_daily_of_each()


def test_deleting_some_runs_lowers_the_tallies_by_as_many(db: None) -> None:
    kept = stored_runs(*(run_record(n, NOW.replace(hour=0, minute=0) + n * MINUTE) for n in range(20)))
    run_totals.change("default", [], kept[:5])
    assert sum(Tally.objects.values_list("number", flat=True)) == 15
