"""The last runs and slots of a deployment as small bars: what each says, and how it is drawn.

Height and texture carry the outcome: a failed bar is tall, a completed one middle, a skipped one a stub, a
missed slot a dotted gap. Colour repeats it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.utils import timezone

from dashboard.domain.states import SlotOutcome
from dashboard.models import Deployment, Key, Run, Slot
from dashboard.models.latest_per_deployment import latest
from dashboard.web import formatting, urls

_SAID = ("completed", "late", "failed", "missed", "skipped", "running", "pending", "started", "not seen")


@dataclass(frozen=True)
class StripBar:
    """One run, or one slot that no run met.

    word: what became of it; `late` is a run that completed, but started late
    title: the same with its time; url: where it is told in full
    fault: whether the agent's version changed just before it
    """

    word: str
    title: str = ""
    url: str = ""
    fault: bool = False


@dataclass(frozen=True)
class PlacedBar:
    """A bar at its place: paths by the class that colours them."""

    bar: StripBar
    x: int
    paths: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Strip:
    """Some bars, newest right; places without one are hollow.

    text: the one sentence that says it without looking
    paths: everything in as few paths as there are classes, for a strip whose bars lead nowhere
    """

    width: int
    height: int
    step: int
    text: str
    paths: tuple[tuple[str, str], ...]
    bars: tuple[PlacedBar, ...]


def strip(bars: Sequence[StripBar], places: int, *, step: int = 7, height: int = 20) -> Strip:
    """The newest `places` of these bars, given newest first, in units of the drawing."""
    shown = list(reversed(bars[:places]))
    empty = places - len(shown)
    drawn = tuple(
        PlacedBar(bar, x, tuple(_paths(bar.word, x, step - 2 if step < 10 else step - 5, height)))
        for x, bar in ((step * (empty + n), bar) for n, bar in enumerate(shown))
    )
    merged: dict[str, list[str]] = defaultdict(list)
    for n in range(empty):
        merged["none"].append(_box(step * n + 0.5, height - 9, step - 3 if step < 10 else step - 6, 7))
    for it in drawn:
        for name, path in it.paths:
            merged[name].append(path)
        if it.bar.fault:
            merged["fault"].append(f"M{it.x - 1} 0V{height}")
    joined = tuple((name, "".join(parts)) for name, parts in merged.items())
    return Strip(places * step - 2, height, step, said(shown), joined, drawn)


def said(bars: Sequence[StripBar]) -> str:
    """What the bars come to, in a sentence without a full stop: `last 20: 17 completed, 2 failed`."""
    if not bars:
        return "no runs yet"
    counted = Counter(bar.word for bar in bars)
    words = [*_SAID, *sorted(set(counted) - set(_SAID))]
    return f"last {len(bars)}: " + ", ".join(f"{counted[word]} {word}" for word in words if counted[word])


def _paths(word: str, x: int, width: int, height: int) -> list[tuple[str, str]]:
    base = height - 2
    middle = round(base * 0.55)
    if word == "failed":
        return [("failed", _box(x, 0, width, base))]
    if word in ("completed", "late"):
        cap = [("cap", _box(x, base - middle - 4, width, 2))] if word == "late" else []
        return [("ok", _box(x, base - middle, width, middle)), *cap]
    if word == "skipped":
        return [("skipped", _box(x, base - 4, width, 4))]
    if word in ("running", "pending"):
        return [(word, _box(x + 0.5, base - middle, width - 1, middle))]
    if word == "missed":
        return [("missed", f"M{x + width / 2:g} 1V{base}")]
    if word == "started":
        return [("started", _box(x, base - middle, width, middle))]
    return [("unknown", f"M{x + width / 2:g} 1V{base}")]


def _box(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:g} {y:g}h{width:g}v{height:g}h-{width:g}z"


IN_A_ROW = 20  # places of a strip in a list


def strips(deployments: Collection[Deployment], places: int = IN_A_ROW) -> dict[Key, Strip]:
    """A strip of each of these deployments, whose bars lead nowhere."""
    found = _events(deployments, places)
    return {key: strip(bars, places) for key, bars in found.items()}


def linked_strip(deployment: Deployment, places: int) -> Strip:
    """The strip on a deployment's own page."""
    bars = _events([deployment], places)[deployment.key]
    return strip(bars, places, step=14, height=34)


def _events(deployments: Collection[Deployment], places: int) -> dict[Key, list[StripBar]]:
    """What is drawn of each deployment, newest first: its runs, and the slots that no run met."""
    columns = ("run_id", "status", "duration_ms", "agent_version")
    runs = latest(Run.objects.all(), deployments, places, *columns)
    told = (*SlotOutcome.UNMET, SlotOutcome.LATE)
    slots = latest(Slot.objects.filter(outcome__in=told), deployments, places, "outcome", "run_id")
    return {it.key: _bars(runs.get(it.key, []), slots.get(it.key, []), places) for it in deployments}


def _bars(runs: Sequence[Run], slots: Sequence[Slot], places: int) -> list[StripBar]:
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


def _of_run(run: Run, *, late: bool, fault: bool) -> StripBar:
    word = "late" if late and run.status == "completed" else run.status or "unknown"
    lasted = f", {formatting.duration_ms(run.duration_ms)}" if run.duration_ms else ""
    version = f", first with agent version {run.agent_version}" if fault else ""
    said = "completed, started late" if word == "late" else word
    return StripBar(
        word, f"{said}, {_clock(run.at)}{lasted}{version}", urls.run(run.run_id, run.account), fault
    )


def _of_slot(slot: Slot) -> StripBar:
    word = "missed" if slot.outcome == SlotOutcome.MISSED else "not seen"
    url = urls.slot(slot.deployment_id, timezone.localtime(slot.at), slot.account)
    return StripBar(word, f"{word}: promised for {_clock(slot.at)}", url)


def _clock(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{formatting.moment(local)} {local:%Z}"
