"""Deployments as rows: what a list, the overview and a deployment's own page say of each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.domain.states import Health, Outcome, SlotOutcome
from dashboard.domain.text import telling_line
from dashboard.domain.tokens import mask_tokens
from dashboard.models import Deployment
from dashboard.services.deployments import durations, moves, schedule
from dashboard.services.deployments.belonging import OwnValue, belonging, runbook
from dashboard.services.deployments.groups import GroupHeading
from dashboard.services.deployments.strips import NO_STRIP, Strip, strips
from dashboard.services.lists import badges, undated
from dashboard.services.notes.book import NoteLine
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting, urls
from dashboard.web.components import Badge


@dataclass(frozen=True)
class DeploymentRow:
    """A deployment as a row shows it.

    last_badge: the last result, while a run is in progress
    streak_at_least: whether the streak may be longer than what has been read
    detail: a second line under the health
    undated: that the time of some of its runs is not known, in a clause
    strip: its last runs and slots
    belongs: what its metadata has for the listed keys; heading: of the group that begins with it
    stale: whether all of this is as of its account's last complete reading
    acknowledged: whether somebody has acknowledged what it needs somebody for; written: what people know
    """

    id: str
    account: str
    url: str
    runs_url: str
    name: str
    description: str
    badge: Badge
    last_badge: Badge | None
    streak: int
    streak_at_least: bool
    since: datetime | None
    detail: str
    undated: str
    error_type: str
    error_line: str
    last_failure_at: datetime | None
    last_failure_url: str
    schedule_text: str
    expression: str
    zone: str
    last_run_at: datetime | None
    last_run_word: str
    last_success_at: datetime | None
    next_at: datetime | None
    next_note: str
    agent_id: str
    agent_version: int | None
    archived: bool
    strip: Strip
    stale: bool
    acknowledged: bool
    written: NoteLine | None
    belongs: tuple[OwnValue, ...] = ()
    heading: GroupHeading | None = None

    @property
    def runbook(self) -> OwnValue | None:
        """Where its metadata says what to do when it fails; None where it says nothing."""
        return runbook(self.belongs)

    @property
    def own_lines(self) -> tuple[tuple[OwnValue, ...], tuple[OwnValue, ...]]:
        """What its metadata has in two lines: the runbook stands in the first, where it is not left out."""
        others = [value for value in self.belongs if value != self.runbook]
        first = (*others[:1], *filter(None, [self.runbook]))
        return first, tuple(others[1:])

    @property
    def remark(self) -> str:
        """What more there is to say of it in a list, where the type of its last failure stands beside it."""
        detail = "" if self.detail == self.error_type else self.detail
        return "; ".join(filter(None, (detail, self.undated)))


def rows(
    deployments: Collection[Deployment],
    snapshot: Snapshot,
    *,
    with_moves: bool = True,
    with_strips: bool = True,
) -> list[DeploymentRow]:
    """Deployments, with their health, as rows; the number of queries does not depend on how many.

    with_moves: whether a promise that moved without a run is part of their detail
    with_strips: whether their strips have bars
    """
    complete = {feed.account for feed in snapshot.feeds if feed.coverage.complete}
    drawn = strips(deployments) if with_strips else dict.fromkeys((row.key for row in deployments), NO_STRIP)
    moved = moves.moved_texts(deployments if with_moves else (), snapshot.now)
    return [
        _row(
            deployment,
            deployment.account in complete,
            drawn[deployment.key],
            moved.get(deployment.key, ""),
            snapshot,
        )
        for deployment in deployments
    ]


def _row(
    deployment: Deployment,
    complete: bool,
    drawn: Strip,
    moved: str,
    snapshot: Snapshot,
) -> DeploymentRow:
    at = snapshot.instant_of(deployment.account)
    next_at = deployment.next_at(at)
    details = (
        detail(deployment, at),
        _unreported_since(deployment),
        durations.near_limit_text(deployment),
        moved,
    )
    return DeploymentRow(
        id=deployment.deployment_id,
        account=deployment.account,
        url=urls.deployment(deployment.deployment_id, deployment.account),
        runs_url=urls.runs_of(deployment.deployment_id, deployment.account),
        name=str(deployment),
        description=deployment.record.description,
        badge=badges.of_deployment(deployment),
        last_badge=_last_badge(deployment),
        streak=deployment.streak,
        streak_at_least=not complete and streak_open(deployment),
        since=since(deployment),
        detail="; ".join(filter(None, details)),
        undated=undated.undated_text(deployment),
        error_type=deployment.last_error_type,
        error_line=error_line(deployment),
        last_failure_at=deployment.last_failure_at,
        last_failure_url=urls.run(deployment.last_failure_id, deployment.account),
        schedule_text=schedule.text(deployment),
        expression=deployment.expression,
        zone=deployment.timezone,
        last_run_at=deployment.last_run_at,
        last_run_word=badges.outcome(deployment.last_run_status).word,
        last_success_at=deployment.last_success_at,
        next_at=next_at,
        next_note=SlotOutcome.DUE if next_at and next_at <= at else next_note(deployment),
        agent_id=deployment.agent_id,
        agent_version=deployment.agent_version,
        archived=deployment.health == Health.ARCHIVED,
        strip=drawn,
        stale=deployment.account in snapshot.judged_at,
        acknowledged=snapshot.notes.acknowledged(deployment.key),
        written=snapshot.notes.on_deployment(deployment.key),
        belongs=belonging(deployment),
    )


def streak_open(deployment: Deployment) -> bool:
    """Whether its streak reaches back as far as runs were read, and so may be longer where not all were."""
    return bool(deployment.streak) and deployment.last_success_at is None


def error_line(deployment: Deployment) -> str:
    """The line of its last error that says what went wrong."""
    return mask_tokens(telling_line(deployment.last_error_message))


def since(deployment: Deployment) -> datetime | None:
    """When what is wrong with it began."""
    return {
        Health.FAILING: deployment.failing_since,
        Health.MISSED: deployment.missed_at,
        Health.SILENT: deployment.silent_since,
        Health.BLOCKED: deployment.skipped_since,
        Health.STUCK: deployment.open_since,
        Health.LATE: deployment.due_at,
        Health.SLOW: deployment.slow_at,
        Health.UNKNOWN: deployment.unseen_at,
        Health.PAUSED_BY_ERROR: deployment.paused_since,
        Health.PAUSED: deployment.paused_since,
    }.get(deployment.health)


def _unreported_since(deployment: Deployment) -> str:
    """That nothing is known of what ran since it failed, where it is called failing for that failure."""
    failed, started = deployment.last_failure_at, deployment.last_started_at
    later = failed is not None and started is not None and started > failed
    return "outcomes since are not reported" if later and deployment.health == Health.FAILING else ""


def _last_badge(deployment: Deployment) -> Badge | None:
    if deployment.open_since is None:
        return None
    if deployment.streak:
        return badges.outcome(Outcome.FAILED)
    return badges.outcome(deployment.last_outcome) if deployment.last_outcome else None


def detail(deployment: Deployment, now: datetime, *, rough: bool = False) -> str:
    """What more there is to say of its health; empty if nothing. rough: in one unit, where room is scarce."""
    length, age = (
        (formatting.rough_age, formatting.rough_age) if rough else (formatting.duration, formatting.age)
    )
    if deployment.health == Health.STUCK and deployment.open_since:
        running = age(now - deployment.open_since)
        limit = deployment.timeout_ms
        return f"{running}, limit {length(timedelta(milliseconds=limit))}" if limit else running
    if deployment.health == Health.SLOW:
        return durations.slow_text(deployment, now, rough=rough)
    if deployment.health == Health.MISSED and deployment.missed_at:
        many = f"{deployment.missed_count:,} missed" if deployment.missed_count > 1 else ""
        if rough:
            return many or "nothing started"
        return f"{many}, nothing started" if many else "promised, and nothing started"
    if deployment.health == Health.LATE and deployment.due_at:
        return f"{age(now - deployment.due_at)} over"
    return _still(deployment, rough=rough)


def _still(deployment: Deployment, *, rough: bool) -> str:
    """Why nothing is known to run."""
    if deployment.health == Health.SILENT:
        unpromised = deployment.next_run_at is None
        if rough:
            return "nothing runs"
        return "nothing runs any more" + (", and nothing is promised" if unpromised else "")
    if deployment.health == Health.BLOCKED:
        return f"{deployment.skipped_count:,} skipped in a row" + ("" if rough else ", none ran")
    if deployment.health == Health.UNKNOWN and deployment.unseen_at:
        return "nobody was looking" if rough else "a slot passed while nobody was looking"
    return _timeless_detail(deployment)


def _timeless_detail(deployment: Deployment) -> str:
    """The same of a health that does not depend on the clock."""
    if deployment.health == Health.PAUSED_BY_ERROR:
        return deployment.record.pausing_error
    if deployment.health == Health.PAUSED and not deployment.paused_reason:
        return "reason not reported"
    if deployment.health == Health.ARCHIVED and deployment.gone_at:
        return "no longer listed by the API"
    return ""


def next_note(deployment: Deployment) -> str:
    """Why no next run is known; empty where one is."""
    if deployment.health in (Health.ARCHIVED, Health.PAUSED, Health.PAUSED_BY_ERROR):
        return Health.ARCHIVED if deployment.health == Health.ARCHIVED else Health.PAUSED
    if deployment.next_run_at:
        return ""
    return "nothing promised" if schedule.text(deployment) else "by hand only"
