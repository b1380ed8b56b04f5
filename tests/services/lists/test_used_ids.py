"""Agents and environments: which a typed text means, and which are offered, each with what uses it."""

from __future__ import annotations

import pytest

from dashboard.services.lists import used_ids
from dashboard.web.components import Choice
from tests.factories import deployment_record, stored_deployments

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]


@pytest.fixture(autouse=True)
def fleet() -> None:
    """Three agents; what uses the last one has no name, and one deployment has no agent."""
    stored_deployments(
        *(
            deployment_record(key) | {"name": name, "agent": {"id": agent}}
            for key, name, agent in (
                ("a", "Nightly", "agent_a"),
                ("b", "A <b>weekly</b> " + "x" * 60, "agent_a"),
                ("c", "Digest", "agent_b"),
                ("d", "", "agent_c"),
                ("e", "Idle", ""),
            )
        )
    )


def test_an_id_is_offered_with_the_first_deployment_that_uses_it() -> None:
    assert used_ids.offered("agent_id", "", 2) == (
        [
            Choice("agent_a", "agent_a", "A <b>weekly</b> " + "x" * 23 + "… and 1 more"),
            Choice("agent_b", "agent_b", "Digest"),
        ],
        3,
    )
    assert used_ids.offered("agent_id", "AGENT_C", 2) == ([Choice("agent_c", "agent_c", "dep_d")], 1)
    assert used_ids.offered("agent_id", "nightly", 2)[1] == 1
    assert used_ids.offered("agent_id", "idle", 2) == ([], 0)


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("agent_a", ["agent_a"]),
        ("digest", ["agent_b"]),
        ("agent_b (Digest)", ["agent_b"]),
        ("agent_b v3", ["agent_b"]),
        ("gent_", ["agent_a", "agent_b", "agent_c"]),
        ("agent_of_old_runs", ["agent_of_old_runs"]),
        ("\x07", []),
    ],
)
def test_a_text_means_an_id_or_what_uses_it(typed: str, ids: list[str]) -> None:
    assert used_ids.meant_by("agent_id", typed) == ids
