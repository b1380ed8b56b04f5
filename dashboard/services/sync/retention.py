"""What is kept: old rows are deleted, a few at a time so that no reader waits, or read again."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from dashboard.models import Feed, Gap, HealthChange, Run, Slot, Watch
from dashboard.services.sync import run_history, run_totals
from dashboard.services.sync.context import SyncContext

STEP = 500  # rows of a table deleted in one cycle


def widen(reader: SyncContext) -> None:
    """Open a gap where runs are to be kept for longer than they were: it has to be read again."""
    feed, keep_from = reader.feed(), reader.keep_from
    if feed.polled_at is None:  # the first reading opens a gap down to what is kept
        return
    read_from = feed.history_from or _oldest(reader.account)
    if keep_from >= read_from - run_history.OVERLAP:
        return
    with reader.writing():
        across = Gap.objects.filter(account=reader.account, from_at__gte=read_from, until_at__lte=read_from)
        gap = across.last() or Gap(account=reader.account, from_at=read_from)
        gap.until_at = keep_from
        run_history.go_up(gap)
        Feed.objects.filter(pk=feed.pk).update(history_from=keep_from)
        reader.changed()


def prune(reader: SyncContext) -> None:
    """Delete some of the runs, slots and changes of health older than is kept."""
    _prune_runs(reader)
    _prune_changes(reader)
    slots = Slot.objects.of_account(reader.account).filter(at__lt=reader.keep_from).values("pk")
    if keys := [row["pk"] for row in slots[:STEP]]:
        with reader.writing():
            Slot.objects.filter(pk__in=keys).delete()
            Watch.objects.filter(account=reader.account, until__lt=reader.keep_from).delete()


def _prune_runs(reader: SyncContext) -> None:
    runs = Run.objects.filter(account=reader.account).defer("record_json")
    undated = Run.objects.undated().of_account(reader.account).defer("record_json")
    # Whose time is not known is kept for as long from its first reading on.
    old = [
        *runs.dated().filter(at__lt=reader.keep_from)[:STEP],
        *undated.filter(first_read_at__lt=reader.keep_from)[:STEP],
    ]
    if old:
        with reader.writing():
            Run.objects.filter(pk__in=[run.pk for run in old]).delete()
            run_totals.change(reader.account, [], old)
            run_totals.drop_empty(reader.account)
            reader.refresh({run.deployment_id for run in old})
            reader.changed(deleted=len(old))


def _prune_changes(reader: SyncContext) -> None:
    """The newest change before what is kept stays: it stood when that began."""
    past = HealthChange.objects.filter(account=reader.account, until_at__lt=reader.keep_from)
    if keys := list(past.values_list("pk", flat=True)[:STEP]):
        with reader.writing():
            HealthChange.objects.filter(pk__in=keys).delete()


def _oldest(account: str) -> datetime:
    """The instant of the oldest run there is, where nothing is noted: of a database of an earlier version."""
    oldest = Run.objects.filter(account=account).dated().order_by("at").values_list("at", flat=True).first()
    return oldest or timezone.now()
