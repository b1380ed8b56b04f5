"""The health of one deployment over time: a band for each span, and its newest changes with their causes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.domain.states import HealthCause
from dashboard.filters import TIMELINE_SPANS
from dashboard.models import Deployment, HealthChange
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.timeline.axis import AxisLabel, ticks
from dashboard.services.timeline.health_bars import (
    MANY_CELLS,
    HealthBar,
    Window,
    badge_of,
    changes_of,
    health_bar,
    known_spans,
)
from dashboard.web import urls
from dashboard.web.components import Badge

_MOST_CHANGES = 8


@dataclass(frozen=True)
class BarOfSpan:
    """One span of time: `24h`, `7d` or `30d`."""

    span: str
    bar: HealthBar
    ticks: tuple[AxisLabel, ...]


@dataclass(frozen=True)
class ExplainedChange:
    """One change of health.

    cause: in words that follow "by"; url: the run that shows it, where one does
    moment: the instant that decided, of a promised run or of a limit; screen: the overview as it was then
    """

    at: datetime
    before: Badge | None
    after: Badge
    cause: str
    url: str
    moment: datetime | None
    screen: str


@dataclass(frozen=True)
class HealthHistory:
    """Bands of the same deployment, as far as they show anything, and its newest changes, newest first."""

    bands: tuple[BarOfSpan, ...]
    changes: tuple[ExplainedChange, ...]


def health_history(deployment: Deployment, snapshot: Snapshot) -> HealthHistory:
    """How its health changed, as far as changes are kept."""
    windows = {span: Window.up_to(snapshot.now, length) for span, length in TIMELINE_SPANS.items()}
    since = min(window.span.since for window in windows.values())
    changes: Sequence[HealthChange] = changes_of([deployment], since).get(deployment.key, [])
    known = known_spans([deployment.account], since, snapshot).get(deployment.account, [])
    bands = (
        BarOfSpan(span, health_bar(deployment, changes, known, window, MANY_CELLS), ticks(window))
        for span, window in windows.items()
    )
    since_each = [snapshot.now, *(window.span.since for window in windows.values())]
    return HealthHistory(
        tuple(band for band, shorter in zip(bands, since_each, strict=False) if _adds(band.bar, shorter)),
        tuple(_change(row) for row in changes[:_MOST_CHANGES]),
    )


def _adds(bar: HealthBar, shorter: datetime) -> bool:
    """Whether a bar shows anything that one which begins at that instant does not."""
    return bar.known_since is not None and bar.known_since < shorter


def _change(row: HealthChange) -> ExplainedChange:
    return ExplainedChange(
        at=row.at,
        before=badge_of(row.before) if row.before else None,
        after=badge_of(row.after),
        cause=row.cause,
        url=urls.run(row.run_id, row.account) if row.run_id else "",
        moment=row.moment if row.cause in (HealthCause.SLOT, HealthCause.CLOCK) else None,
        screen=urls.as_it_was(row.at),
    )
