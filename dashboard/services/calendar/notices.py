"""What a calendar must say besides: when nobody was looking, and promises that moved away."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from dashboard.domain.states import SlotOutcome
from dashboard.models import Deployment, Key, Slot, Watch
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.view_models import Notice
from dashboard.web import formatting, urls

_MOST = 5  # of each, newest first; a calendar is no log


def watch_notes(span: DateRange, now: datetime) -> tuple[str, ...]:
    """The gaps in our own watching within a span: slots in them are not seen rather than missed."""
    gaps = sorted(
        (earlier.until, later.since)
        for earlier, later in pairwise(Watch.objects.order_by("account", "since"))
        if earlier.account == later.account
        if earlier.until < span.end and later.since > span.start
    )
    return tuple(
        f"not watched from {_said(since, span.zone)} to {_said(until, span.zone)}: slots then are not seen"
        for since, until in gaps[-_MOST:]
    )


def notices(fleet: dict[Key, Deployment], span: DateRange) -> tuple[Notice, ...]:
    """Promises that moved without a run, and deployments that are active and promise nothing."""
    moved = Slot.objects.filter(
        # Only what was withdrawn can have moved, and outcomes have an index.
        outcome=SlotOutcome.WITHDRAWN,
        reason="moved",
        at__gte=span.start,
        at__lt=span.end,
    )
    mine = moved.for_deployments(fleet).order_by("-at")[:_MOST]
    told = [_moved(slot, fleet[slot.key], span) for slot in mine]
    silent = [
        Notice(f"{row} is active, and nothing is promised", _where(row))
        for row in fleet.values()
        if row.fires and row.expression and row.next_run_at is None
    ]
    return (*told, *silent[:_MOST])


def _moved(slot: Slot, deployment: Deployment, span: DateRange) -> Notice:
    to = f"to {_said(slot.moved_to, span.zone)}" if slot.moved_to else "away"
    text = f"next run of {deployment} moved from {_said(slot.at, span.zone)} {to}, nothing ran"
    return Notice(text, _where(deployment))


def _where(deployment: Deployment) -> str:
    return urls.deployment(deployment.deployment_id, deployment.account)


def _said(at: datetime, zone: ZoneInfo) -> str:
    return formatting.moment(at.astimezone(zone))
