"""How a deployment's definition changed, and what became of its runs before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.domain import baselines, definitions, record_text
from dashboard.domain.definitions import Difference
from dashboard.domain.states import Outcome
from dashboard.domain.thresholds import FEWEST
from dashboard.models import DefinitionChange, Deployment, Run
from dashboard.web import formatting

_SHOWN = 10


@dataclass(frozen=True)
class Side:
    """The finished runs between one change and the next, as far as they were looked at.

    usual: their usual duration, and of how many runs; empty where too few completed
    """

    failed: int
    finished: int
    usual: str


@dataclass(frozen=True)
class DefinitionEntry:
    """One change, seen between two readings; `known_at` is None where the earlier one is not known."""

    known_at: datetime | None
    seen_at: datetime
    title: str
    differences: tuple[Difference, ...]
    before: Side
    after: Side

    @property
    def compared(self) -> bool:
        """Whether both sides have enough finished runs to be set beside each other."""
        return min(self.before.finished, self.after.finished) >= FEWEST


@dataclass(frozen=True)
class DefinitionHistory:
    """The latest changes, newest first; `more` are kept than are shown."""

    entries: tuple[DefinitionEntry, ...]
    more: bool


def definition_history(deployment: Deployment, newest_runs: Sequence[Run]) -> DefinitionHistory:
    """The changes of a deployment's definition, in one query.

    newest_runs: its latest runs, newest first: what became of them is counted between the changes
    """
    kept = DefinitionChange.objects.filter(account=deployment.account, deployment_id=deployment.deployment_id)
    changes = list(kept[: _SHOWN + 1])
    finished = [run for run in newest_runs if run.status in Outcome.RATED and not run.unreported]
    now = definitions.definition(record_text.loads(deployment.record_json))
    after = [now, *(change.before for change in changes)]
    entries = [
        DefinitionEntry(
            change.known_at,
            change.seen_at,
            _title(change),
            definitions.differences(change.before, after[place]),
            _side(finished, changes[place + 1].seen_at if place + 1 < len(changes) else None, _begun(change)),
            _side(finished, change.seen_at, _begun(changes[place - 1]) if place else None),
        )
        for place, change in enumerate(changes[:_SHOWN])
    ]
    return DefinitionHistory(tuple(entries), len(changes) > _SHOWN)


def marks(history: DefinitionHistory) -> list[tuple[datetime, str]]:
    """Where strip and plot show them. A new version of the agent is marked there where its first run is."""
    return [(entry.seen_at, entry.title) for entry in history.entries if entry.title != "agent changed"]


def _title(change: DefinitionChange) -> str:
    return f"{', '.join(change.words)} changed"


def _begun(change: DefinitionChange) -> datetime:
    """From when on a run may have followed the new definition."""
    return min(change.known_at or change.seen_at, change.seen_at)


def _side(finished: Sequence[Run], since: datetime | None, until: datetime | None) -> Side:
    """The runs from `since` on and before `until`; None for no bound."""
    of_it = [
        run for run in finished if (since is None or run.at >= since) and (until is None or run.at < until)
    ]
    durations = [run.duration_ms for run in of_it if run.status == Outcome.COMPLETED and run.duration_ms]
    usual = baselines.usual(durations) if len(durations) >= FEWEST else None
    return Side(
        sum(run.status == Outcome.FAILED for run in of_it),
        len(of_it),
        f"{formatting.duration_ms(usual.median)} ({len(durations):,} runs)" if usual else "",
    )
