"""Failures that are one event, because several deployments failed within minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.incidents import TOGETHER, Failure, told_as_one
from tests.factories import NOW


def failures(said: str) -> list[Failure]:
    """`a0 b4` is a failure of a, and four minutes after it one of b."""
    return [Failure(NOW + timedelta(minutes=int(it[1:])), ("default", it[0])) for it in said.split()]


def told(said: str) -> list[str]:
    return [
        " ".join(f"{it.deployment[1]}{(it.at - NOW) // timedelta(minutes=1)}" for it in event)
        for event in told_as_one(failures(said))
    ]


@pytest.mark.parametrize(
    ("said", "events"),
    [
        ("", []),
        ("a0", []),
        ("a0 a1 a2", []),  # one deployment alone is no event
        ("a0 b0", ["a0 b0"]),
        ("a0 b10", ["a0 b10"]),
        ("a0 b11", []),
        ("a0 a5 b9", ["a0 a5 b9"]),
        ("a0 b8 c16 d24", ["a0 b8 c16 d24"]),  # each within minutes of the next
        ("a0 b1 a60 b61", ["a0 b1", "a60 b61"]),
        ("a0 a9 a18 a27 b30 a39 a48", ["a27 b30 a39"]),  # what one does alone does not belong to it
        ("a0 b2 a30 c60 b62", ["a0 b2", "c60 b62"]),
    ],
)
def test_an_event_is_what_failed_within_minutes_of_another_deployment(said: str, events: list[str]) -> None:
    assert told(said) == events


@given(st.lists(st.tuples(st.integers(0, 200), st.sampled_from("abc")), max_size=20))
def test_an_event_touches_several_deployments_and_no_failure_is_told_twice(
    given_: list[tuple[int, str]],
) -> None:
    every = [Failure(NOW + timedelta(minutes=minute), ("default", key)) for minute, key in sorted(given_)]
    events = told_as_one(every)
    assert all(len({it.deployment for it in event}) > 1 for event in events)
    assert sum(map(len, events)) <= len(every)
    for failure in every:
        near = any(
            other.deployment != failure.deployment and abs(other.at - failure.at) <= TOGETHER
            for other in every
        )
        assert near == any(failure in event for event in events)
