"""The overview: what needs somebody, told worst first, and what the rest comes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard import filters
from dashboard.domain import cron
from dashboard.domain.states import Health, Outcome
from dashboard.filters import Query
from dashboard.models import Deployment, Run
from dashboard.services import failures
from dashboard.services.deployments import list as deployment_list
from dashboard.services.deployments import rows as deployment_rows
from dashboard.services.deployments.rows import DeploymentRow
from dashboard.services.failures import Incident
from dashboard.services.lists import badges, listing
from dashboard.services.overview import headline, runs_per_hour
from dashboard.services.overview.headline import Headline
from dashboard.services.overview.runs_per_hour import Chart
from dashboard.services.runs import list as run_list
from dashboard.services.runs.rows import RunRow, rows
from dashboard.services.status import feeds
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting, urls
from dashboard.web.components import Count

MOST_NEEDY = 12  # rows under "needs attention"; the list behind them has all
MOST_EVENTS = 5  # failures across deployments
MOST_ROWS = 8  # of what runs now, comes next, ran last
DAY, WEEK = 24, 168  # hours
_DAY = timedelta(hours=DAY)


@dataclass(frozen=True)
class FigureTile:
    """A figure, and the list that proves it: as many rows as the figure says.

    state: how it is coloured; empty where the figure is neither good nor bad
    """

    word: str
    count: Count
    note: str
    url: str
    state: str = ""
    glyph: str = ""


@dataclass(frozen=True)
class Upcoming:
    """The next firing of a deployment. due: its time has come, and no run has been seen yet."""

    at: datetime
    name: str
    url: str
    schedule: str
    due: bool


@dataclass(frozen=True)
class Overview:
    """Everything on the page."""

    verdict: Headline
    tiles: tuple[FigureTile, ...]
    needy: list[DeploymentRow]
    needy_more: int
    needy_url: str
    events: list[Incident]
    deployments: int
    day: Chart
    week: Chart
    day_reach: str
    week_reach: str
    running: list[RunRow]
    upcoming: list[Upcoming]
    recent: list[RunRow]


def overview(snapshot: Snapshot) -> Overview:
    """The page at that instant; the number of queries depends on nothing that is shown."""
    now, views = snapshot.now, snapshot.feeds
    healths = deployment_list.health_counts(filters.ask_deployments(), now)
    needy = filters.ask_deployments(health=Health.NEEDY)
    _, worst = listing.page_of(
        Deployment.objects.matching(needy, now),
        deployment_list.ORDERS,
        needy.with_values(limit=str(MOST_NEEDY)),
    )
    waiting = sum(healths.get(word, 0) for word in Health.NEEDY)
    hours = runs_per_hour.count_by_hour(WEEK, now)
    finished = filters.ask_runs(since="24h")
    counts = run_list.count_by_status(finished, snapshot)
    day_reach = feeds.reach(views, now - _DAY)
    events = failures.list_incidents(now, _DAY)
    failing = Deployment.objects.matching(filters.ask_deployments(health=Health.FAILING), now).listed_keys()
    cause = headline.cause(events, failing)
    return Overview(
        verdict=headline.headline(healths, cause, listing.total(counts.values()), day_reach, views, now),
        tiles=_tiles(healths, finished, counts, now),
        needy=deployment_rows.rows(worst.rows, snapshot),
        needy_more=max(waiting - MOST_NEEDY, 0),
        needy_url=needy.here,
        events=events[:MOST_EVENTS],
        deployments=sum(healths.values()),
        day=runs_per_hour.chart(runs_per_hour.last_hours(hours, DAY), now),
        week=runs_per_hour.chart(hours, now),
        day_reach=day_reach,
        week_reach=feeds.reach(views, now - timedelta(hours=WEEK)),
        running=rows(Run.objects.filter(status=Outcome.RUNNING).order_by("at", "pk")[:MOST_ROWS], now),
        upcoming=_upcoming(now),
        recent=rows(Run.objects.newest_first()[:MOST_ROWS], now),
    )


def _tiles(
    healths: dict[str, int], day: Query, counts: dict[str, Count], now: datetime
) -> tuple[FigureTile, ...]:
    """Five figures, each from the question that its link asks."""
    running = filters.ask_runs(status=Outcome.RUNNING)
    failed, completed = counts[Outcome.FAILED], counts[Outcome.COMPLETED]
    finished = listing.total((failed, completed))
    over = healths.get(Health.STUCK, 0)
    return (
        _health_tile("Failing now", Health.FAILING, healths, f"of {sum(healths.values()):,} deployments"),
        _health_tile("Missed", Health.MISSED, healths, f"{healths.get(Health.LATE) or 'none'} late"),
        FigureTile(
            "Running",
            run_list.count(running, now),
            f"{over:,} stuck" if over else "none stuck",
            running.here,
            "running",
            badges.outcome(Outcome.RUNNING).glyph,
        ),
        FigureTile(
            "Failed, 24 h",
            failed,
            f"of {finished.text} finished",
            day.url(status=Outcome.FAILED),
            "failed" if failed.number else "",
        ),
        FigureTile(
            "Completed, 24 h", completed, _rate(completed, finished), day.url(status=Outcome.COMPLETED)
        ),
    )


def _health_tile(word: str, health: str, healths: dict[str, int], note: str) -> FigureTile:
    number = healths.get(health, 0)
    state = badges.health(health).state if number else ""
    return FigureTile(
        word,
        Count(number),
        note,
        filters.ask_deployments(health=health).here,
        state,
        badges.health(health).glyph,
    )


def _upcoming(now: datetime) -> list[Upcoming]:
    """What fires next: one row for each deployment, those first whose next promise is nearest."""
    firing = Deployment.objects.current().filter(status="active", next_run_at__isnull=False)
    rows = firing.order_by("next_run_at", "name", "pk")[:MOST_ROWS]
    found = [
        Upcoming(
            at,
            str(row),
            urls.deployment(row.deployment_id, row.account),
            cron.describe(row.expression),
            at <= now,
        )
        for row in rows
        if (at := row.next_at(now))
    ]
    return sorted(found, key=lambda it: (it.at, it.name))


def _rate(part: Count, whole: Count) -> str:
    """A share of what finished; where counting stopped there is none to tell."""
    if not whole.number or whole.at_least:
        return f"of {whole.text} finished"
    return f"{formatting.percent(part.number, whole.number)} of {whole.text} finished"
