"""Tallies of days, and indexes of the runs with an error of one deployment or agent."""

from __future__ import annotations

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from dashboard.models.names import NameField


def add_up(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """From the tallies of quarter hours: a few rows for each day of a deployment."""
    schema_editor.execute(
        "INSERT INTO dashboard_daytally (account, deployment_id, day, status, number) "
        "SELECT account, deployment_id, quarter / 96, status, SUM(number) FROM dashboard_tally "
        "GROUP BY account, deployment_id, quarter / 96, status"
    )


class Migration(migrations.Migration):
    """Of a million runs these are made in a few seconds, which whoever writes waits for."""

    dependencies = [("dashboard", "0043_remembered")]

    operations = [
        migrations.CreateModel(
            name="DayTally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", models.CharField(max_length=100)),
                ("deployment_id", NameField(max_length=256)),
                ("day", models.IntegerField()),
                ("status", models.CharField(max_length=100)),
                ("number", models.IntegerField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="daytally",
            constraint=models.UniqueConstraint(
                fields=("deployment_id", "day", "status", "account"), name="day_tally_once"
            ),
        ),
        migrations.RunPython(add_up, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                fields=["deployment_id", "at"],
                name="run_deployment_error",
                condition=models.Q(has_error=True),
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                fields=["agent_id", "at"], name="run_agent_error", condition=models.Q(has_error=True)
            ),
        ),
    ]
