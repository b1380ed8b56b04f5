"""Letting go of runs that are past keeping: a few at a time, never in the way of a reader."""

from __future__ import annotations

from dashboard.models import Run
from dashboard.services.sync import rollups
from dashboard.services.sync.reader import Reader

STEP = 500  # runs let go of in one cycle


def prune(reader: Reader) -> int:
    """Delete some of the runs older than is kept; how many that were."""
    old = Run.objects.filter(account=reader.account, at__lt=reader.keep_from)
    found = dict(old.values_list("pk", "deployment_id")[:STEP])
    if found:
        with reader.writing():
            Run.objects.filter(pk__in=found).delete()
            rollups.refresh(reader.account, set(found.values()))
            reader.changed()
    return len(found)
