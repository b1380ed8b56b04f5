"""The deployments page, and one deployment."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from dashboard import addresses, durations, schedules
from dashboard.components import Badge, Control, Count, Sort
from dashboard.filters import SCHEDULES, Query
from dashboard.models import Deployment, Health, Run
from dashboard.models.deployment import DeploymentQuerySet
from dashboard.services import badges, feed, listing, runs
from dashboard.services.facts import Fact
from dashboard.services.listing import Listing
from dashboard.services.paging import Key, Order
from dashboard.services.selection import matching

_APART = (Key("name"), Key("deployment_id"), Key("id", int))
STATUSES = ("active", "paused")
HEALTHS = Health.ORDER
LATEST_RUNS = 20  # on a deployment's own page


def _timed(name: str, column: str, *, descending: bool) -> Order:
    return Order(name, (Key(column, datetime, descending=descending, nullable=True), *_APART))


ORDERS = {
    order.name: order
    for order in (
        Order(
            "health",
            (
                Key("health_rank", int),
                Key("streak", int, descending=True),
                Key("next_run_at", datetime, nullable=True),
                *_APART,
            ),
        ),
        Order("-health", (Key("health_rank", int, descending=True), *_APART)),
        Order("name", _APART),
        Order("-name", tuple(Key(key.column, key.kind, descending=True) for key in _APART)),
        _timed("-last_run", "last_run_at", descending=True),
        _timed("last_run", "last_run_at", descending=False),
        _timed("-last_success", "last_success_at", descending=True),
        _timed("last_success", "last_success_at", descending=False),
        _timed("next_run", "next_run_at", descending=False),
        _timed("-next_run", "next_run_at", descending=True),
    )
}


@dataclass(frozen=True)
class DeploymentRow:
    """A deployment as a row shows it.

    last_badge: the last result, while a run is in progress
    streak_at_least: whether the streak may be longer than what has been read
    detail: a second line under the health
    runs_total, failures_total: the API's own counters, else what has been read; see `totals_said`
    """

    id: str
    account: str
    url: str
    runs_url: str
    failures_url: str
    name: str
    description: str
    badge: Badge
    last_badge: Badge | None
    streak: int
    streak_at_least: bool
    since: datetime | None
    detail: str
    error_type: str
    error_line: str
    last_failure_at: datetime | None
    last_failure_url: str
    schedule_said: str
    expression: str
    zone: str
    last_run_at: datetime | None
    last_run_word: str
    last_success_at: datetime | None
    next_at: datetime | None
    next_note: str
    runs_total: int
    failures_total: int
    totals_said: str
    agent_id: str
    agent_version: int | None
    archived: bool


@dataclass(frozen=True)
class DeploymentPage:
    """One deployment: its row, what is known of it, its latest runs, its record."""

    row: DeploymentRow
    facts: tuple[Fact, ...]
    runs: list[runs.RunRow]
    record: str


def list_deployments(query: Query, now: datetime) -> Listing[DeploymentRow]:
    """The page of deployments that a query asks for."""
    shown = query.with_values(health="")
    if Health.ARCHIVED in query.many("health"):
        shown = shown.with_values(include_archived="true")
    counts = _counts(matching(shown, now))
    query, found = listing.page_of(matching(query, now), ORDERS, query)
    return Listing(
        filter=query,
        rows=rows(found.rows, now),
        count=listing.chosen_count(query, "health", counts),
        total=listing.total(counts.values()),
        pills=listing.pills(query, "health", counts, badges.health),
        sorts=_sorts(query),
        pager=listing.pager(query, found),
        controls=controls(query),
        beyond=bool(query.cursor and not found.rows),
    )


def get_deployment(deployment_id: str, now: datetime, account: str = "") -> DeploymentPage | None:
    """One deployment by its id; None when it was never seen, or not in the account that is named."""
    found = listing.held_by(account, Deployment.objects.with_health(now).filter(deployment_id=deployment_id))
    if found is None:
        return None
    latest = Run.objects.filter(account=found.account, deployment_id=deployment_id).newest_first()
    row = rows([found], now)[0]
    record = json.dumps(found.payload, indent=2, ensure_ascii=False)
    return DeploymentPage(row, _facts(found), runs.rows(latest[:LATEST_RUNS], now), record)


def statuses() -> tuple[str, ...]:
    """Every status a deployment can be asked for: the documented ones, then what else was seen."""
    seen = Deployment.objects.order_by().values_list("status", flat=True).distinct()
    return (*STATUSES, *sorted({*seen} - {*STATUSES, ""}))


def failing(now: datetime) -> int:
    """How many deployments are failing now."""
    return Deployment.objects.with_health(now).of_health(Health.FAILING).count()


def rows(deployments: Iterable[Deployment], now: datetime) -> list[DeploymentRow]:
    """Deployments, with their health, as rows."""
    complete = {view.account for view in feed.feeds(now) if view.complete}
    return [_row(deployment, deployment.account in complete, now) for deployment in deployments]


def _row(deployment: Deployment, complete: bool, now: datetime) -> DeploymentRow:
    line, *_ = deployment.last_error_message.strip().splitlines() or [""]
    runs_url = addresses.runs_of(deployment.deployment_id, deployment.account)
    failing = deployment.health == Health.FAILING
    told = deployment.total_runs is not None
    next_at = deployment.next_at(now)
    return DeploymentRow(
        id=deployment.deployment_id,
        account=deployment.account,
        url=addresses.deployment(deployment.deployment_id, deployment.account),
        runs_url=runs_url,
        failures_url=f"{runs_url}&status=failed",
        name=str(deployment),
        description=deployment.description,
        badge=badges.health(deployment.health, deployment.status, deployment.paused_reason),
        last_badge=_last_badge(deployment),
        streak=deployment.streak,
        streak_at_least=bool(deployment.streak) and not complete and deployment.streak_cleared_at is None,
        since=deployment.failing_since if failing else None,
        detail=_detail(deployment, now),
        error_type=deployment.last_error_type,
        error_line=line,
        last_failure_at=deployment.last_failure_at,
        last_failure_url=addresses.run(deployment.last_failure_id, deployment.account),
        schedule_said=schedules.words(deployment.expression),
        expression=deployment.expression,
        zone=deployment.timezone,
        last_run_at=deployment.last_run_at,
        last_run_word=deployment.last_run_status,
        last_success_at=deployment.last_success_at,
        next_at=next_at,
        next_note="due" if next_at and next_at <= now else _next_note(deployment),
        runs_total=deployment.runs_seen if deployment.total_runs is None else deployment.total_runs,
        failures_total=deployment.failures_seen
        if deployment.total_failures is None
        else deployment.total_failures,
        totals_said="as the API counts them" if told else "as far as runs have been read",
        agent_id=deployment.agent_id,
        agent_version=deployment.agent_version,
        archived=deployment.health == Health.ARCHIVED,
    )


def _last_badge(deployment: Deployment) -> Badge | None:
    if deployment.open_since is None:
        return None
    if deployment.streak:
        return badges.outcome("failed")
    return badges.health(Health.OK) if deployment.streak_cleared_at else None


def _detail(deployment: Deployment, now: datetime) -> str:
    if deployment.health == Health.STUCK and deployment.open_since:
        running = durations.age(now - deployment.open_since)
        limit = deployment.timeout_ms
        return f"{running}, limit {durations.said(timedelta(milliseconds=limit))}" if limit else running
    if deployment.health == Health.MISSED and deployment.missed_at:
        return f"the slot of {_local(deployment.missed_at)}"
    if deployment.health == Health.LATE and deployment.due_at:
        return f"{durations.age(now - deployment.due_at)} over"
    if deployment.health == Health.UNKNOWN and deployment.unseen_at:
        return f"the slot of {_local(deployment.unseen_at)}, nobody was looking"
    if deployment.health == Health.PAUSED_BY_ERROR:
        return deployment.pausing_error
    if deployment.health == Health.ARCHIVED and deployment.gone_at:
        return "no longer listed by the API"
    return ""


def _local(at: datetime) -> str:
    return durations.moment(timezone.localtime(at))


def _next_note(deployment: Deployment) -> str:
    if deployment.health in (Health.ARCHIVED, Health.PAUSED, Health.PAUSED_BY_ERROR):
        return "archived" if deployment.health == Health.ARCHIVED else "paused"
    if deployment.next_run_at:
        return ""
    return "nothing promised" if deployment.expression else "by hand only"


def _counts(deployments: DeploymentQuerySet) -> dict[str, Count]:
    return {health: Count(number) for health, number in deployments.health_counts().items()}


def _sorts(query: Query) -> dict[str, Sort]:
    heads = (
        ("health", "Health", "health", "-health"),
        ("name", "Deployment", "name", "-name"),
        ("last_run", "Last run", "-last_run", "last_run"),
        ("last_success", "Last success", "-last_success", "last_success"),
        ("next_run", "Next run", "next_run", "-next_run"),
    )
    return {key: listing.sort_head(query, word, first=first, then=then) for key, word, first, then in heads}


def controls(query: Query) -> tuple[Control, ...]:
    """The controls that choose deployments, for every page that can be narrowed by them."""
    said = {
        "minutes": "more than hourly",
        "hours": "hourly or more",
        "daily": "daily",
        "weekly": "weekly",
        "rarely": "more rarely",
        "manual": "by hand only",
    }
    return (
        listing.search(query, "Name or id"),
        listing.select(query, "agent_id", "Any agent", _values("agent_id")),
        listing.select(query, "environment_id", "Any environment", _values("environment_id")),
        listing.select(query, "schedule", "Any schedule", ((word, said[word]) for word in SCHEDULES)),
        listing.select(query, "status", "Any status", ((word, word) for word in statuses()), more=True),
        Control("check", "include_archived", "Archived ones too", query.many("include_archived"), more=True),
        *listing.accounts(query, feed.account_names()),
    )


def _values(column: str) -> list[tuple[str, str]]:
    found = Deployment.objects.exclude(**{column: ""}).order_by(column).values_list(column, flat=True)
    return [(value, value) for value in found.distinct()[: listing.MOST_OPTIONS]]


def _facts(deployment: Deployment) -> tuple[Fact, ...]:
    agent, version = deployment.agent_id, deployment.agent_version
    return (
        Fact("Status", deployment.status),
        Fact("Agent", f"{agent} v{version}" if version else agent),
        Fact("Environment", deployment.environment_id),
        Fact("Schedule", schedules.words(deployment.expression)),
        Fact("Expression", deployment.expression),
        Fact("Zone", deployment.timezone),
        Fact("Next run", deployment.next_run_at),
        Fact("Created", deployment.created_at),
        Fact("Updated", deployment.updated_at),
        Fact("Archived", deployment.archived_at),
        Fact("Account", deployment.account),
        Fact("Deployment", deployment.deployment_id),
    )
