"""What is usual among durations, what is slow against it, and what is too fast for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.baselines import Usual, is_fast, is_near_limit, slow_after, usual
from dashboard.domain.thresholds import FEWEST

DURATIONS = st.lists(st.integers(0, 10**9), min_size=1, max_size=200)


def test_of_no_durations_nothing_is_usual() -> None:
    assert usual([]) is None


@pytest.mark.parametrize(
    ("durations", "median", "p95"),
    [
        ([7], 7, 7),
        ([1, 3], 2, 3),
        ([3, 1, 2], 2, 3),
        (list(range(1, 20)), 10, 19),  # a nineteenth is more than five in a hundred
        (list(range(1, 21)), 10, 19),
        (list(range(1, 101)), 50, 95),
    ],
)
def test_what_is_usual_is_the_middle_and_the_long_end(durations: list[int], median: int, p95: int) -> None:
    assert usual(durations) == Usual(median, p95, len(durations))


@given(DURATIONS)
def test_ninety_five_in_a_hundred_do_not_exceed_the_long_end(durations: list[int]) -> None:
    typical = usual(durations)
    assert typical is not None
    assert typical.p95 in durations
    assert 100 * sum(duration <= typical.p95 for duration in durations) >= 95 * len(durations)
    assert 100 * sum(duration < typical.p95 for duration in durations) < 95 * len(durations)


@given(DURATIONS)
def test_half_are_on_either_side_of_the_middle(durations: list[int]) -> None:
    typical = usual(durations)
    assert typical is not None
    assert min(durations) <= typical.median <= typical.p95
    assert 2 * sum(duration < typical.median for duration in durations) <= len(durations)
    assert 2 * sum(duration > typical.median for duration in durations) <= len(durations)


@pytest.mark.parametrize(
    ("usual_s", "completed", "limit_s", "after_s"),
    [
        (None, 0, None, None),
        (60, FEWEST - 1, None, None),  # too few to say what is usual
        (60, FEWEST, None, 120),
        (10, FEWEST, None, 40),  # by so much that somebody would notice
        (0, FEWEST, None, 30),
        (30, FEWEST, None, 60),
        (60, FEWEST, 100, 100),  # the limit comes first
        (60, FEWEST, 600, 120),
        (60, FEWEST - 1, 600, 600),
        (None, 0, 600, 600),
        (None, 0, 0, None),
    ],
)
def test_slow_is_far_beyond_the_usual_or_at_the_limit(
    usual_s: int | None, completed: int, limit_s: int | None, after_s: int | None
) -> None:
    lengths = [
        None if seconds is None else timedelta(seconds=seconds) for seconds in (usual_s, limit_s, after_s)
    ]
    assert slow_after(lengths[0], completed, lengths[1]) == lengths[2]


@pytest.mark.parametrize(
    ("duration", "of", "fast"),
    [
        (19, Usual(100, 100, FEWEST), True),
        (20, Usual(100, 100, FEWEST), False),
        (0, Usual(100, 100, FEWEST), True),
        (0, Usual(100, 100, FEWEST - 1), False),  # too few to say what is usual
        (0, Usual(0, 0, FEWEST), False),
        (0, None, False),
    ],
)
def test_fast_is_far_below_what_is_usual(duration: int, of: Usual | None, fast: bool) -> None:
    assert is_fast(duration, of) is fast


@pytest.mark.parametrize(
    ("usual_s", "completed", "limit_s", "expected"),
    [
        (48, FEWEST, 60, True),
        (60, FEWEST, 60, True),
        (47, FEWEST, 60, False),
        (48, FEWEST - 1, 60, False),  # too few to say what is usual
        (48, FEWEST, None, False),
        (None, 0, 60, False),
    ],
)
def test_a_usual_of_four_fifths_of_the_limit_is_near_it(
    usual_s: int | None, completed: int, limit_s: int | None, expected: bool
) -> None:
    seconds = [None if length is None else timedelta(seconds=length) for length in (usual_s, limit_s)]
    assert is_near_limit(seconds[0], completed, seconds[1]) is expected
