"""Promises: when one is due, who kept it, and when it was taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from dashboard.domain.states import Outcome, SlotOutcome, Withdrawal
from tests.compare.oracle.reading import SeenDeployment, SeenRun, Slot
from tests.compare.worlds import DAY, MINUTE, SECOND

ON_TIME, EARLY, LONGEST_WAIT, LOOK_BACK = 60 * SECOND, 10 * SECOND, 10 * MINUTE, 2 * DAY
UNMET = (SlotOutcome.MISSED, SlotOutcome.UNOBSERVED)


def note(deployment: SeenDeployment, before: SeenDeployment | None, now: datetime) -> None:
    """Note what a deployment promises as it is read now."""
    edited = before is not None and before.schedule != deployment.schedule
    changed_at = deployment.archived_at or deployment.updated_at
    for slot in deployment.slots.values():
        if slot.outcome == SlotOutcome.DUE:
            stands = deployment.active and slot.at in deployment.promised
            if slot.at <= now:  # its time had come: only what was done before can have taken it back
                before_it = changed_at is not None and changed_at <= slot.at
                stands = not (before_it and (edited or not deployment.active))
            if not stands:
                slot.become(SlotOutcome.WITHDRAWN)
                slot.reason = _reason(deployment, edited=edited)
                slot.moved_to = next((at for at in deployment.promised if at > slot.at), None)
    for at in deployment.promised if deployment.active else ():
        slot_or_none = deployment.slots.get(at)
        if at > now and slot_or_none is None:
            gap, totals = deployment.gap or DAY, deployment.totals
            deployment.slots[at] = Slot(deployment.key, at, gap, SlotOutcome.DUE, totals=totals)
        elif at > now and slot_or_none and slot_or_none.outcome == SlotOutcome.WITHDRAWN:
            slot_or_none.become(SlotOutcome.DUE)
            slot_or_none.reason, slot_or_none.moved_to = "", None


def _reason(deployment: SeenDeployment, *, edited: bool) -> str:
    if deployment.active:
        return Withdrawal.EDITED if edited else Withdrawal.MOVED
    return Withdrawal.ARCHIVED if deployment.archived_at else Withdrawal.PAUSED


def settle(
    deployment: SeenDeployment, runs: Sequence[SeenRun], now: datetime, watched: Iterable[Sequence[datetime]]
) -> None:
    """Settle what is due by now, and what a run that was seen late has met after all."""
    waiting = [slot for slot in deployment.slots.values() if _waits(slot, now)]
    others = [slot.run_id for slot in deployment.slots.values() if slot not in waiting]
    firings = [run for run in runs if run.trigger == "schedule" and run.id not in others]
    pairs = _pairs(waiting, firings)
    for slot in sorted(waiting, key=lambda slot: slot.at):
        run = pairs.get(slot.at)
        outcome = _outcome(slot, run, now, watched=any(a <= slot.at <= b for a, b in watched))
        if run or slot.outcome not in UNMET:
            slot.become(outcome)
            slot.run_id = run.id if run else ""
            slot.late = max(run.at - slot.at, timedelta()) if run else timedelta()


def _waits(slot: Slot, now: datetime) -> bool:
    if slot.outcome in UNMET:
        return slot.at >= now - LOOK_BACK
    return slot.outcome in (SlotOutcome.DUE, SlotOutcome.RUNNING) and slot.at <= now + EARLY


def _pairs(slots: Sequence[Slot], runs: Sequence[SeenRun]) -> dict[datetime, SeenRun]:
    """Which run was started for which slot: the one that says so, else the nearest first."""
    pairs = {run.scheduled_at: run for run in runs if run.scheduled_at}
    pairs = {slot.at: pairs[slot.at] for slot in slots if slot.at in pairs}
    near = sorted(
        (abs(run.at - slot.at), slot.at, run.id, run)
        for slot in slots
        for run in runs
        if run.scheduled_at is None and -min(slot.gap / 2, EARLY) <= run.at - slot.at < slot.gap / 2
    )
    for _, at, _, run in near:
        if at not in pairs and run not in pairs.values():
            pairs[at] = run
    return {at: run for at, run in pairs.items() if at}


def _outcome(slot: Slot, run: SeenRun | None, now: datetime, *, watched: bool) -> str:
    if run is None and now <= slot.at + min(slot.gap / 2, LONGEST_WAIT):
        return SlotOutcome.DUE
    if run is None:
        return SlotOutcome.MISSED if watched else SlotOutcome.UNOBSERVED
    if run.status == Outcome.SKIPPED:
        return SlotOutcome.SKIPPED
    if run.open:
        return SlotOutcome.RUNNING
    return SlotOutcome.LATE if run.at - slot.at > ON_TIME else SlotOutcome.ON_TIME
