"""When the outcome of a run was read, and since when that is kept: screens can be shown as they were."""

import django.utils.timezone
from django.db import migrations

from dashboard.models.instants import InstantField


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0042_narrow_rows")]

    operations = [
        migrations.AddField(
            model_name="feed",
            name="remembers_from",
            field=InstantField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name="run",
            name="outcome_read_at",
            field=InstantField(
                help_text="when its outcome was first read; null where that was with it, or it has none",
                null=True,
            ),
        ),
    ]
