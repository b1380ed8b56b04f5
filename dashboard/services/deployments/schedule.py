"""A deployment's schedule: what comes next, how punctual it is, what a pause costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.utils import timezone

from dashboard.domain import cron
from dashboard.domain.cron import Schedule
from dashboard.domain.states import Health, PausedReason, SlotOutcome
from dashboard.domain.times import before, later
from dashboard.domain.zones import known_zone
from dashboard.models import Deployment, Slot
from dashboard.web import formatting

_AHEAD = timedelta(days=366)  # how far ahead firings are listed
_NEXT = 5  # as many as the API promises
_MOST_SLOTS = 500  # of a week, newest first
_MOST_COUNTED = 10_000  # slots counted for a pause; a schedule of every minute has more in a week


@dataclass(frozen=True)
class NextSlot:
    """A firing to come, `promised` by the API or else projected from the schedule."""

    at: datetime
    promised: bool


def upcoming(deployment: Deployment, now: datetime) -> tuple[NextSlot, ...]:
    """What it will fire at next: what is promised, and then what its schedule says."""
    if not deployment.fires:
        return ()
    promised = [NextSlot(at, promised=True) for at in deployment.record.upcoming_runs_at if at > now][:_NEXT]
    schedule = Schedule(deployment.expression, deployment.timezone)
    edge = promised[-1].at if promised else now
    beyond = schedule.between(edge, later(now, _AHEAD))
    return (*promised, *(NextSlot(at, promised=False) for at in islice(beyond, _NEXT - len(promised))))


def text(deployment: Deployment) -> str:
    """When it fires, in words; empty where it has no schedule and runs by hand only."""
    expression, kind = deployment.expression, deployment.record.schedule_type
    if expression:
        unreadable = "never" if cron.never_fires(expression) else "an expression that cannot be read"
        return cron.describe(expression) or unreadable
    if kind not in ("", "cron"):
        return f"by a schedule of type {kind}"
    return "at the promised instants" if deployment.next_run_at else ""


def remarks(deployment: Deployment, now: datetime) -> tuple[str, ...]:
    """What is odd about its schedule, in sentences without a full stop."""
    if not deployment.fires:
        return ()
    return tuple(filter(None, (_zone(deployment), _unreadable(deployment), _far(deployment, now))))


def _zone(deployment: Deployment) -> str:
    if not deployment.expression or known_zone(deployment.timezone):
        return ""
    named = f"Nobody knows the zone {deployment.timezone}" if deployment.timezone else "No zone is named"
    return f"{named}: beyond what is promised, nothing can be projected"


def _unreadable(deployment: Deployment) -> str:
    number = deployment.record.unreadable_promises
    if not number:
        return ""
    return (
        "1 promise is no instant and is left out"
        if number == 1
        else (f"{number:,} promises are no instants and are left out")
    )


def _far(deployment: Deployment, now: datetime) -> str:
    """That it never fires, or not within a year."""
    if cron.never_fires(deployment.expression):
        return "It never fires: no day matches its schedule"
    at = None if deployment.next_at(now) else _schedule(deployment).next_after(now)
    if at is None or at < later(now, _AHEAD):
        return ""
    return f"It fires next on {at.astimezone(known_zone(deployment.timezone)):%-d %B %Y at %H:%M}"


def _schedule(deployment: Deployment) -> Schedule:
    return Schedule(deployment.expression, deployment.timezone)


def paused(deployment: Deployment, now: datetime) -> str:
    """Why it stands still, since when, and what that has cost; empty where it fires."""
    if deployment.health not in (Health.PAUSED, Health.PAUSED_BY_ERROR):
        return ""
    why = {
        PausedReason.ERROR: f"by an error, {deployment.record.pausing_error}".rstrip(", "),
        PausedReason.MANUAL: "by hand",
        "": "for a reason that is not reported",
    }
    reason = why.get(deployment.paused_reason, f"for the reason {deployment.paused_reason}")
    since = deployment.paused_since
    if since is None:
        return f"Paused {reason}, since when is not known"
    at = formatting.moment(timezone.localtime(since))
    cost = _gone_by(deployment, since, now)
    return f"Paused {reason}, since {at} at the latest, when it was last changed{cost}"


def _gone_by(deployment: Deployment, since: datetime, now: datetime) -> str:
    """How many firings of its schedule a pause has cost, in a clause."""
    schedule = Schedule(deployment.expression, deployment.timezone)
    number = sum(1 for _ in islice(schedule.between(since, now), _MOST_COUNTED))
    if not number:
        return ""
    many = f"{number:,}{'+' if number == _MOST_COUNTED else ''}"
    return f"; {many} {'slot' if number == 1 else 'slots'} of its schedule went by"


def punctual(deployment: Deployment, now: datetime) -> str:
    """How late its runs start, as far as its slots of the last week have been settled."""
    slots = Slot.objects.filter(
        account=deployment.account,
        deployment_id=deployment.deployment_id,
        at__gte=before(now, timedelta(days=7)),
        outcome__in=(SlotOutcome.ON_TIME, SlotOutcome.LATE, SlotOutcome.RUNNING),
    )
    late = sorted(slots.order_by("-at").values_list("late_s", flat=True)[:_MOST_SLOTS])
    if not late:
        return ""
    middle, worst = (
        formatting.duration(timedelta(seconds=round(s))) for s in (late[len(late) // 2], late[-1])
    )
    return f"{middle} usual, {worst} at worst, {len(late)} {'slot' if len(late) == 1 else 'slots'} in 7 d"
