"""The figures at the head of the overview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from dashboard import filters
from dashboard.domain.states import Health, Outcome
from dashboard.filters import Query
from dashboard.services.lists import badges, listing
from dashboard.services.runs import list as run_list
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting
from dashboard.web.components import Count

_DAY = timedelta(hours=24)


@dataclass(frozen=True)
class FigureTile:
    """A figure, and the list behind it, which has as many rows.

    state: how it is coloured; empty where the figure is neither good nor bad
    """

    label: str
    count: Count
    note: str
    url: str
    state: str = ""
    glyph: str = ""


def tiles(
    healths: dict[str, int], day: Query, counts: dict[str, Count], snapshot: Snapshot
) -> tuple[FigureTile, ...]:
    """Five figures, each from the question that its link asks.

    healths: how many current deployments have each health
    day, counts: the runs of the last day, and how many have each outcome
    """
    running = filters.ask_runs(status=Outcome.RUNNING)
    failed, completed = counts[Outcome.FAILED], counts[Outcome.COMPLETED]
    finished = listing.total((failed, completed))
    total, unread = sum(healths.values()), healths.get(Health.UNREAD, 0)
    judged = f"of {total - unread:,} judged so far" if unread else f"of {total:,} deployments"
    whole = snapshot.coverage.covers(snapshot.now - _DAY)
    of_finished = f"of {finished.text} finished{'' if whole else ' so far'}"
    return (
        _health_tile("Failing now", Health.FAILING, healths, judged),
        _health_tile("Missed", Health.MISSED, healths, _number(Health.LATE, healths)),
        FigureTile(
            "Running",
            run_list.count(running, snapshot),
            _number(Health.STUCK, healths),
            running.here,
            Outcome.RUNNING,
            badges.outcome(Outcome.RUNNING).glyph,
        ),
        FigureTile(
            "Failed, 24 h",
            failed,
            of_finished,
            day.url(status=Outcome.FAILED),
            Outcome.FAILED if failed.number else "",
        ),
        FigureTile(
            "Completed, 24 h",
            completed,
            of_finished if not whole else _rate(completed, finished),
            day.url(status=Outcome.COMPLETED),
        ),
    )


def _health_tile(label: str, health: str, healths: dict[str, int], note: str) -> FigureTile:
    number = healths.get(health, 0)
    state = badges.health(health).state if number else ""
    return FigureTile(
        label,
        Count(number),
        note,
        filters.ask_deployments(health=health).here,
        state,
        badges.health(health).glyph,
    )


def _number(health: str, healths: dict[str, int]) -> str:
    """How many have a health; that there are none only where all could be judged."""
    if number := healths.get(health):
        return f"{number:,} {health}"
    return "not all judged yet" if healths.get(Health.UNREAD) else f"none {health}"


def _rate(part: Count, total: Count) -> str:
    """A share of what finished; not known where counting stopped."""
    if not total.number or total.at_least:
        return f"of {total.text} finished"
    return f"{formatting.percent(part.number, total.number)} of {total.text} finished"
