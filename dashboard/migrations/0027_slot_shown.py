"""The few slots that strips show are found without reading those that a run met in time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0026_run_search")]

    operations = [
        migrations.AddIndex(
            "Slot",
            models.Index(
                condition=models.Q(("outcome__in", ("missed", "unobserved", "late"))),
                fields=["account", "deployment_id", "at"],
                name="slot_shown_at",
            ),
        ),
    ]
