"""Promises that moved without a run: what was promised for one instant is now promised for another."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from dashboard.domain.states import SlotOutcome, Withdrawal
from dashboard.domain.times import before
from dashboard.models import Deployment, Key, Slot
from dashboard.models.deployment_queries import DeploymentQuerySet
from dashboard.models.names import NameText
from dashboard.models.slot import SlotQuerySet
from dashboard.web import formatting, urls

_RECENT = timedelta(days=1)  # after the instant that was promised
_MOST = 5  # on the overview, the newest


@dataclass(frozen=True)
class Move:
    """A promise of a deployment that moved, in words, and the deployment's page."""

    text: str
    url: str


def text(at: datetime, moved_to: datetime | None, zone: tzinfo, name: str = "") -> str:
    """A moved promise in words, in that zone."""
    to = f"to {formatting.moment(moved_to.astimezone(zone))}" if moved_to else "away"
    of = f" of {name}" if name else ""
    return f"next run{of} moved from {formatting.moment(at.astimezone(zone))} {to}, nothing ran"


def sentence(at: datetime, moved_to: datetime | None, zone: tzinfo, name: str) -> str:
    """The same where it stands alone."""
    return f"N{text(at, moved_to, zone, name)[1:]}"


def moved_texts(deployments: Collection[Deployment], now: datetime) -> dict[Key, str]:
    """The newest move of each of these deployments that did not run since, in one query."""
    last_runs = {deployment.key: deployment.last_run_at for deployment in deployments}
    zone = timezone.get_current_timezone()
    return {
        slot.key: text(slot.at, slot.moved_to, zone)
        for slot in _recent(now).for_deployments(last_runs)
        if not _ran(last_runs[slot.key], slot.at)
    }


def recently_moved(deployments: DeploymentQuerySet, now: datetime) -> DeploymentQuerySet:
    """Those deployments whose newest move no run came after, the newest moves first, at most five."""
    slots = _recent(now).values_list(NameText("deployment_id"))
    ran = Q(last_run_at__isnull=False, last_run_at__gte=F("moved_at"))
    moved = deployments.filter(deployment_id__in=slots).annotate(
        moved_at=Subquery(_newest(now).values("at")[:1])
    )
    return moved.filter(~ran, moved_at__isnull=False).order_by("-moved_at", "pk")[:_MOST]


def with_moves(deployments: DeploymentQuerySet, now: datetime) -> DeploymentQuerySet:
    """Each with the promise of it that moved last, `moved_at`, and what was promised instead, `moved_to`."""
    newest = _newest(now)
    return deployments.annotate(
        moved_at=Subquery(newest.values("at")[:1]), moved_to=Subquery(newest.values("moved_to")[:1])
    )


def moves_of(deployments: Iterable[Deployment]) -> list[Move]:
    """The moves of deployments from `with_moves` that no run came after, newest first."""
    zone = timezone.get_current_timezone()
    moved = ((getattr(row, "moved_at", None), row) for row in deployments)
    recent = [(at, row) for at, row in moved if at and not _ran(row.last_run_at, at)]
    return [
        Move(
            sentence(at, getattr(row, "moved_to", None), zone, str(row)), urls.deployment(*reversed(row.key))
        )
        for at, row in sorted(recent, key=lambda pair: pair[0], reverse=True)[:_MOST]
    ]


def _newest(now: datetime) -> SlotQuerySet:
    """The recent moved promises of a deployment of an outer query, newest first."""
    mine = _recent(now).filter(account=OuterRef("account"), deployment_id=OuterRef("deployment_id"))
    return mine.order_by("-at")


def _recent(now: datetime) -> SlotQuerySet:
    """Moved promises, oldest first, so that of each deployment the newest comes last."""
    moved = Slot.objects.filter(
        outcome=SlotOutcome.WITHDRAWN, reason=Withdrawal.MOVED, at__gte=before(now, _RECENT)
    )
    return moved.order_by("at")


def _ran(last_run_at: datetime | None, at: datetime) -> bool:
    return last_run_at is not None and last_run_at >= at
