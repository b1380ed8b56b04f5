"""The last runs and slots of a deployment as small bars: what each says, and how it is drawn.

Height and texture carry the outcome: a failed bar is tall, a completed one middle, a skipped one a stub, a
missed slot a dotted gap. Colour repeats it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from django.utils import timezone

from dashboard.domain.states import Outcome, SlotOutcome
from dashboard.models import Deployment, Key, Run, Slot
from dashboard.models.latest_per_deployment import latest
from dashboard.services.lists import badges
from dashboard.web import formatting, urls
from dashboard.web.drawing import rectangle

Change = tuple[datetime, str]  # when a reading first saw it, and what it was
_NOT_SEEN = "not seen"
_WORDS = (
    *(Outcome.COMPLETED, SlotOutcome.LATE, Outcome.FAILED, SlotOutcome.MISSED, Outcome.SKIPPED),
    *(Outcome.RUNNING, Outcome.PENDING, Outcome.STARTED, _NOT_SEEN),
)

_LEGEND = (
    *(Outcome.COMPLETED, SlotOutcome.LATE, Outcome.FAILED, Outcome.SKIPPED, Outcome.RUNNING),
    SlotOutcome.MISSED,
)


@dataclass(frozen=True, slots=True)
class StripBar:
    """One run, or one slot that no run met.

    word: what became of it; `late` is a run that completed, but started late
    title: the same with its time; url: where all of it is shown
    fault: whether the agent's version or the definition changed just before it
    """

    word: str
    title: str = ""
    url: str = ""
    fault: bool = False
    at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PlacedBar:
    """A bar at its place: paths by the class that colours them."""

    bar: StripBar
    x: int
    paths: tuple[tuple[str, str], ...]

    @property
    def target_x(self) -> int:
        """Where what can be pointed at begins: a little before the bar."""
        return self.x - 2


@dataclass(frozen=True, slots=True)
class Strip:
    """Some bars, newest right; places without one are hollow.

    text: all of it in one sentence; bars: none of a strip whose bars lead nowhere
    paths: everything in as few paths as there are classes, for a strip whose bars lead nowhere
    """

    width: int
    height: int
    step: int
    text: str
    paths: tuple[tuple[str, str], ...]
    bars: tuple[PlacedBar, ...]

    @property
    def base_y(self) -> float:
        """Where the line is that the bars stand on."""
        return self.height - 0.5

    @property
    def legend(self) -> tuple[tuple[str, str], ...]:
        """The states that its legend explains, each with its label; `started` only where there is one."""
        started = any(placed.bar.word == Outcome.STARTED for placed in self.bars)
        return tuple((word, _label(word)) for word in (*_LEGEND, *((Outcome.STARTED,) if started else ())))

    @property
    def marks(self) -> tuple[tuple[str, str], ...]:
        """The paths that belong to no bar: places without one, and changes of the version."""
        return tuple((name, path) for name, path in self.paths if name in ("none", "fault"))


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
        merged["none"].append(rectangle(step * n + 0.5, height - 9, step - 3 if step < 10 else step - 6, 7))
    for placed in drawn:
        for name, path in placed.paths:
            merged[name].append(path)
        if placed.bar.fault:
            merged["fault"].append(f"M{placed.x - 1} 0V{height}")
    joined = tuple((name, "".join(parts)) for name, parts in merged.items())
    return Strip(places * step - 2, height, step, describe(shown), joined, drawn)


def describe(bars: Sequence[StripBar]) -> str:
    """What the bars come to, in a sentence without a full stop: `last 20: 17 completed, 2 failed`."""
    if not bars:
        return "no runs yet"
    counted = Counter(bar.word for bar in bars)
    words = [*_WORDS, *sorted(set(counted) - set(_WORDS))]
    parts = (f"{counted[word]} {_label(word)}" for word in words if counted[word])
    return f"last {len(bars)}: " + ", ".join(parts)


def _label(word: str) -> str:
    return badges.outcome(word).word


def _paths(word: str, x: int, width: int, height: int) -> list[tuple[str, str]]:
    base = height - 2
    middle = round(base * 0.55)
    if word == Outcome.FAILED:
        return [(word, rectangle(x, 0, width, base))]
    if word in (Outcome.COMPLETED, SlotOutcome.LATE):
        cap = [("cap", rectangle(x, base - middle - 4, width, 2))] if word == SlotOutcome.LATE else []
        return [("ok", rectangle(x, base - middle, width, middle)), *cap]
    if word == Outcome.SKIPPED:
        return [(word, rectangle(x, base - 4, width, 4))]
    if word in (Outcome.RUNNING, Outcome.PENDING):
        return [(word, rectangle(x + 0.5, base - middle, width - 1, middle))]
    if word == SlotOutcome.MISSED:
        return [(word, f"M{x + width / 2:g} 1V{base}")]
    if word == Outcome.STARTED:
        return [(word, rectangle(x, base - middle, width, middle))]
    return [("unknown", f"M{x + width / 2:g} 1V{base}")]


IN_A_ROW = 20  # places of a strip in a list
NO_STRIP = strip((), IN_A_ROW)


def strips(deployments: Collection[Deployment], places: int = IN_A_ROW) -> dict[Key, Strip]:
    """A strip of each of these deployments, whose bars lead nowhere."""
    events = _events(deployments, places, linked=False)
    return {
        key: _kept_strip(tuple((bar.word, bar.fault) for bar in bars), places) for key, bars in events.items()
    }


@lru_cache(maxsize=2_000)  # from one page to the next few of them change; of three kilobytes each
def _kept_strip(bars: tuple[tuple[str, bool], ...], places: int) -> Strip:
    """As one picture: the bars themselves are left out, which are most of it."""
    return replace(strip([StripBar(word, fault=fault) for word, fault in bars], places), bars=())


def linked_strip(deployment: Deployment, places: int, changes: Iterable[Change] = ()) -> Strip:
    """The strip on a deployment's own page; changes: of its definition, which are marked in it."""
    bars = _events([deployment], places, linked=True)[deployment.key]
    return strip(_marked(bars, changes), places, step=14, height=34)


