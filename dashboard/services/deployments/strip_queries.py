"""The strips of the deployments that a page shows, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from django.utils import timezone

from dashboard.domain.slots import SlotOutcome
from dashboard.models import Deployment, Key, Run, Slot
from dashboard.models.latest_per_deployment import latest
from dashboard.services.deployments.strips import Bar, Strip, strip
from dashboard.web import formatting as durations
from dashboard.web import urls as addresses

IN_A_ROW = 20  # places of a strip in a list


def strips(deployments: Collection[Deployment], places: int = IN_A_ROW) -> dict[Key, Strip]:
    """A strip of each of these deployments, whose bars lead nowhere."""
    found = _events(deployments, places)
    return {key: strip(bars, places) for key, bars in found.items()}


def linked_strip(deployment: Deployment, places: int) -> Strip:
    """The strip on a deployment's own page."""
    bars = _events([deployment], places)[deployment.key]
    return strip(bars, places, step=14, height=34)


def _events(deployments: Collection[Deployment], places: int) -> dict[Key, list[Bar]]:
    """What is drawn of each deployment, newest first: its runs, and the slots that no run met."""
    columns = ("run_id", "status", "duration_ms", "agent_version")
    runs = latest(Run.objects.all(), deployments, places, *columns)
    told = (*SlotOutcome.UNMET, SlotOutcome.LATE)
    slots = latest(Slot.objects.filter(outcome__in=told), deployments, places, "outcome", "run_id")
    return {it.key: _bars(runs.get(it.key, []), slots.get(it.key, []), places) for it in deployments}


def _bars(runs: Sequence[Run], slots: Sequence[Slot], places: int) -> list[Bar]:
    late = {slot.run_id for slot in slots if slot.outcome == SlotOutcome.LATE}
    changed = {newer.pk for newer, older in pairwise(runs) if _changed(newer, older)}
    dated = [(run.at, _of_run(run, late=run.run_id in late, fault=run.pk in changed)) for run in runs]
    # Slots older than the oldest run shown would stand beside runs that are not there.
    since = runs[-1].at if len(runs) == places else None
    dated += [(slot.at, _of_slot(slot)) for slot in _unmet(slots) if since is None or slot.at > since]
    dated.sort(key=lambda pair: pair[0], reverse=True)
    return [bar for _, bar in dated[:places]]


def _changed(newer: Run, older: Run) -> bool:
    versions = (newer.agent_version, older.agent_version)
    return None not in versions and versions[0] != versions[1]


def _unmet(slots: Iterable[Slot]) -> list[Slot]:
    return [slot for slot in slots if slot.outcome in SlotOutcome.UNMET]


def _of_run(run: Run, *, late: bool, fault: bool) -> Bar:
    word = "late" if late and run.status == "completed" else run.status or "unknown"
    lasted = f", {durations.said_ms(run.duration_ms)}" if run.duration_ms else ""
    version = f", first with agent version {run.agent_version}" if fault else ""
    said = "completed, started late" if word == "late" else word
    return Bar(
        word, f"{said}, {_clock(run.at)}{lasted}{version}", addresses.run(run.run_id, run.account), fault
    )


def _of_slot(slot: Slot) -> Bar:
    word = "missed" if slot.outcome == SlotOutcome.MISSED else "not seen"
    url = addresses.slot(slot.deployment_id, timezone.localtime(slot.at), slot.account)
    return Bar(word, f"{word}: promised for {_clock(slot.at)}", url)


def _clock(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{durations.moment(local)} {local:%Z}"
