from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

MET = ("on time", "late", "skipped", "running")


def count_missed(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Until now `missed_at` was the newest missed slot: it becomes the first since a run met one."""
    deployments, slots = (apps.get_model("dashboard", name) for name in ("Deployment", "Slot"))
    columns = ("account", "deployment_id", "missed_at", "last_success_at")
    for row in deployments.objects.filter(missed_at__isnull=False).only(*columns):
        mine = slots.objects.filter(account=row.account, deployment_id=row.deployment_id)
        met = mine.filter(outcome__in=MET).order_by("-at").values_list("at", flat=True).first()
        missed = mine.filter(outcome="missed").order_by("at")
        missed = missed.filter(at__gt=met) if met else missed
        missed = missed.filter(at__gte=row.last_success_at) if row.last_success_at else missed
        row.missed_at, row.missed_count = missed.values_list("at", flat=True).first(), missed.count()
        row.save(update_fields=["missed_at", "missed_count"])


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0010_record_json")]

    operations = [
        migrations.AddField(
            model_name="deployment", name="missed_count", field=models.IntegerField(default=0)
        ),
        migrations.RunPython(count_missed, migrations.RunPython.noop),
    ]