def _marked(bars: Sequence[StripBar], changes: Iterable[Change]) -> list[StripBar]:
    """The bars, newest first, the first one after each change marked; none where all came after it."""
    marked = list(bars)
    for at, text in changes:
        after = sum(bar.at is not None and bar.at >= at for bar in marked)
        if 0 < after < len(marked):
            bar = marked[after - 1]
            marked[after - 1] = replace(bar, fault=True, title=f"{bar.title}, the first after: {text}")
    return marked


def _events(deployments: Collection[Deployment], places: int, *, linked: bool) -> dict[Key, list[StripBar]]:
    """What is drawn of each deployment, newest first: its runs, and the slots that no run met.

    linked: whether each has a title and a link
    """
    columns = ("run_id", "status", "duration_ms", "agent_id", "agent_version")
    runs = latest(Run.objects.dated(), deployments, places, *columns)
    slots = latest(Slot.objects.shown(), deployments, places, "outcome", "run_id")
    keys = [deployment.key for deployment in deployments]
    return {key: _bars(runs.get(key, []), slots.get(key, []), places, linked=linked) for key in keys}


def _bars(runs: Sequence[Run], slots: Sequence[Slot], places: int, *, linked: bool) -> list[StripBar]:
    late = {slot.run_id for slot in slots if slot.outcome == SlotOutcome.LATE}
    changed = {newer.pk: _changed(newer, older) for newer, older in pairwise(runs)}
    dated = [
        (run.at, _of_run(run, late=run.run_id in late, fault=changed.get(run.pk, ""), linked=linked))
        for run in runs
    ]
    # Slots older than the oldest run shown would stand beside runs that are not there.
    since = runs[-1].at if len(runs) == places else None
    dated += [
        (slot.at, _of_slot(slot, linked=linked)) for slot in _unmet(slots) if since is None or slot.at > since
    ]
    dated.sort(key=lambda pair: pair[0], reverse=True)
    return [replace(bar, at=at) if linked else bar for at, bar in dated[:places]]


def _changed(newer: Run, older: Run) -> str:
    """What ran it that did not run the one before, where that is known: another agent, or version of it."""
    if None in (newer.agent_version, older.agent_version):
        return ""
    if newer.agent_id != older.agent_id:
        return formatting.agent(newer.agent_id, newer.agent_version)
    return f"agent version {newer.agent_version}" if newer.agent_version != older.agent_version else ""


def _unmet(slots: Iterable[Slot]) -> list[Slot]:
    return [slot for slot in slots if slot.outcome in SlotOutcome.UNMET]


def _of_run(run: Run, *, late: bool, fault: str, linked: bool) -> StripBar:
    word = SlotOutcome.LATE if late and run.status == Outcome.COMPLETED else run.status or "unknown"
    if not linked:
        return _unlinked(word, fault=bool(fault))
    length = f", {formatting.duration_ms(run.duration_ms)}" if run.duration_ms else ""
    version = f", first with {fault}" if fault else ""
    label = f"{Outcome.COMPLETED}, started late" if word == SlotOutcome.LATE else _label(word)
    return StripBar(
        word, f"{label}, {_clock(run.at)}{length}{version}", urls.run(run.run_id, run.account), bool(fault)
    )


@lru_cache(maxsize=100)
def _unlinked(word: str, *, fault: bool = False) -> StripBar:
    return StripBar(word, fault=fault)


def _of_slot(slot: Slot, *, linked: bool) -> StripBar:
    word = slot.outcome if slot.outcome == SlotOutcome.MISSED else _NOT_SEEN
    if not linked:
        return _unlinked(word)
    url = urls.slot(slot.deployment_id, timezone.localtime(slot.at), slot.account)
    return StripBar(word, f"{word}: promised for {_clock(slot.at)}", url)


def _clock(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{formatting.moment(local)} {local:%Z}"
