"""The last runs and slots of a deployment as small bars: what each says, and how it is drawn.

Height and texture carry the outcome: a failed bar is tall, a completed one middle, a skipped one a stub, a
missed slot a dotted gap. Colour repeats it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

_SAID = ("completed", "late", "failed", "missed", "skipped", "running", "pending", "started", "not seen")


@dataclass(frozen=True)
class Bar:
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
class Drawn:
    """A bar at its place: paths by the class that colours them."""

    bar: Bar
    x: int
    paths: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Strip:
    """Some bars, newest right; places without one are hollow.

    said: the one sentence that says it without looking
    paths: everything in as few paths as there are classes, for a strip whose bars lead nowhere
    """

    width: int
    height: int
    step: int
    said: str
    paths: tuple[tuple[str, str], ...]
    bars: tuple[Drawn, ...]


def strip(bars: Sequence[Bar], places: int, *, step: int = 7, height: int = 20) -> Strip:
    """The newest `places` of these bars, given newest first, in units of the drawing."""
    shown = list(reversed(bars[:places]))
    empty = places - len(shown)
    drawn = tuple(
        Drawn(bar, x, tuple(_paths(bar.word, x, step - 2 if step < 10 else step - 5, height)))
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


def said(bars: Sequence[Bar]) -> str:
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
