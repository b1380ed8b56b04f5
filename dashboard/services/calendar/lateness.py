"""How late runs came after their slots."""

from __future__ import annotations

from collections.abc import Collection

from dashboard.domain.states import SlotOutcome
from dashboard.models import Slot


def late_s(run_ids: Collection[str]) -> dict[tuple[str, str], float]:
    """By how many seconds runs were late, by account and id; those that were not are left out."""
    rows = Slot.objects.met_by_any(run_ids).values_list("account", "run_id", "outcome", "late_s")
    return {
        (account, run_id): seconds
        for account, run_id, outcome, seconds in rows
        if outcome == SlotOutcome.LATE
    }
