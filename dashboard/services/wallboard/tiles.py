"""The tiles of the wall: what one shows of its deployment, in words that can be read from afar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from dashboard.domain.states import Health, Outcome
from dashboard.models import Deployment
from dashboard.services.deployments import rows as deployment_rows
from dashboard.services.deployments.strips import Strip, strips
from dashboard.services.lists import badges
from dashboard.web import formatting
from dashboard.web.components import Badge

_UNPROVEN = Badge("never", "no result yet", "never")  # the first run of all is still under way
_LINES = {"normal": 3, "smaller": 2, "compact": 2, "chip": 0}  # as many as a tile of that size takes


@dataclass(frozen=True)
class TileLine:
    """A line of a tile.

    clock: what it shows instead once its distance from now can no longer be known
    """

    words: str
    clock: str = ""
    running: bool = False


@dataclass(frozen=True)
class WallTile:
    """One deployment.

    health: by which it is counted; badge: what is drawn, the last finished result also while a run goes on
    account: whose it is, where there are several
    since: how long what is wrong has lasted; stale: as of the last time its account was read
    """

    id: str
    account: str
    name: str
    health: str
    badge: Badge
    since: str
    lines: tuple[TileLine, ...]
    running: bool
    stale: bool
    strip: Strip | None


@dataclass(frozen=True)
class TileContext:
    """What all tiles of a wall depend on.

    stale: accounts whose data is stale, and of when it is; complete: those all of whose runs are known
    several: whether there is more than one account
    """

    now: datetime
    stale: Mapping[str, datetime]
    complete: frozenset[str]
    several: bool


def tiles(deployments: Sequence[Deployment], size: str, context: TileContext) -> list[WallTile]:
    """A tile of each deployment, in their order; the number of queries does not depend on how many."""
    shown = strips(deployments) if size == "normal" else {}
    return [_tile(row, shown.get(row.key), _LINES[size], context) for row in deployments]


def clock(at: datetime, now: datetime) -> str:
    """An instant as short as it can be: `09:12`, of another day `Mon 15 Jun 09:12`, in the reader's zone."""
    local = timezone.localtime(at)
    return f"{local:%H:%M}" if local.date() == timezone.localtime(now).date() else formatting.moment(local)


def _tile(deployment: Deployment, strip: Strip | None, lines: int, context: TileContext) -> WallTile:
    at = context.stale.get(deployment.account)
    return WallTile(
        id=deployment.deployment_id,
        account=deployment.account if context.several else "",
        name=str(deployment),
        health=deployment.health,
        badge=_badge(deployment, context),
        since=_since(deployment, at or context.now),
        lines=tuple(_lines(deployment, at, context.now)[:lines]) if lines else (),
        running=deployment.open_since is not None,
        stale=at is not None,
        strip=strip,
    )


def _badge(deployment: Deployment, context: TileContext) -> Badge:
    badge = badges.of_deployment(deployment)
    if deployment.health == Health.FAILING:
        least = deployment.account not in context.complete and deployment_rows.streak_open(deployment)
        return Badge(badge.state, f"{deployment.streak:,}{'+' if least else ''} in a row", badge.glyph)
    if deployment.health == Health.OUTCOME_UNKNOWN:
        return Badge(
            badge.state, badges.outcome(deployment.last_outcome).word, badge.glyph
        )  # the shorter one
    if deployment.health == Health.OK and deployment.open_since and not deployment.last_success_at:
        return _UNPROVEN
    return badge


def _since(deployment: Deployment, at: datetime) -> str:
    """How long it has been so, beside its word; what was paused has it below."""
    since = deployment_rows.since(deployment)
    shown = since and deployment.health in Health.NEEDY and deployment.health != Health.PAUSED_BY_ERROR
    return f"for {formatting.rough_age(at - since)}" if since and shown else ""


def _lines(deployment: Deployment, stale_at: datetime | None, now: datetime) -> list[TileLine]:
    """The most important first."""
    at = stale_at or now
    good = _last_good(deployment, now, stale=stale_at is not None)
    running = _running(deployment, at)
    if deployment.health == Health.PAUSED_BY_ERROR:
        lines = [_why(deployment, at), _stopped(deployment), good]
    elif deployment.health in Health.NEEDY:
        lines = [_why(deployment, at), good, running]
    elif deployment.health in (Health.OK, Health.OUTCOME_UNKNOWN, Health.NEVER_RAN):
        lines = [running, TileLine(f"as of {clock(at, now)}") if stale_at else _next(deployment, now)]
    else:
        lines = [_stopped(deployment), running]
    return [line for line in lines if line.words]


def _why(deployment: Deployment, at: datetime) -> TileLine:
    detail = deployment_rows.detail(deployment, at, rough=True)
    if deployment.health not in (Health.FAILING, Health.PAUSED_BY_ERROR):
        return TileLine(detail)
    error = deployment_rows.error_line(deployment) or deployment.last_error_type
    return TileLine(detail or error or "no error given")


def _running(deployment: Deployment, at: datetime) -> TileLine:
    # Of a stuck one, and of one that is slow, the line above shows it.
    if deployment.open_since is None or deployment.health in (Health.STUCK, Health.SLOW):
        return TileLine("")
    again = " again" if deployment.health == Health.FAILING else ""
    return TileLine(f"{Outcome.RUNNING}{again}, {formatting.age(at - deployment.open_since)}", running=True)


def _last_good(deployment: Deployment, now: datetime, *, stale: bool) -> TileLine:
    good = deployment.last_success_at
    if good is None:
        return TileLine("outcomes not reported" if deployment.last_started_at else "no good run seen")
    text = f"last good {clock(good, now)}"
    return TileLine(text) if stale else TileLine(f"last good {formatting.rough_age(now - good)} ago", text)


def _next(deployment: Deployment, now: datetime) -> TileLine:
    at = deployment.next_at(now)
    if at is None:
        return TileLine(deployment_rows.next_note(deployment))
    text = f"next {clock(at, now)}"
    return (
        TileLine(f"next {formatting.distance(at, now)}", text)
        if at > now
        else TileLine(f"due {clock(at, now)}")
    )


def _stopped(deployment: Deployment) -> TileLine:
    since = deployment_rows.since(deployment)
    return TileLine(f"since {timezone.localtime(since):%a %-d %b}" if since else "")
