"""Totals of days, and an index for the tallies of few deployments over a long time."""

from __future__ import annotations

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def add_up(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """From the totals of quarter hours: a few thousand rows for a year."""
    schema_editor.execute(
        "INSERT INTO dashboard_daytotal (account, day, status, number) "
        "SELECT account, quarter / 96, status, SUM(number) FROM dashboard_quartertotal "
        "GROUP BY account, quarter / 96, status"
    )


class Migration(migrations.Migration):
    """Both are made in a second, of a million runs."""

    dependencies = [("dashboard", "0038_daily_summary")]

    operations = [
        migrations.CreateModel(
            name="DayTotal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", models.CharField(max_length=100)),
                ("day", models.IntegerField()),
                ("status", models.CharField(max_length=100)),
                ("number", models.BigIntegerField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="daytotal",
            constraint=models.UniqueConstraint(fields=("day", "status", "account"), name="day_total_once"),
        ),
        migrations.AddIndex(
            model_name="tally",
            index=models.Index(fields=["deployment_id", "quarter"], name="tally_deployment_quarter"),
        ),
        migrations.RunPython(add_up, migrations.RunPython.noop),
    ]
