"""The index of failures knows their account as well: groups are counted in it alone."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Failures alone are in it: of a million runs it is made anew in a second."""

    dependencies = [("dashboard", "0032_fill_progress")]

    operations = [
        migrations.RemoveIndex("run", "run_fingerprint_at"),
        migrations.AddIndex(
            "run",
            models.Index(
                fields=["fingerprint", "at", "account", "deployment_id", "agent_id", "agent_version"],
                name="run_fingerprint_at",
                condition=models.Q(fingerprint__isnull=False),
            ),
        ),
    ]
