"""What becomes of a promised instant: the table of cases is the rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.slots import Firing, Promise, Reading, gap_s, match, settle, withdrawal
from dashboard.domain.states import SlotOutcome

NINE = datetime(2026, 6, 16, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@pytest.mark.parametrize(
    ("gap", "delay", "status", "open_", "outcome", "late"),
    [
        (DAY, 0, "completed", False, SlotOutcome.ON_TIME, 0),
        (DAY, 4, "failed", False, SlotOutcome.ON_TIME, 4),
        (DAY, 60, "completed", False, SlotOutcome.ON_TIME, 60),
        (DAY, 90, "completed", False, SlotOutcome.LATE, 90),
        (DAY, 3 * 3600, "completed", False, SlotOutcome.LATE, 3 * 3600),
        (DAY, -5, "completed", False, SlotOutcome.ON_TIME, 0),
        (DAY, 2, "skipped", False, SlotOutcome.SKIPPED, 2),
        (DAY, 2, "running", True, SlotOutcome.RUNNING, 2),
        (DAY, 90, "pending", True, SlotOutcome.RUNNING, 90),
        (MINUTE, 8, "completed", False, SlotOutcome.ON_TIME, 8),
    ],
)
def test_a_run_meets_its_slot(
    gap: timedelta, delay: float, status: str, open_: bool, outcome: str, late: float
) -> None:
    promise, firing = Promise(NINE, gap), Firing("r", NINE + seconds(delay), status, open_)
    assert match([promise], [firing]) == {NINE: firing}
    settled = settle(promise, firing, NINE + DAY, watched=True)
    assert (settled.outcome, settled.run_id, settled.late) == (outcome, "r", seconds(late))


@pytest.mark.parametrize(
    ("gap", "after", "watched", "outcome"),
    [
        (DAY, 0, True, SlotOutcome.DUE),
        (DAY, 600, True, SlotOutcome.DUE),
        (DAY, 601, True, SlotOutcome.MISSED),
        (DAY, 601, False, SlotOutcome.UNOBSERVED),
        (MINUTE, 30, True, SlotOutcome.DUE),
        (MINUTE, 31, True, SlotOutcome.MISSED),
        (MINUTE, 31, False, SlotOutcome.UNOBSERVED),
    ],
)
def test_a_slot_without_a_run(gap: timedelta, after: float, watched: bool, outcome: str) -> None:
    assert settle(Promise(NINE, gap), None, NINE + seconds(after), watched=watched).outcome == outcome


@pytest.mark.parametrize(
    ("gap", "delay"), [(MINUTE, 31), (MINUTE, -11), (HOUR, 1800), (DAY, -11), (DAY, 12 * 3600)]
)
def test_a_run_nearer_to_another_slot_does_not_meet_this_one(gap: timedelta, delay: float) -> None:
    assert not match([Promise(NINE, gap)], [Firing("r", NINE + seconds(delay), "completed")])


def test_of_two_runs_the_nearer_one_meets_the_slot() -> None:
    near, far = Firing("near", NINE + seconds(3), "completed"), Firing("far", NINE + seconds(40), "completed")
    assert match([Promise(NINE, DAY)], [far, near]) == {NINE: near}


def test_a_run_meets_one_slot_only() -> None:
    promises = [Promise(NINE, HOUR), Promise(NINE + seconds(20), HOUR)]
    assert match(promises, [Firing("r", NINE + seconds(21), "completed")]).keys() == {NINE + seconds(20)}


def test_the_slot_that_a_run_names_wins_over_the_nearest() -> None:
    firing = Firing("r", NINE + HOUR, "completed", scheduled_at=NINE)
    promises = [Promise(NINE, HOUR), Promise(NINE + HOUR, HOUR)]
    assert match(promises, [firing]) == {NINE: firing}


def test_a_run_that_names_a_slot_we_never_saw_meets_none() -> None:
    firing = Firing("r", NINE, "completed", scheduled_at=NINE - HOUR)
    assert not match([Promise(NINE, HOUR)], [firing])


@pytest.mark.parametrize(("month", "day"), [(3, 29), (10, 25)])
def test_a_clock_change_neither_invents_nor_loses_a_slot(month: int, day: int) -> None:
    midnight = datetime(2026, month, day, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    promises = [Promise(midnight + n * HOUR, HOUR) for n in range(26)]
    firings = [Firing(str(n), midnight + n * HOUR + seconds(4), "completed") for n in range(26)]
    met = match(promises, firings)
    assert [met[promise.at].run_id for promise in promises] == [str(n) for n in range(26)]


@given(
    gap=st.integers(60, 86_400),
    delays=st.lists(st.floats(0, 0.49), min_size=1, max_size=30),
    fired=st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_every_firing_within_half_a_gap_meets_its_own_slot(
    gap: int, delays: list[float], fired: list[bool]
) -> None:
    promises = [Promise(NINE + n * seconds(gap), seconds(gap)) for n in range(len(delays))]
    firings = [
        Firing(str(n), promises[n].at + seconds(gap * delay), "completed")
        for n, delay in enumerate(delays)
        if fired[n]
    ]
    met = match(promises, firings)
    assert {at: firing.run_id for at, firing in met.items()} == {
        promises[int(firing.run_id)].at: firing.run_id for firing in firings
    }


BEFORE, AFTER = NINE - MINUTE, NINE + MINUTE


@pytest.mark.parametrize(
    ("now", "promised", "firing", "archived", "changed_at", "edited", "reason"),
    [
        (BEFORE, (NINE,), True, False, None, False, ""),
        (BEFORE, (NINE,), True, False, BEFORE, True, ""),
        (BEFORE, (NINE,), False, False, None, False, "paused"),
        (BEFORE, (), False, True, None, False, "archived"),
        (BEFORE, (NINE + DAY,), True, False, None, True, "edited"),
        (BEFORE, (NINE + DAY,), True, False, None, False, "moved"),
        (BEFORE, (), True, False, None, False, "moved"),
        (AFTER, (NINE + DAY,), True, False, BEFORE, False, ""),
        (AFTER, (NINE + DAY,), False, False, BEFORE, False, "paused"),
        (AFTER, (NINE + DAY,), False, False, NINE + seconds(1), False, ""),
        (AFTER, (NINE + DAY,), False, False, None, False, ""),
        (AFTER, (), False, True, BEFORE, False, "archived"),
        (AFTER, (NINE + DAY,), True, False, BEFORE, True, "edited"),
        (AFTER, (NINE + DAY,), True, False, AFTER, True, ""),
    ],
)
def test_a_slot_is_withdrawn_by_what_happened_before_it_was_due(
    now: datetime,
    promised: tuple[datetime, ...],
    firing: bool,
    archived: bool,
    changed_at: datetime | None,
    edited: bool,
    reason: str,
) -> None:
    assert withdrawal(NINE, Reading(promised, firing, archived, changed_at, edited), now) == reason


@pytest.mark.parametrize(
    ("after", "expected"),
    [((), None), ((0,), None), ((0, 3600), 3600), ((0, 86_400, 90_000, 200_000), 3600), ((0, 59.6), 60)],
)
def test_the_gap_of_promises_is_the_shortest_of_them(after: tuple[float, ...], expected: int | None) -> None:
    assert gap_s([NINE + seconds(number) for number in after]) == expected
