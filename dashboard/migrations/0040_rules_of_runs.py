"""Rules about runs: what finished and waits to be looked at, and what was sent."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def end_rules_of_runs(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """An earlier version would take their filters for filters of deployments."""
    rules = apps.get_model("dashboard", "AlertRule").objects
    rules.exclude(address__startswith="/deployments/").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0039_day_totals"),
    ]

    operations = [
        migrations.CreateModel(
            name="FinishedRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", models.CharField(max_length=100)),
                ("run_id", models.CharField(max_length=256)),
                ("ended_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account", "run_id"), name="finished_run_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="AlertedRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", models.CharField(max_length=100)),
                ("deployment_id", models.CharField(max_length=256)),
                ("run_id", models.CharField(max_length=256)),
                ("announced", models.BooleanField(default=False)),
                ("seen_at", models.DateTimeField()),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="runs",
                        to="dashboard.alertincident",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="alerted_runs",
                        to="dashboard.alertrule",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("rule", "account", "run_id"), name="alerted_run_once")
                ],
            },
        ),
        migrations.RunPython(migrations.RunPython.noop, end_rules_of_runs),
    ]
