"""Reading runs so that none is lost: the newest page first, then every stretch not read yet.

A stretch that was not read is a `Gap`, written in the same transaction as the page above it. So a
process may be killed between any two pages: the next one goes on at the gaps.

The API does not promise an order for runs; newest first is what is seen. The stop rule trusts it
only this far: a run is never listed more than half a page away from its place. A stretch counts as
read when the whole lower half of a page lies at or before its end. The audit, which reads all of the
history again and again, one page a minute, finds whatever that assumption should ever lose.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from dashboard.models import Feed, Gap, Run
from dashboard.services import cloud
from dashboard.services.sync import rollups, store
from dashboard.services.sync.context import QUIET, SyncContext

FULL = 1000  # the seeds' largest page
SMALL = 100  # enough for what is new on a quiet account, at a tenth of the bytes
# A run may become visible a little after it was triggered: this much is always read again.
OVERLAP = timedelta(minutes=5)
# A run dated further ahead than this has a broken clock, and does not say where the head is.
AHEAD = timedelta(days=1)
AUDIT_EVERY = timedelta(minutes=1)
_STEP = 50  # runs to go up when the cursor of a gap has left the API

logger = logging.getLogger(__name__)


def read_head(reader: SyncContext) -> set[str]:
    """Read the newest page; what lies between it and the known runs becomes a gap.

    Gives the ids that were on the page. One request.
    """
    until = _known_until(reader)
    page = next(reader.pages(reader.api.deployment_runs(limit=_head_size(reader, until))))
    with reader.writing():
        reader.store(page)
        if page.has_more and not reaches(page.records, until):
            Gap.objects.create(
                account=reader.account,
                after_id=_after(page),
                from_at=_oldest(page.records, timezone.now()),
                until_at=until,
            )
            reader.changed()
        Feed.objects.filter(account=reader.account).update(polled_at=timezone.now())
    return {record.id for record in page.records}


def fill(reader: SyncContext) -> None:
    """Read the gaps, newest first, until none is left or the cycle's time is over."""
    touched: set[str] = set()
    try:
        while gap := Gap.objects.filter(account=reader.account).first():
            if not _fill(reader, gap, touched):
                return
    finally:
        if touched:
            with reader.writing():
                rollups.refresh(reader.account, touched)


def audit(reader: SyncContext) -> None:
    """Read one page of history again, once a minute, when nothing else is to be done. One request."""
    feed, now = reader.feed(), timezone.now()
    if reader.spent >= QUIET or (feed.audited_at and feed.audited_at + AUDIT_EVERY > now):
        return
    if Gap.objects.filter(account=reader.account).exists():
        return
    malformed_before = reader.malformed
    try:
        page = next(reader.pages(reader.api.deployment_runs(limit=FULL, after_id=feed.audit_after_id)))
    except cloud.CursorGone:
        page = None
    # What it could not read may be what the walks of this cycle could not read either.
    reader.malformed = max(malformed_before, reader.malformed - malformed_before)
    with reader.writing():
        if page and (found := reader.store(page).new):
            logger.warning("%s: the audit found %d runs that no walk had seen", reader.account, found)
        over = page is None or not page.has_more or _oldest(page.records, now) < reader.keep_from
        after_id = "" if page is None or over else _after(page)
        Feed.objects.filter(pk=feed.pk).update(audit_after_id=after_id, audited_at=now)
        if over:  # a round is over: what the next one cannot read is counted anew
            Feed.objects.filter(pk=feed.pk).update(malformed=0)


def reaches(records: Sequence[cloud.RunRecord], until: datetime) -> bool:
    """Whether a page goes down to that instant: all of its lower half lies at or before it."""
    lower = records[len(records) // 2 :]
    return bool(lower) and all(store.at(record, timezone.now()) <= until for record in lower)


def _fill(reader: SyncContext, gap: Gap, touched: set[str]) -> bool:
    """Read one gap; whether it was closed before the time was over."""
    try:
        for page in reader.pages(reader.api.deployment_runs(limit=FULL, after_id=gap.after_id)):
            with reader.writing():
                touched |= reader.store(page, refresh=False).touched
                closed = not page.has_more or reaches(page.records, gap.until_at)
                _move(gap, page, closed=closed)
                reader.changed()
            if closed:
                return True
            if reader.late():
                return False
    except cloud.CursorGone:
        with reader.writing():
            _go_up(gap)
        return False
    raise cloud.Nonsense("the list of runs names a next page that it does not give")


def _move(gap: Gap, page: cloud.Page[cloud.RunRecord], *, closed: bool) -> None:
    if closed:
        gap.delete()
    elif page.records:
        gap.after_id, gap.from_at = _after(page), _oldest(page.records, gap.from_at)
        gap.save()


def _go_up(gap: Gap) -> None:
    """Start the gap again a little higher: the run it went on from has left the API."""
    newer = Run.objects.filter(account=gap.account, at__gt=gap.from_at).order_by("at", "run_id")
    anchor = newer[_STEP : _STEP + 1].first()
    gap.after_id = anchor.run_id if anchor else ""
    gap.from_at = anchor.at if anchor else timezone.now()
    gap.save()


def _known_until(reader: SyncContext) -> datetime:
    """Down to where the newest page has to reach for nothing to be missing."""
    now = timezone.now()
    runs = Run.objects.filter(account=reader.account, at__lt=now + AHEAD)
    newest = runs.order_by("-at").values_list("at", flat=True).first()
    return max(newest - OVERLAP, reader.keep_from) if newest else reader.keep_from


def _head_size(reader: SyncContext, until: datetime) -> int:
    """As many as reach the known runs and the oldest unfinished one, within reason."""
    runs = Run.objects.filter(account=reader.account)
    oldest_open = Run.objects.open(reader.account).order_by("at").values_list("at", flat=True).first()
    down_to = min(until, oldest_open) if oldest_open else until
    newer = runs.filter(at__gte=down_to)[:FULL].count()
    if newer >= FULL // 2:
        newer = runs.filter(at__gte=until)[: FULL // 2].count()
    return min(max(SMALL, 2 * newer + 20), FULL)


def _after(page: cloud.Page[cloud.RunRecord]) -> str:
    return page.records[-1].id if page.records else ""


def _oldest(records: Sequence[cloud.RunRecord], unknown: datetime) -> datetime:
    return min((store.at(record, unknown) for record in records), default=unknown)
