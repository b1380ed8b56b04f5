"""The kind of failure that a deployment's last failed run is of."""

from __future__ import annotations

from django.db.models import OuterRef, Subquery

from dashboard.models.run import Run


def last_failure_kind() -> Subquery:
    """The fingerprint of a deployment's last failed run, as a column; null where that run is not kept."""
    last = Run.objects.filter(account=OuterRef("account"), run_id=OuterRef("last_failure_id"))
    return Subquery(last.values("fingerprint")[:1])
