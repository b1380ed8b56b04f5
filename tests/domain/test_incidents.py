"""Failures that are one event, because several deployments failed within minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain import incidents
from dashboard.domain.incidents import INCIDENT_GAP, Dependency, Failure, group_incidents
from tests.factories import NOW


def failures(text: str) -> list[Failure]:
    """`a0 b4` is a failure of a, and four minutes after it one of b."""
    return [Failure(NOW + timedelta(minutes=int(row[1:])), ("default", row[0])) for row in text.split()]


def grouped(text: str) -> list[str]:
    return [
        " ".join(f"{row.deployment[1]}{(row.at - NOW) // timedelta(minutes=1)}" for row in event)
        for event in group_incidents(failures(text))
    ]


@pytest.mark.parametrize(
    ("text", "events"),
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
def test_an_event_is_what_failed_within_minutes_of_another_deployment(text: str, events: list[str]) -> None:
    assert grouped(text) == events


@given(st.lists(st.tuples(st.integers(0, 200), st.sampled_from("abc")), max_size=20))
def test_an_event_touches_several_deployments_and_no_failure_is_shown_twice(
    given_: list[tuple[int, str]],
) -> None:
    every = [Failure(NOW + timedelta(minutes=minute), ("default", key)) for minute, key in sorted(given_)]
    events = group_incidents(every)
    assert all(len({row.deployment for row in event}) > 1 for event in events)
    assert sum(map(len, events)) <= len(every)
    for failure in every:
        near = any(
            other.deployment != failure.deployment and abs(other.at - failure.at) <= INCIDENT_GAP
            for other in every
        )
        assert near == any(failure in event for event in events)


def needs(agent: str = "a", versions: tuple[int | None, ...] = (1,), env: str = "e", *vaults: str) -> Any:
    return incidents.dependencies_of(frozenset((agent, version) for version in versions), env, tuple(vaults))


A1, A2, B1 = needs("a", (1,), "e1"), needs("a", (2,), "e2"), needs("b", (1,), "e1")
HEALTHY = needs("z", (9,), "e9")


@pytest.mark.parametrize(
    ("touched", "fleet", "shared"),
    [
        pytest.param([], [], [], id="nothing is touched"),
        pytest.param([A1], [A1, HEALTHY], [], id="one shares nothing with itself"),
        pytest.param([A1, needs("a", (1,), "e2")], [HEALTHY], ["agent a v1"], id="agent and version"),
        pytest.param([A1, A2], [A1, A2, HEALTHY], ["agent a"], id="the agent in several versions"),
        pytest.param(
            [A1, needs("a", (1, 2), "e2")], [HEALTHY], ["agent a"], id="one of them had both versions"
        ),
        pytest.param(
            [A1, needs("a", (None,), "e2")], [HEALTHY], ["agent a"], id="a version that is not grouped"
        ),
        pytest.param([A1, B1], [A1, B1, HEALTHY], ["environment e1"], id="the environment"),
        pytest.param(
            [needs("a", (1,), "e1", "v", "w"), needs("b", (1,), "e2", "w")],
            [HEALTHY],
            ["vault w"],
            id="a vault",
        ),
        pytest.param(
            [needs("a", (1,), "e", "v")] * 2,
            [HEALTHY],
            ["agent a v1", "environment e", "vault v"],
            id="everything",
        ),
        pytest.param([A1, needs("b", (1,), "e2")], [HEALTHY], [], id="nothing"),
        pytest.param([A1, A1], [A1, A1, A1], [], id="what the whole fleet depends on explains nothing"),
        pytest.param(
            [A1, A1], [A1, needs("a", (2,), "e1")], ["agent a v1"], id="only the version tells apart"
        ),
        pytest.param(
            [needs("", (None,), ""), needs("", (None,), "")], [HEALTHY], [], id="nothing is grouped"
        ),
        pytest.param([A1, A1], [], ["agent a v1", "environment e1"], id="the fleet is not known"),
    ],
)
def test_what_is_shared_is_what_all_touched_depend_on_and_not_everybody(
    touched: Any, fleet: Any, shared: list[str]
) -> None:
    assert [
        f"{shared_dependency.kind} {shared_dependency.value}"
        for shared_dependency in incidents.shared_dependencies(touched, incidents.common_dependencies(fleet))
    ] == shared


def test_who_used_several_agents_depends_on_none_of_them() -> None:
    assert incidents.dependencies_of(frozenset([("a", 1), ("b", 1)]), "", ("", "v")) == {
        Dependency("vault", "v")
    }


sets = st.lists(
    st.builds(needs, st.sampled_from("ab"), st.just((1,)), st.sampled_from("ef"), st.sampled_from("vw"))
)


@given(sets, sets)
def test_what_is_shared_belongs_to_every_touched_one_and_not_to_the_whole_fleet(
    touched: Any, fleet: Any
) -> None:
    for shared_dependency in incidents.shared_dependencies(touched, incidents.common_dependencies(fleet)):
        assert all(shared_dependency in one for one in touched)
        assert not fleet or not all(shared_dependency in one for one in fleet)
