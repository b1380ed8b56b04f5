"""When a rule sends its daily summary: those that there are send none."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0037_scheduler_silence")]

    operations = [
        migrations.AddField(
            model_name="alertrule",
            name="daily_at",
            field=models.CharField(blank=True, default="", max_length=5),
        ),
    ]
