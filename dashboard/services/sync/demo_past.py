"""What the demonstration remembers from before it was started: it shows at once what takes days to see.

A promise can only be missed where it was seen, and a real account is watched for a while before one is. Here
the stand-in says what it had promised, as if it had been watched since then but for a night. What became of
each promise is settled by the same rules as ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby

from django.utils import timezone

from dashboard.domain.slots import gap_s
from dashboard.domain.states import SlotOutcome, Withdrawal
from dashboard.models import Slot, Watch
from dashboard.services.cloud.accounts import Account, PastPromise
from dashboard.services.sync import slot_totals
from dashboard.services.sync.context import SyncContext

_WATCHED = timedelta(hours=36)  # before the start
_UNWATCHED = (timedelta(hours=26), timedelta(hours=14))  # the night, also before the start
_NOTICE = timedelta(minutes=2)  # how long before it was due a promise was seen to have moved


def remember(reader: SyncContext, account: Account) -> None:
    """Write down what was promised before the account was first read; once, and only of the demonstration."""
    first = Watch.objects.filter(account=account.name).order_by("since").first() if account.promised else None
    if first is None or account.promised is None or first.since <= timezone.now() - _WATCHED:
        return
    with reader.writing():
        start = first.since
        since, (left, back) = start - _WATCHED, (start - before for before in _UNWATCHED)
        Watch.objects.filter(pk=first.pk).update(since=back)
        Watch.objects.create(account=account.name, since=since, until=left)
        known = set(Slot.objects.filter(account=account.name).values_list("deployment_id", "at"))
        promised = [row for row in account.promised(since, start) if (row[0], row[1]) not in known]
        slots = list(_slots(account.name, promised, since))
        Slot.objects.bulk_create(slots)
        slot_totals.add([slot for slot in slots if slot.outcome != SlotOutcome.DUE], {})


def _slots(account: str, promised: Iterable[PastPromise], seen_at: datetime) -> Iterator[Slot]:
    """What was promised, and what of it had moved already withdrawn."""
    for deployment_id, group in groupby(promised, lambda promise: promise[0]):
        promises = list(group)
        gap = gap_s([at for _, at, _ in promises])
        for _, at, moved_to in promises:
            slot = Slot(account=account, deployment_id=deployment_id, at=at, gap_s=gap, seen_at=seen_at)
            if moved_to:
                slot.outcome, slot.reason = SlotOutcome.WITHDRAWN, Withdrawal.MOVED
                slot.moved_to, slot.settled_at = moved_to, at - _NOTICE
            yield slot
