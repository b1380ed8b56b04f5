from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0005_run_fingerprint")]

    operations = [
        migrations.AddField(
            model_name="feed",
            name="asked_at",
            field=models.DateTimeField(
                help_text="when a reader asked for a cycle, until it begins", null=True
            ),
        ),
    ]
