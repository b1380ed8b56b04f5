"""Since when a deployment has been running: the run that will be stuck first may be another one, or wait."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import OuterRef, Subquery


def note_oldest(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Note the oldest run in progress of each deployment that has any."""
    runs = apps.get_model("dashboard", "Run").objects.filter(
        account=OuterRef("account"), deployment_id=OuterRef("deployment_id"), at__gt="1970-01-01T00:00:00Z"
    )
    oldest = runs.filter(open=True, gone_at__isnull=True, status="running").order_by("at").values("at")[:1]
    deployments = apps.get_model("dashboard", "Deployment").objects.filter(open_since__isnull=False)
    deployments.update(running_since=Subquery(oldest))


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0027_slot_shown")]

    operations = [
        migrations.AddField("Deployment", "running_since", models.DateTimeField(null=True)),
        migrations.RunPython(note_oldest, migrations.RunPython.noop),
    ]
