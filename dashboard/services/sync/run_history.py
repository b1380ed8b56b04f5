"""Reading runs so that none is lost: the newest page first, then every stretch not read yet.

A stretch that was not read is a `Gap`, written in the same transaction as the pages above it. So a
process may be killed at any moment: the next one goes on at the gaps.

The API does not promise an order for runs; newest first is what is seen. The stop rule trusts it
only this far: a run is never listed more than half a page away from its place. A stretch counts as
read when all of the lower half of a page lies at or before its end. The audit, which reads all of the
history again and again, one page a minute, finds whatever that assumption should ever lose.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from django.db.models import Q
from django.utils import timezone

from dashboard.domain.states import RunTime
from dashboard.models import Feed, Gap, Run
from dashboard.services import cloud
from dashboard.services.sync import store
from dashboard.services.sync.context import SyncContext
from dashboard.services.sync.pages_ahead import PagesAhead

FULL = 1000  # the seeds' largest page
SMALL = 100  # enough for what is new on a quiet account, at a tenth of the bytes
# A run may become visible a little after it was triggered: this much is always read again.
OVERLAP = timedelta(minutes=5)
AUDIT_EVERY = timedelta(minutes=1)
_HEAVY = 1_000_000  # characters of records; a usual page has 650,000
_STEP = 50  # runs to go up when the cursor of a gap has left the API

logger = logging.getLogger(__name__)


def read_head(reader: SyncContext) -> set[str]:
    """Read the newest page; what lies between it and the known runs becomes a gap.

    Gives the ids that were on the page. One request.
    """
    known = _known(reader)
    page = next(reader.pages(reader.api.deployment_runs(limit=_head_size(reader, known.until))))
    with reader.writing():
        joins = known.joins(page)
        reader.store(page)
        if not joins:
            _open_gap(reader, page, known)
        Feed.objects.filter(account=reader.account).update(polled_at=timezone.now())
    reader.head_read, reader.head_malformed = True, page.malformed
    return {record.id for record in page.records}


def fill(reader: SyncContext) -> bool:
    """Read the gaps until none is left or the cycle's time is over.

    The newest comes first, and in every second cycle the oldest, so that neither waits for ever.
    Gives True: what could not be read before has been asked for again, or is not missing any more.
    """
    touched: set[str] = set()
    gaps = Gap.objects.filter(account=reader.account)
    try:
        while gap := gaps.last() if reader.oldest_first else gaps.first():
            if not _fill(reader, gap, touched):
                break
    finally:
        if touched:
            with reader.writing():
                reader.refresh(touched)
    return True


def audit(reader: SyncContext) -> bool:
    """Read one page of history again, once a minute, whatever else is to be done; whether it was.

    Only after the newest page: what the audit stores above the known runs would hide that they are apart.
    """
    feed, now = reader.feed(), timezone.now()
    recently = feed.audited_at and feed.audited_at <= now < feed.audited_at + AUDIT_EVERY
    if recently or not reader.head_read:
        return False
    malformed_before = reader.malformed
    try:
        page = next(reader.pages(reader.api.deployment_runs(limit=FULL, after_id=feed.audit_after_id)))
    except cloud.CursorGone:
        page = None
    # What it could not read may be what the walks of this cycle could not read either.
    reader.malformed = max(malformed_before, reader.malformed - malformed_before)
    with reader.writing():
        new = reader.store(page).new if page else 0
        if new and not Gap.objects.filter(account=reader.account).exists():
            logger.warning("%s: the audit read %d runs that no walk had seen", reader.account, new)
        over = page is None or not page.has_more or reaches(page.records, reader.keep_from)
        after_id = "" if page is None or over else _after(page)
        Feed.objects.filter(pk=feed.pk).update(audit_after_id=after_id, audited_at=now)
        if over:  # a round is over: what the next one cannot read is counted anew
            Feed.objects.filter(pk=feed.pk).update(malformed=0)
    return True


def reaches(records: Sequence[cloud.RunRecord], until: datetime) -> bool:
    """Whether a page goes down to that instant: all of its lower half lies at or before it."""
    lower = records[len(records) // 2 :]
    return bool(lower) and all(store.at(record, timezone.now()) <= until for record in lower)


def go_up(gap: Gap) -> None:
    """Go on from a little higher, as where the run that a gap went on from has left the API.

    What has been read stays read: only where to go on from is another place.
    """
    runs = Run.objects.filter(account=gap.account)
    place = runs.filter(run_id=gap.after_id).values_list("at", flat=True).first() or gap.from_at
    anchor = runs.filter(at__gt=max(place, gap.from_at)).order_by("at", "run_id")[_STEP : _STEP + 1].first()
    gap.after_id = anchor.run_id if anchor else ""
    gap.save()


def _fill(reader: SyncContext, gap: Gap, touched: set[str]) -> bool:
    """Read one gap; whether it was closed before the time was over."""
    from_the_top, closed = not gap.after_id, False

    def goes_on(page: cloud.Page[cloud.RunRecord]) -> bool:
        return page.has_more and not reaches(page.records, gap.until_at) and not reader.late()

    try:
        walk = reader.api.deployment_runs(limit=FULL, after_id=gap.after_id)
        with PagesAhead(walk, goes_on, _weight) as ahead:
            for pages in ahead:
                last, page = pages[-1], _together(list(reader.pages(iter(pages))))
                pages.clear()  # so that their records are not held while the next are waited for
                if from_the_top:  # what could not be read on the newest page is met a second time
                    reader.malformed -= reader.head_malformed
                    reader.head_malformed = 0
                closed = reaches(last.records, gap.until_at) or _ended(reader, gap, last)
                _store(reader, gap, page, touched, closed=closed)
                del last, page
    except cloud.CursorGone:
        with reader.writing():
            go_up(gap)
        return False
    if ahead.wanted:
        raise cloud.Nonsense("the list of runs names a next page that it does not give")
    return closed


def _store(
    reader: SyncContext, gap: Gap, page: cloud.Page[cloud.RunRecord], touched: set[str], *, closed: bool
) -> None:
    """Write what was read of a gap, and how far it is read now, in one transaction."""
    with reader.writing():
        stored = reader.store(page, refresh=False)
        touched |= stored.touched
        history = _move(gap, page, closed=closed)
        reader.progress.note(reader.account, stored.new, history)
        reader.changed()


def _weight(page: cloud.Page[cloud.RunRecord]) -> int:
    """How many usual pages it takes the memory of."""
    return 1 + sum(len(record.record_json) for record in page.records) // _HEAVY


def _together(pages: Sequence[cloud.Page[cloud.RunRecord]]) -> cloud.Page[cloud.RunRecord]:
    """Pages of one walk that follow each other, as one."""
    records = tuple(chain.from_iterable(page.records for page in pages))
    return replace(pages[-1], records=records, malformed=sum(page.malformed for page in pages))


def _ended(reader: SyncContext, gap: Gap, page: cloud.Page[cloud.RunRecord]) -> bool:
    """Whether the list is over before the end of a gap.

    It may be where the gap goes down to what is kept. An empty page, or an end above runs that were listed
    once, has to be given a second time.
    """
    if page.has_more:
        return False
    met = any(store.at(record, timezone.now()) <= gap.until_at for record in page.records)
    plausible = bool(page.records) and gap.until_at <= reader.keep_from
    return met or plausible or reader.absences.confirmed(f"end of gap {gap.pk}")


def _move(gap: Gap, page: cloud.Page[cloud.RunRecord], *, closed: bool) -> timedelta:
    """Go on below a page; how much time of the gap that was."""
    from_at, gap.from_at = gap.from_at, min(gap.from_at, _oldest(page.records, gap.from_at))
    if closed:
        gap.delete()
    elif page.records:
        gap.after_id = _after(page)
        gap.save()
    return from_at - gap.from_at


@dataclass(frozen=True)
class Known:
    """The newest stretch of history without a hole.

    until: an instant in it, down to which the newest page has to reach
    floor: its lower end: the topmost gap, or what is kept
    read_at: its upper end: when the newest page was read last; None before the first time
    gap: the topmost gap; keep_from: runs before it are past keeping
    """

    account: str
    until: datetime
    floor: datetime
    read_at: datetime | None
    gap: Gap | None
    keep_from: datetime

    def joins(self, page: cloud.Page[cloud.RunRecord]) -> bool:
        """Whether nothing can be missing between a page and this stretch; ask before it is stored.

        All of its lower half lies at or before `until`, or is in the mirror already, between the two ends.
        Of a list that is over, one such record is enough, and an empty one shows nothing that could be apart.
        """
        lower = page.records[len(page.records) // 2 :]
        if reaches(page.records, self.until) or (lower and self._held(lower) == len(lower)):
            return True
        if page.has_more:
            return False
        met = any(store.at(record, timezone.now()) <= self.until for record in page.records)
        return not page.records or self.until <= self.keep_from or met or self._held(page.records) > 0

    def _held(self, records: Sequence[cloud.RunRecord]) -> int:
        """How many of them are in the mirror, in this stretch."""
        if self.read_at is None:
            return 0
        stored = Run.objects.filter(account=self.account, run_id__in={record.id for record in records})
        here = (self.floor, self.read_at)
        # No place is known of a run without a time; it was first read where the list was read then.
        return stored.filter(Q(at__range=here) | Q(time=RunTime.UNKNOWN, first_read_at__range=here)).count()


def _known(reader: SyncContext) -> Known:
    """What is known without a hole. A run dated after its reading, by a clock that is off, proves nothing."""
    read_at, keep_from = reader.feed().polled_at, reader.keep_from
    gap = Gap.objects.filter(account=reader.account).first()
    floor = max(gap.from_at, keep_from) if gap else keep_from
    until = floor
    if read_at:
        runs = Run.objects.filter(account=reader.account, at__lte=min(read_at, timezone.now()))
        newest = runs.order_by("-at").values_list("at", flat=True).first()
        until = max(newest - OVERLAP, floor) if newest else floor
    return Known(reader.account, until, floor, read_at, gap, keep_from)


def _open_gap(reader: SyncContext, page: cloud.Page[cloud.RunRecord], known: Known) -> None:
    """Note what lies between a page and the known runs; where that meets a gap, the two become one."""
    gap = known.gap
    if gap is None or known.until > gap.from_at:
        gap = Gap(account=reader.account, until_at=known.until)
    gap.after_id, gap.from_at = _after(page), _oldest(page.records, timezone.now())
    gap.save()
    reader.changed()


def _head_size(reader: SyncContext, until: datetime) -> int:
    """As many as reach the known runs and the oldest unfinished one, within reason."""
    runs = Run.objects.filter(account=reader.account)
    oldest_open = Run.objects.open(reader.account).dated().order_by("at").values_list("at", flat=True).first()
    down_to = min(until, oldest_open) if oldest_open else until
    newer = runs.filter(at__gte=down_to)[:FULL].count()
    if newer >= FULL // 2:
        newer = runs.filter(at__gte=until)[: FULL // 2].count()
    return min(max(SMALL, 2 * newer + 20), FULL)


def _after(page: cloud.Page[cloud.RunRecord]) -> str:
    return page.records[-1].id if page.records else ""


def _oldest(records: Sequence[cloud.RunRecord], unknown: datetime) -> datetime:
    return min((store.at(record, unknown) for record in records), default=unknown)
