"""The one snapshot of a request."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone

from dashboard.services.status.snapshot import Snapshot


def snapshot_of(request: HttpRequest) -> Snapshot:
    """What a request knows of the mirror, in the reader's zone; made once."""
    made: Snapshot | None = getattr(request, "snapshot", None)
    if made is None:
        made = Snapshot(
            timezone.localtime(), keeps=True, reads_notes=not getattr(request, "read_only", False)
        )
        request.snapshot = made  # type: ignore[attr-defined] # kept with the request that it is about
    return made
