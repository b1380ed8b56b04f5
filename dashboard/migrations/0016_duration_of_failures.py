from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

BATCH = 1000


def work_out(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """How long failures without a session took that were read before this was worked out."""
    run = apps.get_model("dashboard", "Run")
    failed = run.objects.filter(fingerprint__isnull=False, session_id="", duration_ms__isnull=True)
    last = 0
    while rows := list(failed.filter(pk__gt=last).order_by("pk").only("pk", "record_json")[:BATCH]):
        last = rows[-1].pk
        for row in rows:
            row.duration_ms = _duration_ms(row.record_json)
        known = [row for row in rows if row.duration_ms is not None]
        run.objects.bulk_update(known, ["duration_ms"], batch_size=100)


def _duration_ms(record_json: str) -> int | None:
    try:
        record = json.loads(record_json)
    except ValueError:
        return None
    if not isinstance(record, dict):
        return None
    extras = record.get("cas_run_extras")
    created, completed = _instant(record.get("created_at")), _instant(record.get("completed_at"))
    started = _instant(extras.get("started_at")) if isinstance(extras, dict) else None
    if created is None or completed is None or started:
        return None
    return max(round((completed - created) / timedelta(milliseconds=1)), 0)


def _instant(value: Any) -> datetime | None:
    if not isinstance(value, str) or len(value) > 64 or "T" not in value:
        return None
    try:
        at = datetime.fromisoformat(value)
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0015_lease_term")]

    operations = [migrations.RunPython(work_out, migrations.RunPython.noop, elidable=True)]
