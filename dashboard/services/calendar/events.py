"""What stands in a calendar: runs and slots of the past, promised slots and projected firings to come.

Deployments that fire frequently are not drawn event by event: they are counted by the hour (`hourly_counts`).
Runs come as tallies; the few that are drawn are asked for one by one (`cells`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from dashboard.domain.cron import Schedule
from dashboard.domain.states import CalendarState, SlotOutcome
from dashboard.domain.thresholds import EARLY
from dashboard.models import Deployment, Key, Slot
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.firings import firings, instant

_WITHOUT_RUN = (SlotOutcome.DUE, SlotOutcome.MISSED, SlotOutcome.UNOBSERVED, SlotOutcome.WITHDRAWN)


DRAWN_FROM = (  # what a calendar needs of a deployment: reading all of its columns takes three times as long
    *("account", "deployment_id", "name", "status", "archived_at", "gone_at", "expression", "timezone"),
    *("next_run_at", "last_run_at", "usual_ms", "runs_ahead", "runs_without_time", "record_json"),
)


class CalendarEvent(NamedTuple):
    """One thing at one instant. A tuple, since a page is made of thousands.

    state: an outcome of a run or of a slot, or that of `CalendarState`
    run_id: of a run, empty for what is none
    late_s: by how many seconds a run came after its slot
    note: why a slot was withdrawn
    tallied: how many runs of a quarter of an hour it stands for, of which no single one is known yet
    """

    deployment: Deployment
    at: datetime
    state: str
    run_id: str = ""
    late_s: float = 0
    note: str = ""
    tallied: int = 0

    @property
    def number(self) -> int:
        """How many events it stands for."""
        return self.tallied or 1


@dataclass(frozen=True)
class CalendarDeployments:
    """The deployments of a calendar: those drawn event by event, and those that fire frequently."""

    infrequent: dict[Key, Deployment]
    frequent: dict[Key, Deployment]

    @classmethod
    def of(cls, deployments: Sequence[Deployment]) -> CalendarDeployments:
        """Parted by how frequently their schedules fire."""
        frequent = {
            deployment.key: deployment
            for deployment in deployments
            if Schedule(deployment.expression, deployment.timezone).frequent
        }
        infrequent = {row.key: row for row in deployments if row.key not in frequent}
        return cls(infrequent, frequent)

    @property
    def all(self) -> dict[Key, Deployment]:
        """Both."""
        return self.infrequent | self.frequent


def slots(deployments: dict[Key, Deployment], dates: DateRange, now: datetime) -> list[CalendarEvent]:
    """The slots on some days that no run stands for, and the promises that are not kept as slots."""
    kept = Slot.objects.for_deployments(deployments).filter(at__gte=dates.start, at__lt=dates.end)
    rows = kept.filter(outcome__in=_WITHOUT_RUN).values_list(
        "account", "deployment_id", "at", "outcome", "reason"
    )
    promises = {key: row.promises for key, row in deployments.items()}
    without_run = [
        CalendarEvent(
            deployments[account, deployment_id],
            at,
            outcome,
            note=reason if outcome == SlotOutcome.WITHDRAWN else "",
        )
        for account, deployment_id, at, outcome, reason in rows
        # After the clock was set back, a promise that is due is to come again: the API does not list it.
        if at <= now or outcome != SlotOutcome.DUE or at in promises[account, deployment_id]
    ]
    promised = [at for each in promises.values() for at in each if dates.start <= at < dates.end]
    since = min(promised, default=dates.end)
    known = set(kept.filter(at__gte=since).values_list("account", "deployment_id", "at"))
    return [*without_run, *not_kept(deployments.values(), known, dates, now)]


def not_kept(
    deployments: Collection[Deployment],
    known: Collection[tuple[str, str, datetime]],
    dates: DateRange,
    now: datetime,
) -> Iterator[CalendarEvent]:
    """What is promised on some days and is not kept as a slot: to come, or past and never looked for.

    known: the slots that are kept, as account, deployment and instant
    """
    for deployment in deployments:
        for at in deployment.promises:
            if dates.start <= at < dates.end and (*deployment.key, at) not in known:
                if at > now:
                    yield CalendarEvent(deployment, at, SlotOutcome.DUE)
                elif not _ran_since(deployment, at):
                    yield CalendarEvent(deployment, at, SlotOutcome.UNOBSERVED)


def promised(deployments: Collection[Deployment], dates: DateRange, now: datetime) -> Iterator[CalendarEvent]:
    """What the API promises on some days, and is still to come."""
    after = max(now, dates.just_before)
    for deployment in deployments:
        for at in deployment.promises:
            if after < at < dates.end:
                yield CalendarEvent(deployment, at, SlotOutcome.DUE)


def projected(
    deployments: Collection[Deployment], dates: DateRange, now: datetime
) -> Iterator[CalendarEvent]:
    """Firings beyond the last promised slot, by the cron expressions."""
    for deployment in deployments:
        if (edge := promised_until(deployment, now)) and edge < dates.end:
            schedule = Schedule(deployment.expression, deployment.timezone)
            for start in firings(schedule, max(edge, dates.just_before), dates.end):
                yield CalendarEvent(deployment, instant(start), CalendarState.PROJECTED)


def promised_until(deployment: Deployment, now: datetime) -> datetime | None:
    """The last promised instant, from which on firings are projected; None when it will not fire."""
    return max([now, *deployment.promises]) if deployment.fires else None


def _ran_since(deployment: Deployment, at: datetime) -> bool:
    """Whether a run may have met a promise that was first read after its time."""
    return deployment.last_run_at is not None and deployment.last_run_at >= at - EARLY
