"""The figures at the head of the overview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from dashboard import filters
from dashboard.domain.rates import Ended
from dashboard.domain.states import Health, Outcome
from dashboard.domain.times import before
from dashboard.filters import Query
from dashboard.models.run_queries import RunQuerySet
from dashboard.services.deployments import success_rates
from dashboard.services.lists import badges, listing
from dashboard.services.runs import list as run_list
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting
from dashboard.web.components import Count

_DAY = timedelta(hours=24)

_GOING_ON, _FAILED_UNREPORTED = "going on", "failed, no outcome reported"


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


def others(day: Query, snapshot: Snapshot) -> dict[str, RunQuerySet]:
    """What the tiles count besides the outcomes of the last day, to be asked in the same query."""
    return {
        _GOING_ON: run_list.runs_matching(filters.ask_runs(status=Outcome.RUNNING), snapshot),
        _FAILED_UNREPORTED: run_list.failed_unreported(day, snapshot),
    }


def tiles(
    healths: dict[str, int],
    day: Query,
    counts: Mapping[str, Count],
    beside: Mapping[str, Count],
    snapshot: Snapshot,
) -> tuple[FigureTile, ...]:
    """Five figures, each from the question that its link asks.

    healths: how many current deployments have each health
    day, counts: the runs of the last day, and how many have each outcome
    beside: how many runs there are of each of `others`
    """
    running = filters.ask_runs(status=Outcome.RUNNING)
    failed, completed = counts[Outcome.FAILED], counts[Outcome.COMPLETED]
    total, unread = sum(healths.values()), healths.get(Health.UNREAD, 0)
    deployments = formatting.counted(total, "deployment")
    judged = f"of {total - unread:,} judged so far" if unread else f"of {deployments}"
    notes = DayNotes.of(
        counts,
        failed_unreported=beside[_FAILED_UNREPORTED].number > 0,
        whole=snapshot.coverage.covers(before(snapshot.now, _DAY)),
    )
    return (
        _health_tile("Failing now", Health.FAILING, healths, judged),
        _health_tile("Missed", Health.MISSED, healths, _number(Health.LATE, healths)),
        FigureTile(
            "Running",
            beside[_GOING_ON],
            _number(Health.STUCK, healths),
            running.here,
            Outcome.RUNNING if beside[_GOING_ON].number else "",
            badges.outcome(Outcome.RUNNING).glyph,
        ),
        FigureTile(
            "Failed, 24 h",
            failed,
            notes.failed,
            day.url(status=Outcome.FAILED),
            Outcome.FAILED if failed.number else "",
        ),
        FigureTile("Completed, 24 h", completed, notes.completed, day.url(status=Outcome.COMPLETED)),
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


@dataclass(frozen=True)
class DayNotes:
    """What the tiles of the runs that failed and completed rest on."""

    failed: str
    completed: str

    @classmethod
    def of(cls, counts: Mapping[str, Count], *, failed_unreported: bool, whole: bool) -> DayNotes:
        """A share of what finished, where one may be given.

        failed_unreported: whether one of the failed ones is of a record that reports no outcome
        whole: whether all runs of the span are known
        """
        started, failed, completed = (
            counts.get(word, Count(0)) for word in (Outcome.STARTED, Outcome.FAILED, Outcome.COMPLETED)
        )
        finished = listing.total((failed, completed))
        ended = Ended(
            completed.number,
            failed.number,
            unreported=started.number + failed_unreported,
            unheard=sum(count.number for word, count in counts.items() if word not in Outcome.KNOWN),
        )
        of_finished = f"of {finished.text} finished{'' if whole else ' so far'}"
        if not ended.rated:
            others = f"{started.text} with no outcome reported" if started.number else of_finished
            return cls(others, success_rates.remark(ended) or of_finished)
        share = f"{formatting.percent(completed.number, finished.number)} " if whole else ""
        return cls(of_finished, share + of_finished)
