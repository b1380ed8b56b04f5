"""What deployments that fail alike depend on alike, and where that tells something."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain import dependencies
from dashboard.domain.dependencies import Dependency


def needs(agent: str = "a", versions: tuple[int | None, ...] = (1,), env: str = "e", *vaults: str) -> Any:
    return dependencies.of([(agent, version) for version in versions], env, vaults)


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
            [A1, needs("a", (None,), "e2")], [HEALTHY], ["agent a"], id="a version that is not told"
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
        pytest.param([needs("", (None,), ""), needs("", (None,), "")], [HEALTHY], [], id="nothing is told"),
        pytest.param([A1, A1], [], ["agent a v1", "environment e1"], id="the fleet is not known"),
    ],
)
def test_what_is_shared_is_what_all_touched_depend_on_and_not_everybody(
    touched: Any, fleet: Any, shared: list[str]
) -> None:
    assert [
        f"{it.kind} {it.value}" for it in dependencies.shared(touched, dependencies.common(fleet))
    ] == shared


def test_who_used_several_agents_depends_on_none_of_them() -> None:
    assert dependencies.of([("a", 1), ("b", 1)], "", ["", "v"]) == {Dependency("vault", "v")}


sets = st.lists(
    st.builds(needs, st.sampled_from("ab"), st.just((1,)), st.sampled_from("ef"), st.sampled_from("vw"))
)


@given(sets, sets)
def test_what_is_shared_belongs_to_every_touched_one_and_not_to_the_whole_fleet(
    touched: Any, fleet: Any
) -> None:
    for it in dependencies.shared(touched, dependencies.common(fleet)):
        assert all(it in one for one in touched)
        assert not fleet or not all(it in one for one in fleet)
