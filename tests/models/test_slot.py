"""The questions that are asked about slots."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.models import Slot, SlotTotal
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def slot(days: int, run_id: str, account: str = "default") -> Slot:
    return Slot.objects.create(
        account=account,
        deployment_id="dep_a",
        at=NOW - timedelta(days=days),
        run_id=run_id,
        seen_at=NOW,
    )


def test_a_run_met_the_slot_that_names_it() -> None:
    met = slot(1, "drun_1")
    slot(2, "drun_2")
    slot(3, "")
    slot(4, "drun_1", account="other")
    assert list(Slot.objects.met_by("default", "drun_1")) == [met]
    assert not Slot.objects.met_by("default", "")


def test_the_slot_of_a_run_is_asked_for_in_the_words_of_its_index() -> None:
    assert 'NOT ("dashboard_slot"."run_id" = ' in str(Slot.objects.met_by("default", "drun_1").query)


def test_a_total_of_slots_reads_as_what_it_counts() -> None:
    total = SlotTotal(deployment_id="dep_a", outcome="missed", settled=3, revised=1)
    assert str(total) == "3 missed of dep_a, 1 of them revised"
