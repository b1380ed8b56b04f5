"""The durations of a deployment's latest runs over time, as points that lead to the runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.utils import timezone

from dashboard.domain import baselines
from dashboard.domain.baselines import Usual
from dashboard.domain.states import Outcome
from dashboard.models import Run
from dashboard.services.deployments.axes import Tick, length_axis, time_axis
from dashboard.web import formatting, urls

WIDTH, HEIGHT = 1000, 160  # units of the drawing, stretched to the page
_MOST_NAMED = 3  # changes of the version that the legend has room for
# A limit farther away than this many times the longest run would press every point onto the ground.
_IN_SIGHT = 3


@dataclass(frozen=True)
class Point:
    """One finished run. status: completed or failed."""

    x: int
    y: int
    status: str
    title: str
    url: str


@dataclass(frozen=True)
class Plot:
    """The points and the lines across them, in units of the drawing.

    median_y, p95_y, limit_y: None where there is no such line
    faults: where the agent's version or the definition changed
    length_ticks, time_ticks: what stands beside the axes; fault_label: the latest change, beside its line
    text: the whole in one sentence; lines: what the lines stand for, in words
    """

    points: tuple[Point, ...]
    faults: tuple[tuple[int, str], ...]
    median_y: int | None
    p95_y: int | None
    limit_y: int | None
    length_ticks: tuple[Tick, ...]
    time_ticks: tuple[Tick, ...]
    text: str
    lines: tuple[tuple[str, str], ...]

    @property
    def latest_faults(self) -> tuple[tuple[int, str], ...]:
        """The changes that the legend names."""
        return self.faults[-_MOST_NAMED:]

    @property
    def grid_ys(self) -> tuple[int, ...]:
        """Where lines across the drawing belong to figures of durations, but for the ground."""
        return tuple(round(HEIGHT * tick.at / 100) for tick in self.length_ticks if tick.at < 100)

    @property
    def fault_label(self) -> Tick | None:
        """The latest change, on the side of its line where there is more room."""
        if not self.faults:
            return None
        x, label = self.faults[-1]
        right = x > WIDTH / 2
        return Tick(x * 100 / WIDTH + (-0.7 if right else 0.7), label, "end" if right else "start")


def plot(
    newest_first: Sequence[Run],
    limit_ms: int | None,
    now: datetime,
    changes: Sequence[tuple[datetime, str]] = (),
) -> Plot | None:
    """These runs drawn, those that completed or failed in a known time; None where there are none.

    changes: what else changed when, in words
    """
    runs = [
        run for run in reversed(newest_first) if run.duration_ms is not None and run.status in Outcome.RATED
    ]
    if not runs:
        return None
    of = baselines.usual([run.duration_ms or 0 for run in runs if run.status == Outcome.COMPLETED])
    longest = max(run.duration_ms or 0 for run in runs)
    in_sight = limit_ms is not None and limit_ms <= _IN_SIGHT * max(longest, 1)
    axis = length_axis(max(longest, (limit_ms or 0) if in_sight else 0, 1))
    top = axis.top
    first, span = runs[0].at, max(now - runs[0].at, timedelta(seconds=1))
    return Plot(
        points=tuple(_point(run, _x(run.at, first, span), _y(run.duration_ms or 0, top)) for run in runs),
        faults=_faults(runs, changes, first, span),
        median_y=_y(of.median, top) if of else None,
        p95_y=_y(of.p95, top) if of else None,
        limit_y=_y(limit_ms or 0, top) if in_sight else None,
        length_ticks=axis.ticks,
        time_ticks=time_axis(first, first + span),
        text=_sentence(runs, of),
        lines=_lines(of, limit_ms, in_sight=in_sight),
    )


def median_text(of: Usual) -> str:
    """The median, and of how many runs it is: `median 17 s (of 20 completed runs)`."""
    runs = "1 completed run" if of.of == 1 else f"{of.of:,} completed runs"
    return f"median {formatting.duration_ms(of.median)} (of {runs})"


def _point(run: Run, x: int, y: int) -> Point:
    at = f"{timezone.localtime(run.at):%a %-d %b %H:%M %Z}"
    return Point(
        x,
        y,
        run.status,
        f"{run.status}, {at}, {formatting.duration_ms(run.duration_ms or 0)}",
        urls.run(run.run_id, run.account),
    )


def _faults(
    runs: Sequence[Run], changes: Sequence[tuple[datetime, str]], first: datetime, span: timedelta
) -> tuple[tuple[int, str], ...]:
    known = [run for run in runs if run.agent_version is not None]
    versions = [
        (after.at, _version_text(before, after))
        for before, after in pairwise(known)
        if (before.agent_id, before.agent_version) != (after.agent_id, after.agent_version)
    ]
    seen = [(at, text) for at, text in changes if at >= first]
    return tuple((_x(at, first, span), text) for at, text in sorted([*versions, *seen]))


def _version_text(before: Run, after: Run) -> str:
    if before.agent_id == after.agent_id:
        return f"agent v{before.agent_version} to v{after.agent_version}"
    return " to ".join(formatting.agent(run.agent_id, run.agent_version) for run in (before, after))


def _lines(of: Usual | None, limit_ms: int | None, *, in_sight: bool) -> tuple[tuple[str, str], ...]:
    collected = []
    if of:
        collected = [
            ("median", median_text(of)),
            ("p95", f"95 in 100 within {formatting.duration_ms(of.p95)}"),
        ]
    if limit_ms is not None:
        collected.append(
            ("limit", f"limit {formatting.duration_ms(limit_ms)}" + ("" if in_sight else ", far above"))
        )
    return tuple(collected)


def _sentence(runs: Sequence[Run], of: Usual | None) -> str:
    failed = sum(run.status == Outcome.FAILED for run in runs)
    usually = f", {median_text(of)}, 95 in 100 within {formatting.duration_ms(of.p95)}" if of else ""
    shown = "latest finished run" if len(runs) == 1 else f"last {len(runs)} finished runs"
    return f"Duration of the {shown}: {failed} failed{usually}"


def _x(at: datetime, first: datetime, span: timedelta) -> int:
    return round(WIDTH * min((at - first) / span, 1.0))


def _y(duration_ms: int, top: int) -> int:
    return round(HEIGHT * (1 - duration_ms / top))
