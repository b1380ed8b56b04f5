from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0012_feed_history_from")]

    operations = [migrations.AddField("Lease", "term", models.BigIntegerField(db_default=0))]
