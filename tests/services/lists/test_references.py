"""What somebody may choose from who types: the first few, and how many there are."""

from __future__ import annotations

import pytest

from dashboard.models import Deployment
from dashboard.services.lists.references import MOST, REFERENCES, offer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "number", "text"),
    [
        ("", MOST, "The first 20 of 1,001 deployments: type to find others"),
        ("Job 99", 11, "11 deployments"),
        ("Job 1000", 1, "1 deployment"),
        ("nobody", 0, "No deployment has that in its id or in a name"),
    ],
)
def test_the_first_are_offered_and_any_is_found_by_typing(typed: str, number: int, text: str) -> None:
    Deployment.objects.bulk_create(
        Deployment(deployment_id=f"dep_{n}", account="default", name=f"Job {n}") for n in range(1_001)
    )
    offered = offer(REFERENCES["deployment"], typed)
    assert (len(offered.choices), offered.text) == (number, text)
