from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0018_undated_runs")]

    operations = [
        migrations.RemoveIndex("Run", "run_deployment_at"),
        migrations.RemoveIndex("Run", "run_deployment_status_at"),
        migrations.RemoveIndex("Run", "run_duration"),
        migrations.RemoveIndex("Run", "run_open"),
        migrations.AddIndex("Run", models.Index(fields=["account", "at"], name="run_account_at")),
        migrations.AddIndex(
            "Run", models.Index(fields=["deployment_id", "at", "account"], name="run_deployment_at")
        ),
        migrations.AddIndex(
            "Run",
            models.Index(
                fields=["deployment_id", "status", "at", "account"], name="run_deployment_status_at"
            ),
        ),
        migrations.AddIndex(
            "Run", models.Index(fields=["duration_ms", "status"], name="run_duration_status")
        ),
        migrations.AddIndex(
            "Run",
            models.Index(fields=["at", "account"], name="run_unfinished_at", condition=Q(open=True)),
        ),
        migrations.AddIndex(
            "Run", models.Index(fields=["at"], name="run_with_error_at", condition=Q(has_error=True))
        ),
    ]
