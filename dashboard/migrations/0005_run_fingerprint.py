import json
from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from dashboard.fingerprints import fingerprint
from dashboard.services.cloud import records

BATCH = 500


def tell_failures_apart(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give the failed runs that are already there their fingerprints."""
    runs = apps.get_model("dashboard", "Run").objects.filter(status="failed", fingerprint__isnull=True)
    last = 0
    while batch := list(runs.filter(pk__gt=last).order_by("pk")[:BATCH]):
        for run in batch:
            run.fingerprint = fingerprint(*_error(run))
        runs.model.objects.bulk_update(batch, ["fingerprint"])
        last = batch[-1].pk


def _error(run: Any) -> tuple[str, str]:
    """The type and the whole message of an error; the columns', where the record cannot be read."""
    try:
        record = records.run(json.loads(run.record), run.record)
    except (ValueError, AttributeError):
        return run.error_type, run.error_message
    return record.error_type, record.error_message


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0004_slow")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="fingerprint",
            field=models.CharField(
                help_text="what kind of failure it is; null unless it failed", max_length=16, null=True
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("fingerprint__isnull", False)),
                fields=["fingerprint", "at", "deployment_id", "agent_id", "agent_version"],
                name="run_fingerprint_at",
            ),
        ),
        migrations.RunPython(tell_failures_apart, migrations.RunPython.noop),
    ]
