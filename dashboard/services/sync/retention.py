"""Deleting what is older than is kept: a few rows at a time, so that no reader waits."""

from __future__ import annotations

from dashboard.models import Run, Slot, Tally, Watch
from dashboard.services.sync import rollups, store
from dashboard.services.sync.context import SyncContext

STEP = 500  # rows of a table deleted in one cycle


def prune(reader: SyncContext) -> None:
    """Delete some of the runs and slots older than is kept."""
    _prune_runs(reader)
    slots = Slot.objects.filter(account=reader.account, at__lt=reader.keep_from).values("pk")
    if keys := [row["pk"] for row in slots[:STEP]]:
        with reader.writing():
            Slot.objects.filter(pk__in=keys).delete()
            Watch.objects.filter(account=reader.account, until__lt=reader.keep_from).delete()


def _prune_runs(reader: SyncContext) -> None:
    old = list(
        Run.objects.filter(account=reader.account, at__lt=reader.keep_from).defer("record_json")[:STEP]
    )
    if old:
        with reader.writing():
            Run.objects.filter(pk__in=[run.pk for run in old]).delete()
            store.change_tallies(reader.account, [], old)
            Tally.objects.filter(account=reader.account, number=0).delete()
            rollups.refresh(reader.account, {run.deployment_id for run in old})
            reader.changed()
