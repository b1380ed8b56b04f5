"""The tiles of the wall: what one shows of its deployment, in words that can be read from afar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from dashboard.domain.states import HEALTH_LABELS, OUTCOME_LABELS, Health, Outcome
from dashboard.models import Deployment, Key
from dashboard.services.deployments import rows as deployment_rows
from dashboard.services.deployments.strips import Strip
from dashboard.services.lists import badges
from dashboard.services.notes.book import NO_NOTES, NoteBook
from dashboard.services.wallboard.fitting import cut_middle, first_that_fits, width
from dashboard.services.wallboard.grid import GridStep
from dashboard.web import formatting
from dashboard.web.components import Badge

_ACKNOWLEDGED = "acknowledged"
_UNPROVEN = Badge("never", "no result yet", "never")  # the first run of all is still under way
_LINES = {
    "large": 4,
    "normal": 2,
    "smaller": 2,
    "compact": 1,
    "flat": 1,
    "chip": 0,
}  # what a tile has room for
_SHORTER = {  # what a state is called where there is no room for its words
    "paused by error": "paused: error",
    "paused by hand": Health.PAUSED,
    OUTCOME_LABELS[Outcome.STARTED]: "not reported",
    HEALTH_LABELS[Health.UNREAD]: "not judged",
}


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
    name: what its tile has room for; full_name: all of it
    beside: how long what is wrong has lasted, or that it is acknowledged
    stale: as of the last time its account was read
    acknowledged: whether somebody has acknowledged it: it stands back
    """

    id: str
    account: str
    name: str
    full_name: str
    health: str
    badge: Badge
    beside: str
    lines: tuple[TileLine, ...]
    running: bool
    stale: bool
    strip: Strip | None
    acknowledged: bool


@dataclass(frozen=True)
class TileContext:
    """What all tiles of a wall depend on.

    stale: accounts whose data is stale, and of when it is; complete: those all of whose runs are known
    several: whether there is more than one account
    notes: what people know
    """

    now: datetime
    stale: Mapping[str, datetime]
    complete: frozenset[str]
    several: bool
    notes: NoteBook = NO_NOTES


def tiles(
    deployments: Sequence[Deployment], drawn: Mapping[Key, Strip], step: GridStep, context: TileContext
) -> list[WallTile]:
    """A tile of each deployment, in their order; drawn: the last runs of each, where there is room."""
    return [_tile(row, drawn.get(row.key), step, context) for row in deployments]


def short_reason(error_type: str) -> str:
    """An error's type in words that can be read from afar: `rate limited` of `session_rate_limited_error`.

    Empty where it says nothing.
    """
    bare = error_type.strip().removesuffix("_error")
    words = bare.replace("_", " ").removeprefix("session ")
    return "" if words in ("", "unknown", "error") else words


def _tile(deployment: Deployment, strip: Strip | None, step: GridStep, context: TileContext) -> WallTile:
    at = context.stale.get(deployment.account)
    lines = _lines(deployment, at, context.now, with_message=step.size == "large")
    known, note = context.notes.acknowledged(deployment.key), context.notes.on_deployment(deployment.key)
    badge = _fitted(_badge(deployment, context), step)
    beside = _ACKNOWLEDGED if known else _since(deployment, at or context.now)
    has_room = width(f"{badge.word} {beside}") <= step.state_room
    lines = _with_note(lines, note.line if note else "", unmarked=known and not has_room, first=known)
    return WallTile(
        id=deployment.deployment_id,
        account=deployment.account if context.several else "",
        name=cut_middle(str(deployment), step.name_room),
        full_name=str(deployment),
        health=deployment.health,
        badge=badge,
        beside=beside if has_room else "",
        lines=tuple(lines[: _LINES[step.size]]),
        running=deployment.open_since is not None,
        stale=at is not None,
        strip=strip,
        acknowledged=known,
    )


