"""The listed keys of deployments' metadata; the sync writes them from the records when it starts."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """A table of its own."""

    dependencies = [("dashboard", "0035_notes")]

    operations = [
        migrations.CreateModel(
            "MetadataValue",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", models.CharField(max_length=100)),
                ("deployment_id", models.CharField(max_length=256)),
                ("key", models.CharField(max_length=40)),
                ("value", models.CharField(max_length=256)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["account", "deployment_id", "key"], name="metadata_once")
                ],
                "indexes": [
                    models.Index(fields=["key", "value", "account", "deployment_id"], name="metadata_value")
                ],
            },
        ),
    ]
