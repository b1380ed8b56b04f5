"""How many slots were ever settled, by outcome: counters that only rise, whatever becomes of the slots.

A slot that is settled anew, as by a run that shows up late, counts as settled once more and as revised of
what it was: so no counter falls, and what stands is what was settled less what was revised.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from dashboard.domain.states import SlotOutcome
from dashboard.models import Slot, SlotTotal
from dashboard.services.sync.upsert import upsert

_KEYS = ("account", "deployment_id", "outcome")


def outcomes_of(slots: Iterable[Slot]) -> dict[int, str]:
    """The outcomes of stored slots by their primary key, to be noted before they change."""
    return {slot.pk: slot.outcome for slot in slots}


def add(changed: Iterable[Slot], before: Mapping[int, str]) -> None:
    """Count slots by what they have become, in the transaction that writes them.

    before: their outcomes until now; a slot that is not among them is new
    """
    settled: Counter[tuple[str, str, str]] = Counter()
    revised: Counter[tuple[str, str, str]] = Counter()
    for slot in changed:
        settled[(*slot.key, slot.outcome)] += 1
        revised[(*slot.key, before.get(slot.pk, SlotOutcome.DUE))] += 1
    totals = [
        SlotTotal(**dict(zip(_KEYS, key, strict=True)), settled=settled[key], revised=revised[key])
        for key in sorted({*settled, *revised})
        if key[-1] in SlotOutcome.SETTLED
    ]
    upsert(totals, _KEYS, add=["settled", "revised"])
