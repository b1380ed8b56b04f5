from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0002_ledger"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="tally",
            name="tally_quarter",
        ),
        migrations.AddIndex(
            model_name="tally",
            index=models.Index(
                fields=["account", "quarter", "status", "deployment_id", "number"],
                name="tally_account_quarter",
            ),
        ),
    ]
