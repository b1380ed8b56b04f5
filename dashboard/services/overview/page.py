"""The overview: what needs somebody, worst first, and what the rest comes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from dashboard import filters
from dashboard.domain import cron
from dashboard.domain.states import DeploymentStatus, Health, Outcome
from dashboard.domain.times import before
from dashboard.filters import Query
from dashboard.models import Deployment, Run
from dashboard.services import failures
from dashboard.services.alerts import quiet
from dashboard.services.alerts.quiet import QuietLine
from dashboard.services.deployments import list as deployment_list
from dashboard.services.deployments import moves
from dashboard.services.deployments import rows as deployment_rows
from dashboard.services.deployments.moves import Move
from dashboard.services.deployments.rows import DeploymentRow
from dashboard.services.failures import Incident
from dashboard.services.lists import listing
from dashboard.services.lists.paging import Key, Order, in_order
from dashboard.services.lists.undated import UndatedRuns, undated_runs
from dashboard.services.overview import cause, figures, headline, runs_per_hour, silent_scheduler
from dashboard.services.overview.door import Door, door
from dashboard.services.overview.figures import FigureTile
from dashboard.services.overview.headline import Headline
from dashboard.services.overview.runs_per_hour import Chart
from dashboard.services.overview.silent_scheduler import SilentRow
from dashboard.services.runs import list as run_list
from dashboard.services.runs.rows import RunRow, rows
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import urls

_ACKNOWLEDGED_LAST = Order("needs", (Key("acknowledged", bool), *deployment_list.ORDERS["health"].keys))
MOST_NEEDY = 12  # rows under "needs attention"; the list behind them has all
MOST_INCIDENTS = 5  # failures across deployments
MOST_ROWS = 8  # of what runs now, comes next, ran last
DAY, WEEK = 24, 168  # hours
_DAY = timedelta(hours=DAY)
_UNDATED = "undated"  # beside the words of outcomes
_FIRING = Q(status=DeploymentStatus.ACTIVE, next_run_at__isnull=False)


@dataclass(frozen=True)
class Upcoming:
    """The next firing of a deployment.

    due: its time has come, and no run has been seen yet
    stale: whether that is as of its account's last complete reading
    """

    at: datetime
    name: str
    account: str
    url: str
    schedule: str
    due: bool
    stale: bool


@dataclass(frozen=True)
class NeedyRow:
    """A deployment that needs attention.

    reason: why, in words; empty where its error says it
    """

    row: DeploymentRow
    reason: str


@dataclass(frozen=True)
class Overview:
    """Everything on the page.

    door: what stands in place of all but the headline while there is nothing to count
    silent: the groups of which nothing fires; those of their deployments that are missed have no row below
    needy_more: how many need attention beyond those that have a row
    acknowledged: how many of all that do are acknowledged; quiet: the quiet windows that are in force
    calm: that nothing needs attention, in a clause; empty where something does. calm_glyph: beside it
    undated: the runs that are in no figure of a span, and not among the recent ones
    """

    headline: Headline
    door: Door | None
    tiles: tuple[FigureTile, ...]
    silent: tuple[SilentRow, ...]
    needy: list[NeedyRow]
    moves: list[Move]
    needy_more: int
    acknowledged: int
    quiet: tuple[QuietLine, ...]
    needy_url: str
    incidents: list[Incident]
    calm: str
    calm_glyph: str
    day: Chart
    week: Chart
    day_coverage: str
    week_coverage: str
    running: list[RunRow]
    running_url: str
    upcoming: list[Upcoming]
    recent: list[RunRow]
    undated: tuple[UndatedRuns, ...]

    @property
    def few_to_come(self) -> bool:
        """Whether what runs and what comes next fit beside the recent runs, one above the other."""
        return max(len(self.running), 1) + len(self.upcoming) < len(self.recent)


def overview(snapshot: Snapshot) -> Overview:
    """The page at that instant; the number of queries depends on nothing that is shown."""
    now = snapshot.now
    current = {health: number for health, number in snapshot.healths.items() if health != Health.ARCHIVED}
    needy = filters.ask_deployments(health=Health.NEEDY)
    hours = runs_per_hour.count_by_hour(WEEK, now)
    last_day = filters.ask_runs(since="24h")
    others = figures.others(last_day, snapshot) | {_UNDATED: Run.objects.undated()}
    counts = run_list.count_by_status(last_day, snapshot, others)
    beside = {name: counts.pop(name) for name in others}
    day_coverage = snapshot.coverage.text_since(before(now, _DAY))
    incidents = failures.list_incidents(snapshot, _DAY)
    running, recent = _runs(snapshot)
    firing_or_moved = _firing_or_moved(now)
    runs = listing.total(counts.values())
    first = headline.headline(current, cause.failing_now(), runs, day_coverage, snapshot)
    silent = silent_scheduler.silent_rows(snapshot)
    return Overview(
        headline=first,
        door=None if recent else door(snapshot),
        tiles=figures.tiles(current, last_day, counts, beside, snapshot),
        silent=silent.rows,
        needy=_needy(needy, snapshot),
        moves=moves.moves_of(firing_or_moved),
        needy_more=max(
            sum(current.get(health, 0) for health in Health.NEEDY) - silent.number - MOST_NEEDY, 0
        ),
        acknowledged=len(snapshot.notes.covers),
        quiet=quiet.lines(snapshot),
        needy_url=needy.here,
        incidents=incidents[:MOST_INCIDENTS],
        calm=_calm(current) if first.calm else "",
        calm_glyph=Outcome.STARTED if current.get(Health.OUTCOME_UNKNOWN) else Outcome.COMPLETED,
        day=runs_per_hour.chart(runs_per_hour.last_hours(hours, DAY), now),
        week=runs_per_hour.chart(hours, now),
        day_coverage=day_coverage,
        week_coverage=snapshot.coverage.text_since(before(now, timedelta(hours=WEEK))),
        running=running,
        running_url=filters.ask_runs(status=Outcome.RUNNING).here,
        upcoming=_upcoming(firing_or_moved, snapshot),
        recent=recent,
        undated=undated_runs(filters.ask_runs(), snapshot) if beside[_UNDATED].number else (),
    )


def _needy(query: Query, snapshot: Snapshot) -> list[NeedyRow]:
    """The rows of what needs attention, worst first; what is acknowledged comes after the rest."""
    matching, order = deployment_list.matching(query), deployment_list.ORDERS["health"]
    for silent in snapshot.silent_schedulers:
        matching = matching.exclude(silent.condition)
    if snapshot.notes.covers:
        matching, order = matching.with_acknowledged(snapshot.now), _ACKNOWLEDGED_LAST
    shown = in_order(matching, order)[:MOST_NEEDY]
    return [NeedyRow(row, _reason(row)) for row in deployment_rows.rows(shown, snapshot, with_moves=False)]


def _reason(row: DeploymentRow) -> str:
    """What its state says; of one that fails or that an error paused, the error itself where it is known."""
    if row.badge.state == Health.UNKNOWN:
        return row.remark
    if row.badge.state == Health.STUCK:
        return f"running for {row.detail}"
    has_error = row.error_type or row.error_line
    return "" if has_error and row.badge.state in (Health.PAUSED_BY_ERROR, Health.FAILING) else row.detail


def _calm(healths: Mapping[str, int]) -> str:
    """That every deployment is as it should be, as far as that is known."""
    deployments, unknown = sum(healths.values()), healths.get(Health.OUTCOME_UNKNOWN, 0)
    if unknown and deployments == 1:
        return "The last outcome of the only deployment is not known; it is not known to be"
    if unknown:
        return f"Of {unknown:,} of {deployments:,} the last outcome is not known; none is known to be"
    if deployments == 1:
        return "The only deployment is as it should be: not"
    return f"All {deployments:,} deployments are as they should be: none"


def _runs(snapshot: Snapshot) -> tuple[list[RunRow], list[RunRow]]:
    """The oldest runs that go on, and the newest runs; what is known of their deployments is read once.

    Whether a run that the API lists no more still goes on is not known.
    """
    known = Run.objects.filter(status=Outcome.RUNNING)
    running = list(known.oldest_first()[:MOST_ROWS])
    recent = Run.objects.dated().newest_first()[:MOST_ROWS]
    shown = rows([*running, *recent], snapshot)
    return shown[: len(running)], shown[len(running) :]


def _firing_or_moved(now: datetime) -> list[Deployment]:
    """The deployments that are promised to fire next, and those whose promise moved, in one query."""
    current = Deployment.objects.current()
    firing = current.filter(_FIRING).order_by("next_run_at", "name", "pk")[:MOST_ROWS]
    shown = Q(pk__in=firing.values("pk")) | Q(pk__in=moves.recently_moved(current, now).values("pk"))
    return list(moves.with_moves(Deployment.objects.filter(shown), now).order_by("next_run_at", "name", "pk"))


def _upcoming(deployments: Iterable[Deployment], snapshot: Snapshot) -> list[Upcoming]:
    """What fires next: one row for each deployment, those first whose next promise is nearest."""
    firing = [row for row in deployments if row.fires and row.next_run_at][:MOST_ROWS]
    upcoming = [
        Upcoming(
            at,
            str(deployment),
            deployment.account,
            urls.deployment(deployment.deployment_id, deployment.account),
            cron.describe(deployment.expression),
            at <= snapshot.instant_of(deployment.account),
            deployment.account in snapshot.judged_at,
        )
        for deployment in firing
        if (at := deployment.next_at(snapshot.instant_of(deployment.account)))
    ]
    return sorted(upcoming, key=lambda firing: (firing.at, firing.name))
