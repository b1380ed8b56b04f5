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
_ANSWERED = (*SlotOutcome.MET, SlotOutcome.UNOBSERVED)


def look(reader: SyncContext) -> None:
    """Write down of which deployments nothing fires, where that has changed."""
    feed = reader.feed()
    silent = as_stored(_silences(reader.account, timezone.now()))
    if silent != feed.scheduler:
        with reader.writing():
            Feed.objects.filter(pk=feed.pk).update(scheduler=silent)
            reader.changed()


def _silences(account: str, now: datetime) -> list[SchedulerSilence]:
    own = Deployment.objects.filter(account=account)
    if own.filter(missed_at__isnull=False).count() < SCHEDULER_SILENT_AFTER:
        return []
    since = now - SCHEDULER_WINDOW
    slots = Slot.objects.filter(account=account, outcome=SlotOutcome.MISSED, at__gte=since)
    lost = slots.order_by("-at").values_list("deployment_id", "at")[:_MOST_LOST]
    spans = Watch.objects.filter(account=account, until__gte=since).values_list("since", "until")
    rows = _with_last_answer(account, since)
    return silences(
        {row.deployment_id: Scheduled(row.environment_id, row.agent_id, row.fires) for row in rows},
        [*(Promised(key, at, SlotOutcome.MISSED) for key, at in lost), *_answers(rows)],
        [Span(*span) for span in spans],
    )


def _with_last_answer(account: str, since: datetime) -> list[Deployment]:
    """Every deployment, with its last promise that came true, or of which nobody knows whether it did."""
    slots = Slot.objects.filter(account=OuterRef("account"), deployment_id=OuterRef("deployment_id"))
    last = slots.filter(outcome__in=_ANSWERED, at__gte=since).order_by("-at")
    columns = ("deployment_id", "environment_id", "agent_id", "status", "archived_at", "gone_at")
    rows = Deployment.objects.filter(account=account).only(*columns)
    names = ("at", "outcome", "late_s")
    return list(rows.annotate(**{f"answer_{name}": Subquery(last.values(name)[:1]) for name in names}))


def _answers(rows: list[Deployment]) -> Iterator[Promised]:
    for row in rows:
        known = vars(row)
        if at := known["answer_at"]:
            late = timedelta(seconds=known["answer_late_s"])
            yield Promised(row.deployment_id, at, known["answer_outcome"], at + late)
