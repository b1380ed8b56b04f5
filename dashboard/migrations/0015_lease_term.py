from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0014_standstill")]

    operations = [migrations.AddField("Lease", "term", models.BigIntegerField(db_default=0))]
