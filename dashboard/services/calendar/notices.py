"""Remarks above the calendar: gaps in watching, promises that moved, deployments that promise nothing."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from dashboard.domain.states import SlotOutcome, Withdrawal
from dashboard.models import Deployment, Key, Slot, Watch
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.links import deployment_url
from dashboard.services.calendar.view_models import Notice
from dashboard.services.deployments import moves
from dashboard.services.lists.undated import undated_runs_of
from dashboard.web import formatting

_MOST = 5  # of each kind, the newest; a calendar is no log


def watch_notes(dates: DateRange) -> tuple[str, ...]:
    """When the API was not watched within some days: slots then are not seen rather than missed."""
    gaps = sorted(
        (earlier.until, later.since)
        for earlier, later in pairwise(Watch.objects.order_by("account", "since"))
        if earlier.account == later.account
        if earlier.until < dates.end and later.since > dates.start
    )
    return tuple(
        f"Not watched from {_moment(since, dates.zone)} to {_moment(until, dates.zone)}: "
        "runs promised then may be missing"
        for since, until in gaps[-_MOST:]
    )


def notices(deployments: dict[Key, Deployment], dates: DateRange) -> tuple[Notice, ...]:
    """Promises that moved without a run, newest first, then active deployments that promise nothing.

    At last the deployments with runs that have no place on any day.
    """
    moved = Slot.objects.filter(
        # Only a withdrawn slot can have moved, and outcomes have an index.
        outcome=SlotOutcome.WITHDRAWN,
        reason=Withdrawal.MOVED,
        at__gte=dates.start,
        at__lt=dates.end,
    )
    newest = moved.for_deployments(deployments).order_by("-at")[:_MOST]
    silent = [
        Notice(f"{deployment} is active, and nothing is promised", deployment_url(deployment))
        for deployment in deployments.values()
        if deployment.fires and deployment.expression and deployment.next_run_at is None
    ]
    nowhere = [
        Notice(f"{deployment}: {runs.text}", runs.url)
        for deployment in deployments.values()
        if deployment.runs_ahead or deployment.runs_without_time
        for runs in undated_runs_of(deployment)
    ]
    return (
        *(_moved(slot, deployments[slot.key], dates) for slot in newest),
        *silent[:_MOST],
        *nowhere[:_MOST],
    )


def _moved(slot: Slot, deployment: Deployment, dates: DateRange) -> Notice:
    text = moves.sentence(slot.at, slot.moved_to, dates.zone, str(deployment))
    return Notice(text, deployment_url(deployment))


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return formatting.moment(at.astimezone(zone))
