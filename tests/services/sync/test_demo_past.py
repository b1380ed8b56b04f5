"""What a demonstration remembers from before its start, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from django.utils import timezone

from dashboard.domain.states import SlotOutcome
from dashboard.models import Slot, Watch
from dashboard.services.cloud.accounts import Account, PastPromise
from dashboard.services.sync import demo_past
from dashboard.services.sync.context import SyncContext
from dashboard.services.sync.lease import LeaseHolder

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_what_was_promised_is_remembered_once_and_what_had_moved_is_withdrawn() -> None:
    start = timezone.now()
    known, moved, kept = start - HOUR, start - 3 * HOUR, start - 2 * HOUR

    def promised(_since: datetime, _until: datetime) -> list[PastPromise]:
        return [("dep_a", moved, start), ("dep_a", kept, None), ("dep_a", known, None)]

    context = SyncContext("default", cast(Any, None), cast(Any, LeaseHolder().take()), timedelta(days=90))
    account = Account("default", "", "", "QODER_PAT", lambda: "pt-none", promised)
    demo_past.remember(context, account)
    assert not Slot.objects.exists()  # nobody has begun to look
    Watch.objects.create(account="default", since=start, until=start)
    Slot.objects.create(account="default", deployment_id="dep_a", at=known, seen_at=known)
    demo_past.remember(context, replace(account, promised=None))
    for _ in range(2):
        demo_past.remember(context, account)
    slots = Slot.objects.order_by("at").values_list("at", "outcome", "moved_to")
    assert list(slots) == [
        (moved, SlotOutcome.WITHDRAWN, start),
        (kept, SlotOutcome.DUE, None),
        (known, SlotOutcome.DUE, None),
    ]
    assert Watch.objects.count() == 2
