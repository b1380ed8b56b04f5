from collections import Counter

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SETTLED = ("on time", "late", "skipped", "missed", "unobserved", "withdrawn")
KEY = ("account", "deployment_id")


def count_settled(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Counters begin with the slots there are: each as it is settled, and as what it was revised from."""
    slots, totals = (apps.get_model("dashboard", name) for name in ("Slot", "SlotTotal"))
    settled: Counter[tuple[str, ...]] = Counter()
    revised: Counter[tuple[str, ...]] = Counter()
    for column in ("outcome", "revised_from"):
        counted = slots.objects.filter(**{f"{column}__in": SETTLED}).order_by().values_list(*KEY, column)
        for *key, number in counted.annotate(n=models.Count("pk")):
            settled[tuple(key)] += number
            revised[tuple(key)] += number if column == "revised_from" else 0
    rows = (
        totals(**dict(zip((*KEY, "outcome"), key, strict=True)), settled=settled[key], revised=revised[key])
        for key in sorted(settled)
    )
    totals.objects.bulk_create(rows, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0013_link_accounts")]

    operations = [
        # Worked out for every deployment as soon as the sync starts.
        migrations.AddField("Deployment", "silent_since", models.DateTimeField(null=True)),
        migrations.AddField("Deployment", "silent_at", models.DateTimeField(null=True)),
        migrations.AddField("Deployment", "skipped_since", models.DateTimeField(null=True)),
        migrations.AddField("Deployment", "skipped_count", models.IntegerField(default=0)),
        migrations.CreateModel(
            "SlotTotal",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", models.CharField(max_length=100)),
                ("deployment_id", models.CharField(max_length=256)),
                ("outcome", models.CharField(max_length=20)),
                ("settled", models.BigIntegerField(default=0)),
                ("revised", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "deployment_id", "outcome"), name="slot_total_once"
                    )
                ]
            },
        ),
        migrations.RunPython(count_settled, migrations.RunPython.noop),
    ]
