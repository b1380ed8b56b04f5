"""The page of one deployment: how it does, since when, what changed, what comes next."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Count, Q
from django.utils import timezone

from dashboard import durations, shares, versions
from dashboard.models import Deployment, Health, Outcome, Run, Slot
from dashboard.projection import Schedule
from dashboard.services import deployment_rows, durationplot, feed, runs
from dashboard.services.deployment_rows import DeploymentRow
from dashboard.services.durationplot import Plot
from dashboard.services.facts import Fact
from dashboard.services.strips import linked_strip
from dashboard.slots import SlotOutcome
from dashboard.strips import Strip

PLACES = 60  # of the strip, and finished runs of the plot
LOOKED_AT = 500  # latest runs that versions and first tries are told from
_SPANS = (("24 h", timedelta(hours=24)), ("7 d", timedelta(days=7)), ("30 d", timedelta(days=30)))
_FINISHED = (Outcome.COMPLETED, Outcome.FAILED)  # what a rate is made of: how the rest ended is not known
_NEXT = 5
_MOST_FAST = 5
_MOST_COUNTED = 10_000  # slots counted for a pause; a schedule of every minute has more in a week


@dataclass(frozen=True)
class Rate:
    """Completed of finished over a span; share is empty where nothing finished."""

    span: str
    share: str
    completed: int
    finished: int
    reach: str


@dataclass(frozen=True)
class NextSlot:
    """A firing to come, `promised` by the API or else projected from the schedule."""

    at: datetime
    promised: bool


@dataclass(frozen=True)
class Quick:
    """A run that completed suspiciously fast."""

    run: Run
    took: str


@dataclass(frozen=True)
class Event:
    """Something that was sent to the agent at the start of each run."""

    kind: str
    text: str


@dataclass(frozen=True)
class DeploymentPage:
    """Everything on the page but the list of its runs."""

    deployment: Deployment
    row: DeploymentRow
    strip: Strip
    rates: tuple[Rate, ...]
    plot: Plot | None
    fast: tuple[Quick, ...]
    fast_of: int
    changes: tuple[versions.Change, ...]
    looked_at: int
    paused: str
    punctual: str
    upcoming: tuple[NextSlot, ...]
    facts: tuple[Fact, ...]
    events: tuple[Event, ...]
    reach: str
    record: str


def find(deployment_id: str, now: datetime) -> Deployment | None:
    """A deployment with its health; None when it was never seen."""
    return Deployment.objects.with_health(now).filter(deployment_id=deployment_id).first()


def deployment_page(deployment: Deployment, now: datetime) -> DeploymentPage:
    """The page; the number of queries does not depend on how much has run."""
    views = [view for view in feed.feeds(now) if view.account == deployment.account]
    latest = list(runs.of(deployment).newest_first().only(*_READ)[:LOOKED_AT])
    finished = [run for run in latest if run.status in _FINISHED][:PLACES]
    completed = [run for run in finished if run.status == Outcome.COMPLETED and run.duration_ms is not None]
    of = shares.usual([run.duration_ms or 0 for run in completed])
    fast = [run for run in completed if shares.is_fast(run.duration_ms or 0, of)]
    return DeploymentPage(
        deployment=deployment,
        row=deployment_rows.rows([deployment], now)[0],
        strip=linked_strip(deployment, PLACES),
        rates=_rates(deployment, views, now),
        plot=durationplot.plot(finished, deployment.timeout_ms, now),
        fast=tuple(Quick(run, _said(run.duration_ms)) for run in fast[:_MOST_FAST]),
        fast_of=len(completed),
        changes=tuple(versions.changes(_ran(run) for run in reversed(latest)))[:_NEXT],
        looked_at=len(latest),
        paused=_paused(deployment, now),
        punctual=_punctual(deployment, now),
        upcoming=tuple(_upcoming(deployment, now)),
        facts=_facts(deployment),
        events=tuple(_events(deployment)),
        reach=views[0].history if views else "of an account that is not configured any more",
        record=json.dumps(deployment.payload, indent=2, ensure_ascii=False),
    )


_READ = ("run_id", "account", "deployment_id", "at", "status", "duration_ms", "agent_version")


def _rates(deployment: Deployment, views: Sequence[feed.FeedView], now: datetime) -> tuple[Rate, ...]:
    counted = {
        f"{status}_{place}": Count("pk", filter=Q(status=status, at__gte=now - length))
        for place, (_, length) in enumerate(_SPANS)
        for status in _FINISHED
    }
    found = runs.of(deployment).filter(at__gte=now - _SPANS[-1][1]).aggregate(**counted)
    return tuple(
        _rate(span, *(found[f"{status}_{place}"] for status in _FINISHED), views=views, since=now - length)
        for place, (span, length) in enumerate(_SPANS)
    )


def _rate(span: str, completed: int, failed: int, *, views: Sequence[feed.FeedView], since: datetime) -> Rate:
    finished = completed + failed
    return Rate(span, shares.percent(completed, finished), completed, finished, feed.reach(views, since))


def _ran(run: Run) -> versions.Ran:
    failed = run.status == Outcome.FAILED if run.status in _FINISHED else None
    return versions.Ran(run.at, run.agent_version, failed)


def _paused(deployment: Deployment, now: datetime) -> str:
    """Why it stands still, since when, and what that has cost; empty where it fires."""
    if deployment.health not in (Health.PAUSED, Health.PAUSED_BY_ERROR):
        return ""
    why = {
        "error": f"by an error, {deployment.pausing_error}".rstrip(", "),
        "manual": "by hand",
        "": "for a reason that is not told",
    }
    said = why.get(deployment.paused_reason, f"for the reason {deployment.paused_reason}")
    since = deployment.paused_since
    if since is None:
        return f"Paused {said}, since when is not told"
    schedule = Schedule(deployment.expression, deployment.timezone)
    went_by = sum(1 for _ in islice(schedule.between(since, now), _MOST_COUNTED))
    many = f"{went_by:,}{'+' if went_by == _MOST_COUNTED else ''}"
    cost = f"; {many} {'slot' if went_by == 1 else 'slots'} of its schedule went by" if went_by else ""
    at = f"{timezone.localtime(since):%a %-d %b %H:%M}"
    return f"Paused {said}, since {at} at the latest, when it was last changed{cost}"


def _punctual(deployment: Deployment, now: datetime) -> str:
    """How late its runs start, as far as its slots of the last week have been settled."""
    slots = Slot.objects.filter(
        account=deployment.account,
        deployment_id=deployment.deployment_id,
        at__gte=now - timedelta(days=7),
        outcome__in=(SlotOutcome.ON_TIME, SlotOutcome.LATE, SlotOutcome.RUNNING),
    )
    late = sorted(slots.order_by("-at").values_list("late_s", flat=True)[:LOOKED_AT])
    if not late:
        return ""
    middle, worst = (durations.said(timedelta(seconds=round(s))) for s in (late[len(late) // 2], late[-1]))
    return f"{middle} usual, {worst} at worst, {len(late)} {'slot' if len(late) == 1 else 'slots'} in 7 d"


def _upcoming(deployment: Deployment, now: datetime) -> Sequence[NextSlot]:
    """What it will fire at next: what is promised, and then what its schedule says."""
    if not deployment.fires:
        return ()
    promised = [NextSlot(at, promised=True) for at in deployment.promised if at > now][:_NEXT]
    schedule = Schedule(deployment.expression, deployment.timezone)
    edge = promised[-1].at if promised else now
    beyond = schedule.between(edge, now + timedelta(days=366))
    return [*promised, *(NextSlot(at, promised=False) for at in islice(beyond, _NEXT - len(promised)))]


def _events(deployment: Deployment) -> Sequence[Event]:
    """What each run begins with; content of a shape that is not known is shown as it came."""
    events = deployment.payload.get("initial_events")
    if not isinstance(events, list):
        return ()
    return [Event(str(it.get("type", "")), _text(it)) for it in events if isinstance(it, dict)]


def _text(event: dict[str, object]) -> str:
    content = event.get("content", event.get("description"))
    blocks = content if isinstance(content, list) else [content]
    found = [block.get("text", block) if isinstance(block, dict) else block for block in blocks]
    return "\n".join(it if isinstance(it, str) else json.dumps(it, ensure_ascii=False) for it in found if it)


def _facts(deployment: Deployment) -> tuple[Fact, ...]:
    agent, version = deployment.agent_id, deployment.agent_version
    config = deployment.config
    vaults = deployment.payload.get("vault_ids")
    return (
        Fact("Status", deployment.status),
        Fact("Agent", f"{agent} v{version}" if version else agent),
        Fact("Environment", deployment.environment_id),
        Fact("Vaults", ", ".join(map(str, vaults)) if isinstance(vaults, list) else ""),
        Fact("Session", _plain(config.get("session_strategy"))),
        Fact("At a time", _plain(config.get("max_concurrent"))),
        Fact("Retries", _plain(config.get("max_retries"))),
        Fact("Limit", _said(deployment.timeout_ms) if deployment.timeout_ms is not None else ""),
        Fact("Expression", deployment.expression),
        Fact("Zone", deployment.timezone),
        Fact("Created", deployment.created_at),
        Fact("Updated", deployment.updated_at),
        Fact("Archived", deployment.archived_at),
        Fact("Account", deployment.account),
        Fact("Deployment", deployment.deployment_id),
    )


def _plain(value: object) -> str:
    return str(value).replace("_", " ") if isinstance(value, (str, int)) else ""


def _said(milliseconds: int | None) -> str:
    return durations.said(timedelta(milliseconds=milliseconds or 0))
