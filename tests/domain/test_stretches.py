"""A span of time in stretches: all of it, in order, and none too many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.stretches import NOT_KNOWN, Span, StateStretch, cut, gather

ZERO, MINUTE = datetime(2026, 6, 16, tzinfo=UTC), timedelta(minutes=1)
ORDER = "abc"
ALWAYS = [(-99, 99)]
Stands = list[tuple[str, int, int]]


def at(minute: int) -> datetime:
    return ZERO + minute * MINUTE


def drawn(stands: Stands, known: list[tuple[int, int]], end: int = 10) -> list[tuple[str, int, int]]:
    """The pieces of the first minutes, as states with their minutes."""
    rows = [StateStretch(state, at(since), at(until)) for state, since, until in stands]
    spans = [Span(at(since), at(until)) for since, until in known]
    pieces = cut(rows, spans, Span(ZERO, at(end)))
    return [(row.state, (row.since - ZERO) // MINUTE, (row.until - ZERO) // MINUTE) for row in pieces]


@pytest.mark.parametrize(
    ("stands", "known", "pieces"),
    [
        ([], ALWAYS, [("", 0, 10)]),
        ([("a", 0, 10)], [], [("", 0, 10)]),
        ([("a", -5, 20)], ALWAYS, [("a", 0, 10)]),
        ([("b", 4, 10), ("a", 0, 4)], ALWAYS, [("a", 0, 4), ("b", 4, 10)]),  # in any order
        ([("a", 2, 4), ("b", 6, 8)], ALWAYS, [("", 0, 2), ("a", 2, 4), ("", 4, 6), ("b", 6, 8), ("", 8, 10)]),
        ([("a", 0, 4), ("a", 4, 10)], ALWAYS, [("a", 0, 10)]),
        ([("a", 0, 4), ("b", 4, 4), ("c", 4, 10)], ALWAYS, [("a", 0, 4), ("c", 4, 10)]),
        ([("a", 0, 10)], [(7, 12), (-3, 2)], [("a", 0, 2), ("", 2, 7), ("a", 7, 10)]),
        ([("a", 9, 3)], ALWAYS, [("", 0, 10)]),  # cut off by a clock that was set back
    ],
)
def test_a_span_is_cut_where_something_changes(
    stands: Stands, known: list[tuple[int, int]], pieces: list[tuple[str, int, int]]
) -> None:
    assert drawn(stands, known) == pieces


def test_a_span_without_length_has_no_stretch() -> None:
    assert drawn([("a", 0, 10)], ALWAYS, end=0) == []


def gathered(*pieces: tuple[str, int]) -> list[tuple[str, int, int]]:
    """States with their minutes, those shorter than five minutes as they are drawn, and what each holds."""
    rows, since = [], ZERO
    for state, minutes in pieces:
        rows.append(StateStretch(state, since, since + minutes * MINUTE))
        since = rows[-1].until
    shown = gather(rows, 5 * MINUTE, ORDER.index)
    return [(row.state, row.length // MINUTE, row.changes) for row in shown]


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        ([("a", 9), ("b", 1), ("a", 9)], [("a", 9, 0), ("b", 1, 0), ("a", 9, 0)]),  # one is seen by itself
        ([("c", 1), ("a", 2), ("b", 1), ("c", 9)], [("a", 4, 2), ("c", 9, 0)]),
        (
            [("b", 3), ("c", 3), ("b", 3)],
            [("b", 6, 1), ("b", 3, 0)],
        ),  # long enough together: the next is apart
        ([], []),
    ],
)
def test_short_ones_side_by_side_are_drawn_as_the_worst_of_them(
    pieces: list[tuple[str, int]], shown: list[tuple[str, int, int]]
) -> None:
    assert gathered(*pieces) == shown


CUTS = st.lists(st.integers(-5, 15), max_size=8, unique=True).map(sorted)


@given(CUTS, st.lists(st.sampled_from("abc"), min_size=9, max_size=9), CUTS)
def test_every_minute_is_drawn_as_what_stood_then(
    edges: list[int], states: list[str], seen: list[int]
) -> None:
    stands = list(zip(states, edges, edges[1:], strict=False))
    known = list(zip(seen[::2], seen[1::2], strict=False))
    pieces = drawn(stands, known)
    assert [piece[1] for piece in pieces] == [0, *(piece[2] for piece in pieces[:-1])]
    assert pieces[-1][2] == 10
    assert all(one[0] != other[0] for one, other in pairwise(pieces))
    for minute in range(10):
        [state] = [state for state, since, until in pieces if since <= minute < until]
        stood = next((state for state, since, until in stands if since <= minute < until), NOT_KNOWN)
        watched = any(since <= minute < until for since, until in known)
        assert state == (stood if watched else NOT_KNOWN)
