"""Whether the scheduler of an account is silent, looked at once after each complete reading."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from dashboard.domain.scheduler import Promised, Scheduled, SchedulerSilence, silences
from dashboard.domain.states import SlotOutcome
from dashboard.domain.stretches import Span
from dashboard.domain.thresholds import SCHEDULER_SILENT_AFTER, SCHEDULER_WINDOW
from dashboard.models import Deployment, Feed, Slot, Watch
from dashboard.services.status.scheduler import as_stored
from dashboard.services.sync.context import SyncContext

_MOST_LOST = 50_000  # promises: of a thousand deployments, each for four hours every five minutes
_LOOK_EVERY = timedelta(minutes=5)  # where nothing has changed
_ANSWERED = (*SlotOutcome.MET, SlotOutcome.UNOBSERVED)


class SchedulerWatch:
    """Looks whenever something has changed, and now and then, as what is long past counts no more."""

    def __init__(self) -> None:
        """Look at the next reading."""
        self._seen: tuple[int, int] | None = None  # the version, and which stretch of time it was

    def look(self, reader: SyncContext) -> None:
        """Write down of which deployments nothing fires, where that has changed."""
        feed, now = reader.feed(), timezone.now()
        stretch = int(now.timestamp() // _LOOK_EVERY.total_seconds())
        if self._seen == (feed.version, stretch):
            return
        silent = as_stored(_silences(reader.account, now))
        if silent != feed.scheduler:
            with reader.writing():
                Feed.objects.filter(pk=feed.pk).update(scheduler=silent)
                reader.changed()
        self._seen = feed.version, stretch  # once that is written


def _silences(account: str, now: datetime) -> list[SchedulerSilence]:
    own = Deployment.objects.filter(account=account)
    if own.filter(missed_at__isnull=False).count() < SCHEDULER_SILENT_AFTER:
        return []
    since = now - SCHEDULER_WINDOW
    slots = Slot.objects.filter(account=account, outcome=SlotOutcome.MISSED, at__gte=since)
    lost = slots.order_by("-at").values_list("deployment_id", "at")[:_MOST_LOST]
    spans = Watch.objects.filter(account=account, until__gte=since).values_list("since", "until")
    columns = ("deployment_id", "environment_id", "agent_id", "status", "archived_at", "gone_at")
    return silences(
        {
            row.deployment_id: Scheduled(row.environment_id, row.agent_id, row.fires)
            for row in own.only(*columns)
        },
        [*(Promised(key, at, SlotOutcome.MISSED) for key, at in lost), *_answers(account, since)],
        [Span(*span) for span in spans],
    )


def _answers(account: str, since: datetime) -> Iterator[Promised]:
    """Of each deployment the last promise that came true, or of which nobody knows whether it did."""
    slots = Slot.objects.filter(account=OuterRef("account"), deployment_id=OuterRef("deployment_id"))
    last = slots.filter(outcome__in=_ANSWERED, at__gte=since).order_by("-at").values("pk")[:1]
    newest = Deployment.objects.filter(account=account).values(last=Subquery(last))
    rows = Slot.objects.filter(pk__in=newest).values_list("deployment_id", "at", "outcome", "late_s")
    for deployment_id, at, outcome, late_s in rows:
        yield Promised(deployment_id, at, outcome, at + timedelta(seconds=late_s))
