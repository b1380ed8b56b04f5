from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

LATEST = 20  # completed runs that the median is made of


def count_completed(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    deployments, runs = (apps.get_model("dashboard", name) for name in ("Deployment", "Run"))
    completed = runs.objects.filter(status="completed", duration_ms__isnull=False).order_by("-at")
    for row in deployments.objects.filter(usual_ms__isnull=False).only("account", "deployment_id"):
        mine = completed.filter(account=row.account, deployment_id=row.deployment_id)
        row.usual_of = mine[:LATEST].count()
        row.save(update_fields=["usual_of"])


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0008_run_status_reported")]

    operations = [
        migrations.RemoveField(model_name="deployment", name="runs_seen"),
        migrations.RemoveField(model_name="deployment", name="failures_seen"),
        migrations.AddField(model_name="deployment", name="usual_of", field=models.IntegerField(default=0)),
        migrations.RunPython(count_completed, migrations.RunPython.noop),
    ]
