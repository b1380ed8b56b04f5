"""The overview as it was: what needed somebody, and what the rest came to, no more than was known then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count as Number

from dashboard import filters
from dashboard.domain.states import Health, Outcome
from dashboard.domain.times import before, to_the_second
from dashboard.filters import AT, Query
from dashboard.models import Deployment, Key, Run
from dashboard.models.run_queries import outcome_then
from dashboard.services.lists import badges
from dashboard.services.overview.figures import DayNotes, FigureTile
from dashboard.services.overview.headline import none_fails, other_healths
from dashboard.services.overview.page import MOST_NEEDY, MOST_ROWS
from dashboard.services.past.healths import StoodThen, last_failures, stood
from dashboard.services.past.moment import DAY, PastMoment, past_moment
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting, urls
from dashboard.web.components import Badge, ChoiceLink, Count, Pill

_IN_PROGRESS = Badge(Outcome.RUNNING, "in progress", Outcome.RUNNING)


@dataclass(frozen=True)
class PastNeed:
    """A deployment that needed somebody. error_type, error_line, error_url: of the run that showed it."""

    row: StoodThen
    error_type: str
    error_line: str
    error_url: str


@dataclass(frozen=True)
class PastRun:
    """A run as it was known."""

    badge: Badge
    name: str
    url: str
    error_type: str
    at: datetime


@dataclass(frozen=True)
class PastOverview:
    """The page as it was.

    heading: how bad it was; failing: whether that says how many failed
    steps: the same a little earlier and later; fixed: the address of exactly this
    needy_more: how many needed somebody beyond those that have a row
    """

    filter: Query
    moment: PastMoment
    heading: str
    failing: bool
    pills: tuple[Pill, ...]
    basis: str
    tiles: tuple[FigureTile, ...]
    needy: tuple[PastNeed, ...]
    needy_more: int
    recent: tuple[PastRun, ...]
    steps: tuple[ChoiceLink, ...]
    fixed: str
    wall: str


def past_overview(query: Query, snapshot: Snapshot) -> PastOverview:
    """What the page showed at the instant of the query; raises Unusable where that is not known."""
    moment = past_moment(query.one(AT), snapshot)
    rows = stood(moment.at, Deployment.objects.all())
    healths = {health: number for health, number in Counter(row.health for row in rows).items() if number}
    day = _last_day(moment.at)
    needy = [row for row in rows if row.health in Health.NEEDY]
    failing, total, runs = healths.get(Health.FAILING, 0), len(rows), sum(day.values())
    partly = moment.partly or bool(healths.get(Health.UNREAD))
    return PastOverview(
        filter=query,
        moment=moment,
        heading=f"{formatting.counted(failing, 'deployment')} failing"
        if failing
        else none_fails(healths, partly=partly, stale=moment.stale),
        failing=failing > 0,
        pills=tuple(replace(pill, url="") for pill in other_healths(healths)),
        basis=f"{formatting.counted(total, 'deployment')}, {formatting.counted(runs, 'run')} in 24 h",
        tiles=_tiles(healths, day, moment),
        needy=_needs(needy[:MOST_NEEDY], moment.at),
        needy_more=max(len(needy) - MOST_NEEDY, 0),
        recent=_recent(moment.at, {row.key: row.name for row in rows}),
        steps=moment.steps(urls.as_it_was, snapshot.now),
        fixed=urls.as_it_was(moment.at),
        wall=urls.as_it_was(moment.at, "/wallboard/"),
    )


def _last_day(at: datetime) -> Counter[tuple[str, bool]]:
    """The runs of the day before by the outcome known then, empty for none, and whether it was reported."""
    runs = Run.objects.within(before(at, DAY), at).filter(first_read_at__lte=at).order_by()
    runs_then = runs.annotate(then=outcome_then(at)).values_list("then", "status_reported")
    counted = runs_then.annotate(n=Number("pk"))
    return Counter({(outcome, reported): number for outcome, reported, number in counted})


def _tiles(
    healths: Mapping[str, int], day: Counter[tuple[str, bool]], moment: PastMoment
) -> tuple[FigureTile, ...]:
    outcomes: Counter[str] = Counter()
    for (outcome, _), number in day.items():
        outcomes[outcome] += number
    notes = DayNotes.of(
        {outcome: Count(number) for outcome, number in outcomes.items() if outcome},
        failed_unreported=day[Outcome.FAILED, False] > 0,
        whole=moment.watched_since(before(moment.at, DAY)),
    )
    runs = filters.ask_runs(since=to_the_second(before(moment.at, DAY)), until=to_the_second(moment.at))
    failed, completed = outcomes[Outcome.FAILED], outcomes[Outcome.COMPLETED]
    return (
        _tile(
            "Failing",
            Health.FAILING,
            healths,
            f"of {formatting.counted(sum(healths.values()), 'deployment')}",
        ),
        _tile("Missed", Health.MISSED, healths, f"{healths.get(Health.LATE, 0):,} late"),
        FigureTile(
            "In progress", Count(outcomes[""]), "begun in 24 h", "", Outcome.RUNNING if outcomes[""] else ""
        ),
        FigureTile(
            "Failed, 24 h",
            Count(failed),
            notes.failed,
            runs.url(status=Outcome.FAILED),
            Outcome.FAILED if failed else "",
        ),
        FigureTile("Completed, 24 h", Count(completed), notes.completed, runs.url(status=Outcome.COMPLETED)),
    )


def _tile(label: str, health: str, healths: Mapping[str, int], note: str) -> FigureTile:
    number, badge = healths.get(health, 0), badges.health(health)
    return FigureTile(label, Count(number), note, "", badge.state if number else "", badge.glyph)


def _needs(rows: Sequence[StoodThen], at: datetime) -> tuple[PastNeed, ...]:
    runs = last_failures(rows, at)
    return tuple(_need(row, runs.get(row.key)) for row in rows)


def _need(row: StoodThen, run: Run | None) -> PastNeed:
    if run is None:
        return PastNeed(row, "", "", "")
    error_type = run.error_type or filters.NO_ERROR_TYPE
    return PastNeed(row, error_type, run.error_line, urls.run(run.run_id, run.account))


def _recent(at: datetime, names: Mapping[Key, str]) -> tuple[PastRun, ...]:
    runs = Run.objects.within(None, at).filter(first_read_at__lte=at).order_by("-at", "-run_id")
    shown = runs.annotate(then=outcome_then(at)).defer("record_json")[:MOST_ROWS]
    return tuple(_run(run, vars(run)["then"], names) for run in shown)


def _run(run: Run, outcome: str, names: Mapping[Key, str]) -> PastRun:
    return PastRun(
        badge=badges.outcome(outcome) if outcome else _IN_PROGRESS,
        name=names.get((run.account, run.deployment_id)) or run.deployment_id or "no deployment",
        url=urls.run(run.run_id, run.account),
        error_type=run.error_type if outcome == Outcome.FAILED else "",
        at=run.at,
    )
