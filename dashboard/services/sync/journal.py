"""Keeping what a deployment was before it was changed: nobody can read it again afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from dashboard.domain import definitions, record_text
from dashboard.models import DefinitionChange, Deployment

KEPT = 200  # changes of one deployment: one whose record changes all the time must not fill the disk


def note_changes(
    revised: Iterable[tuple[Deployment, Deployment]], known_at: datetime | None, now: datetime
) -> int:
    """Write a row for each deployment whose definition changed, and give their number.

    revised: each deployment as it was and as it is now; known_at: when the walk began that read it as it was
    """
    rows = [row for before, after in revised if (row := _change(before, after, known_at, now))]
    DefinitionChange.objects.bulk_create(rows)
    for row in rows:
        _forget_oldest(row)
    return len(rows)


def _change(
    before: Deployment, after: Deployment, known_at: datetime | None, now: datetime
) -> DefinitionChange | None:
    old, new = (definitions.definition(record_text.loads(row.record_json)) for row in (before, after))
    changed = definitions.words(definitions.differences(old, new))
    if not changed:
        return None
    return DefinitionChange(
        account=after.account,
        deployment_id=after.deployment_id,
        known_at=known_at,
        seen_at=now,
        words=changed,
        before_json=record_text.canonical(old),
    )


def _forget_oldest(row: DefinitionChange) -> None:
    of_it = DefinitionChange.objects.filter(account=row.account, deployment_id=row.deployment_id)
    if past := list(of_it.values_list("pk", flat=True)[KEPT:]):
        of_it.filter(pk__in=past).delete()
