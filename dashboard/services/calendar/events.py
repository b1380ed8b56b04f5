"""What stands in a calendar: runs and slots of the past, promised slots and projected firings to come.

Deployments that fire often are not told one by one: they are counted by the hour (`density`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from dashboard.domain.cron import Schedule
from dashboard.domain.states import SlotOutcome
from dashboard.domain.thresholds import EARLY
from dashboard.models import Deployment, Key, Run, Slot
from dashboard.services.calendar.date_range import DateRange

MOST = 5_000  # events of one kind drawn one by one; beyond that the page says so
TOLD = (SlotOutcome.DUE, SlotOutcome.MISSED, SlotOutcome.UNOBSERVED, SlotOutcome.WITHDRAWN)


@dataclass(frozen=True)
class CalendarEvent:
    """One thing at one instant.

    state: an outcome of a run, an outcome of a slot, or `projected`
    run_id: of a run, empty for what is none
    late_s: by how many seconds a run came after its slot
    note: what else there is to say
    """

    deployment: Deployment
    at: datetime
    state: str
    run_id: str = ""
    late_s: float = 0
    note: str = ""


@dataclass(frozen=True)
class CalendarDeployments:
    """The deployments of a calendar: those drawn one by one, and those that fire often."""

    rare: dict[Key, Deployment]
    frequent: dict[Key, Deployment]

    @property
    def all(self) -> dict[Key, Deployment]:
        """Both."""
        return self.rare | self.frequent


def fleet(deployments: Sequence[Deployment]) -> CalendarDeployments:
    """Part the deployments by how often they fire."""
    often = {
        deployment.key: deployment
        for deployment in deployments
        if Schedule(deployment.expression, deployment.timezone).frequent
    }
    rare = {row.key: row for row in deployments if row.key not in often}
    return CalendarDeployments(rare, often)


def runs(deployments: dict[Key, Deployment], span: DateRange, now: datetime) -> list[CalendarEvent]:
    """The runs of those deployments in a span, with how late they were."""
    if span.start > now:
        return []
    found = (
        Run.objects.for_deployments(deployments).filter(at__gte=span.start, at__lt=span.end).order_by("at")
    )
    told = list(found.values_list("account", "deployment_id", "at", "status", "run_id")[:MOST])
    late = Slot.objects.filter(outcome=SlotOutcome.LATE, at__gte=span.start, at__lt=span.end)
    by_run = {(slot.account, slot.run_id): slot.late_s for slot in late.for_deployments(deployments)}
    return [
        CalendarEvent(
            deployments[account, deployment_id], at, status, run_id, by_run.get((account, run_id), 0)
        )
        for account, deployment_id, at, status, run_id in told
    ]


def slots(deployments: dict[Key, Deployment], span: DateRange, now: datetime) -> list[CalendarEvent]:
    """The slots in a span that no run stands for, and the promises that the ledger does not hold."""
    kept = Slot.objects.for_deployments(deployments).filter(at__gte=span.start, at__lt=span.end)
    written = kept.filter(Q(outcome__in=TOLD)).order_by("at")[:MOST]
    found = [
        CalendarEvent(deployments[slot.key], slot.at, slot.outcome, note=_note(slot)) for slot in written
    ]
    promised = [
        (row, at) for row in deployments.values() for at in promises(row) if span.start <= at < span.end
    ]
    since = min((at for _, at in promised), default=span.end)
    known = set(kept.filter(at__gte=since).values_list("account", "deployment_id", "at"))
    return found + [
        CalendarEvent(deployment, at, SlotOutcome.DUE if at > now else SlotOutcome.UNOBSERVED)
        for deployment, at in promised
        if (*deployment.key, at) not in known
        if at > now or not _ran_since(deployment, at)
    ]


def late(deployments: dict[Key, Deployment], span: DateRange) -> list[CalendarEvent]:
    """The slots in a span whose run came late, for counts of days."""
    found = Slot.objects.filter(outcome=SlotOutcome.LATE, at__gte=span.start, at__lt=span.end)
    told = found.for_deployments(deployments).values_list("account", "deployment_id", "at")
    return [
        CalendarEvent(deployments[account, deployment_id], at, SlotOutcome.LATE)
        for account, deployment_id, at in told
    ]


def promised(deployments: Collection[Deployment], span: DateRange, now: datetime) -> Iterator[CalendarEvent]:
    """What the API promises within a span, and is still to come."""
    first = max(now, span.start)
    for deployment in deployments:
        for at in promises(deployment):
            if first < at < span.end:
                yield CalendarEvent(deployment, at, SlotOutcome.DUE)


def projected(deployments: Collection[Deployment], span: DateRange, now: datetime) -> Iterator[CalendarEvent]:
    """Firings beyond the last promised slot, by the cron expressions."""
    for deployment in deployments:
        if (edge := promised_until(deployment, now)) and edge < span.end:
            schedule = Schedule(deployment.expression, deployment.timezone)
            for at in schedule.between(max(edge, span.start), span.end):
                yield CalendarEvent(deployment, at, "projected")


def promises(deployment: Deployment) -> list[datetime]:
    """The instants that the API promises now, in order, each once; none when it will not fire."""
    # The first and the last year of the calendar have days that some zones cannot say.
    return [at for at in deployment.record.upcoming_runs_at if 1 < at.year < 9999] if deployment.fires else []


def promised_until(deployment: Deployment, now: datetime) -> datetime | None:
    """The last promised instant, from which on firings are projected; None when it will not fire."""
    return max([now, *promises(deployment)]) if deployment.fires else None


def _ran_since(deployment: Deployment, at: datetime) -> bool:
    """Whether a run may have met a promise that was first read after its time."""
    return deployment.last_run_at is not None and deployment.last_run_at >= at - EARLY


def _note(slot: Slot) -> str:
    if slot.outcome == SlotOutcome.WITHDRAWN:
        return slot.reason
    return ""
