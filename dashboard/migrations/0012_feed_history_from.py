from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def count_kept(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """How many runs of each account are in the mirror; from now on the sync keeps the number."""
    feeds, runs = (apps.get_model("dashboard", name) for name in ("Feed", "Run"))
    for feed in feeds.objects.only("account"):
        feed.runs_kept = runs.objects.filter(account=feed.account).count()
        feed.save(update_fields=["runs_kept"])


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0011_missed_count")]

    operations = [
        migrations.AddField("Feed", "history_from", models.DateTimeField(null=True)),
        migrations.AddField("Feed", "runs_kept", models.BigIntegerField(default=0)),
        migrations.RunPython(count_kept, migrations.RunPython.noop),
    ]