def _with_note(lines: list[TileLine], words: str, *, unmarked: bool, first: bool) -> list[TileLine]:
    """What people know, before the rest or after its first line.

    unmarked: whether only this line can show that it is acknowledged
    """
    if unmarked:
        words = f"known: {words}" if words else _ACKNOWLEDGED
    shown = [TileLine(words)] if words else []
    return [*shown, *lines] if first else [*lines[:1], *shown, *lines[1:]]


def _fitted(badge: Badge, step: GridStep) -> Badge:
    """A badge in words that its tile has room for: a state is never cut."""
    words = (badge.word, _SHORTER.get(badge.word, badge.word))
    word = first_that_fits(words, step.state_room)
    return badge if word == badge.word else replace(badge, word=word)


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


def _lines(
    deployment: Deployment, stale_at: datetime | None, now: datetime, *, with_message: bool
) -> list[TileLine]:
    """The most important first. with_message: whether there is room for the error's own words."""
    at = stale_at or now
    good = _last_good(deployment, now, stale=stale_at is not None)
    running = _running(deployment, at)
    why = _why(deployment, at, with_message=with_message)
    if deployment.health == Health.PAUSED_BY_ERROR:
        lines = [*why, _stopped(deployment), good]
    elif deployment.health in Health.NEEDY:
        lines = [*why, running, good]
    elif deployment.health in (Health.OK, Health.OUTCOME_UNKNOWN, Health.NEVER_RAN):
        lines = [running, TileLine(f"as of {_short_clock(at, now)}") if stale_at else _next(deployment, now)]
    else:
        lines = [_stopped(deployment), running]
    return [line for line in lines if line.words]


def _why(deployment: Deployment, at: datetime, *, with_message: bool) -> list[TileLine]:
    """Why it needs somebody: the short reason, and the error's own words where it has room or no reason."""
    detail = deployment_rows.detail(deployment, at, rough=True)
    if deployment.health not in (Health.FAILING, Health.PAUSED_BY_ERROR):
        return [TileLine(detail)]
    reason = short_reason(detail or deployment.last_error_type)
    message = deployment_rows.error_line(deployment)
    texts = [reason, message if with_message or not reason else ""]
    return [TileLine(text) for text in texts if text] or [TileLine(detail or "no error given")]


def _running(deployment: Deployment, at: datetime) -> TileLine:
    # Of a stuck one, and of one that is slow, the line above shows it.
    if deployment.open_since is None or deployment.health in (Health.STUCK, Health.SLOW):
        return TileLine("")
    if since := deployment.running_since:
        return TileLine(f"{Outcome.RUNNING}, {formatting.age(at - since)}", running=True)
    return TileLine(f"{Outcome.PENDING}, {formatting.age(at - deployment.open_since)}", running=True)


def _last_good(deployment: Deployment, now: datetime, *, stale: bool) -> TileLine:
    good = deployment.last_success_at
    if good is None:
        return TileLine("outcomes not reported" if deployment.last_started_at else "no good run seen")
    text = f"last good {_short_clock(good, now)}"
    return TileLine(text) if stale else TileLine(f"last good {formatting.rough_age(now - good)} ago", text)


def _short_clock(at: datetime, now: datetime) -> str:
    """An instant that the narrowest tile has room for: `09:12`, `Mon 09:12`, `16 Jun` beyond a week."""
    local = at.astimezone(now.tzinfo)  # the reader's zone
    days = abs((now.date() - local.date()).days)
    return f"{local:%H:%M}" if days == 0 else f"{local:%a %H:%M}" if days < 7 else f"{local:%-d %b}"


def _next(deployment: Deployment, now: datetime) -> TileLine:
    at = deployment.next_at(now)
    if at is None:
        return TileLine(deployment_rows.next_note(deployment))
    text = f"next {_short_clock(at, now)}"
    return (
        TileLine(f"next {formatting.distance(at, now)}", text)
        if at > now
        else TileLine(f"due {_short_clock(at, now)}")
    )


def _stopped(deployment: Deployment) -> TileLine:
    since = deployment_rows.since(deployment)
    return TileLine(f"since {timezone.localtime(since):%a %-d %b}" if since else "")
