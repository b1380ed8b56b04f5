"""What became of runs before and after a new version of the agent."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.agent_versions import Change, Stretch, VersionedRun, changes, stretches
from dashboard.domain.thresholds import FEWEST
from tests.factories import NOW

HOUR = timedelta(hours=1)
RUNS = st.lists(st.tuples(st.none() | st.integers(1, 3), st.none() | st.booleans()), max_size=40)


def ran(*known: tuple[int | None, bool | None]) -> list[VersionedRun]:
    """Runs an hour apart, oldest first: version, and whether each failed."""
    return [VersionedRun(NOW + n * HOUR, version, failed) for n, (version, failed) in enumerate(known)]


def test_runs_on_end_with_one_version_are_one_stretch() -> None:
    result = stretches(ran((1, False), (1, True), (2, None), (2, True), (1, False)))
    assert result == [
        Stretch(1, NOW, 1, 2),
        Stretch(2, NOW + 2 * HOUR, 1, 1),
        Stretch(1, NOW + 4 * HOUR, 0, 1),
    ]


def test_a_run_that_tells_no_version_neither_counts_nor_divides() -> None:
    result = stretches(ran((None, True), (1, False), (None, True), (1, False)))
    assert result == [Stretch(1, NOW + HOUR, 0, 2)]


def test_changes_come_newest_first_and_one_version_alone_is_none() -> None:
    assert changes(ran((1, False), (1, False))) == []
    assert changes([]) == []
    result = changes(ran((1, False), (2, False), (4, False)))
    assert [(change.before.version, change.after.version) for change in result] == [(2, 4), (1, 2)]


def stretch(failed: int, finished: int) -> Stretch:
    return Stretch(1, NOW, failed, finished)


@pytest.mark.parametrize(
    ("before", "after", "counted", "worse"),
    [
        ((0, FEWEST), (FEWEST, FEWEST), True, True),
        ((2, 5), (3, 5), True, True),
        ((0, FEWEST - 1), (FEWEST, FEWEST), False, False),  # silent under five on either side
        ((0, FEWEST), (FEWEST - 1, FEWEST - 1), False, False),
        ((3, 6), (6, 6), True, False),  # half of them failed before already
        ((0, 6), (3, 6), True, False),  # half is not more than half
        ((5, 5), (0, 5), True, False),
        ((0, 0), (0, 0), False, False),
    ],
)
def test_failing_began_with_a_version_only_where_enough_ran_on_both_sides(
    before: tuple[int, int], after: tuple[int, int], counted: bool, worse: bool
) -> None:
    change = Change(stretch(*before), stretch(*after))
    assert (change.counted, change.worse) == (counted, worse)


@given(RUNS)
def test_stretches_leave_out_nothing_and_never_repeat_a_version(
    values: list[tuple[int | None, bool | None]],
) -> None:
    result, runs = stretches(ran(*values)), ran(*values)
    known = [run for run in runs if run.version is not None]
    assert sum(row.finished for row in result) == sum(run.failed is not None for run in known)
    assert sum(row.failed for row in result) == sum(run.failed is True for run in known)
    assert all(a.version != b.version and a.since < b.since for a, b in pairwise(result))
    assert len(changes(runs)) == max(len(result) - 1, 0)
