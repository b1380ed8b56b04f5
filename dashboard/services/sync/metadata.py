"""The listed keys of deployments' metadata into rows: with their records, and after a start of all anew."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings

from dashboard.models import Deployment, MetadataValue
from dashboard.services.sync.context import SyncContext
from dashboard.services.sync.upsert import upsert

BATCH = 500  # deployments, or rows, of one transaction


def write(account: str, deployments: Collection[Deployment]) -> bool:
    """Bring the rows of these deployments in line with their records, inside a transaction.

    Gives whether there was anything to change.
    """
    if not settings.METADATA_KEYS or not deployments:
        return False
    kept = {
        (row.deployment_id, row.key): row
        for row in MetadataValue.objects.for_deployments(row.key for row in deployments)
    }
    given = {
        (row.deployment_id, key): value
        for row in deployments
        for key, value in row.own_values(settings.METADATA_KEYS).items()
    }
    new = {key: value for key, value in given.items() if key not in kept or kept[key].value != value}
    left = [row.pk for key, row in kept.items() if key not in given]
    rows = [MetadataValue(account=account, deployment_id=id_, key=k, value=v) for (id_, k), v in new.items()]
    upsert(rows, ["account", "deployment_id", "key"], ["value"])
    if left:
        MetadataValue.objects.filter(pk__in=left).delete()
    return bool(rows or left)


def rewrite(reader: SyncContext) -> None:
    """Bring all rows of an account in line with the keys that are listed now, batch by batch."""
    unlisted = MetadataValue.objects.filter(account=reader.account).exclude(key__in=settings.METADATA_KEYS)
    while keys := list(unlisted.values_list("pk", flat=True)[:BATCH]):
        with reader.writing():
            MetadataValue.objects.filter(pk__in=keys).delete()
            reader.changed()
    if settings.METADATA_KEYS:
        after = 0
        rows = Deployment.objects.filter(account=reader.account).order_by("pk")
        rows = rows.only("account", "deployment_id", "record_json")
        while batch := list(rows.filter(pk__gt=after)[:BATCH]):
            after = batch[-1].pk
            with reader.writing():
                if write(reader.account, batch):
                    reader.changed()
