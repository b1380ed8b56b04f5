"""Totals of runs: of those that are alike, and of all deployments by the quarter hour."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

ALIKE = "account, deployment_id, agent_id, trigger_type, status"


def add_up(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Count what is there."""
    schema_editor.execute(
        f"INSERT INTO dashboard_runtotal ({ALIKE}, number) "  # noqa: S608 - names of our own
        f"SELECT {ALIKE}, COUNT(*) FROM dashboard_run GROUP BY {ALIKE}"
    )
    schema_editor.execute(
        "INSERT INTO dashboard_quartertotal (account, quarter, status, number) "
        "SELECT account, quarter, status, SUM(number) FROM dashboard_tally GROUP BY account, quarter, status"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0020_last_outcome"),
    ]

    operations = [
        migrations.CreateModel(
            name="QuarterTotal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", models.CharField(max_length=100)),
                ("quarter", models.IntegerField()),
                ("status", models.CharField(max_length=100)),
                ("number", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="RunTotal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", models.CharField(max_length=100)),
                ("deployment_id", models.CharField(max_length=256)),
                ("agent_id", models.CharField(max_length=256)),
                ("trigger_type", models.CharField(max_length=100)),
                ("status", models.CharField(max_length=100)),
                ("number", models.BigIntegerField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name="run",
            name="run_duration_status",
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["duration_ms"], name="run_duration"),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["status", "duration_ms"], name="run_status_duration"),
        ),
        migrations.AddIndex(
            model_name="quartertotal",
            index=models.Index(fields=["quarter", "status", "account", "number"], name="quarter_total_at"),
        ),
        migrations.AddConstraint(
            model_name="quartertotal",
            constraint=models.UniqueConstraint(
                fields=("account", "quarter", "status"), name="quarter_total_once"
            ),
        ),
        migrations.AddIndex(
            model_name="runtotal",
            index=models.Index(fields=["status", "account", "number"], name="run_total_status"),
        ),
        migrations.AddIndex(
            model_name="runtotal",
            index=models.Index(fields=["deployment_id", "status"], name="run_total_deployment"),
        ),
        migrations.AddConstraint(
            model_name="runtotal",
            constraint=models.UniqueConstraint(
                fields=("account", "deployment_id", "agent_id", "trigger_type", "status"),
                name="run_total_once",
            ),
        ),
        migrations.RunPython(add_up, migrations.RunPython.noop),
    ]
