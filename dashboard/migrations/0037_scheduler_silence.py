"""Of which deployments nothing fires, as the last complete cycle left it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0036_metadata")]

    operations = [
        migrations.AddField(model_name="feed", name="scheduler", field=models.JSONField(default=list))
    ]
