from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0016_duration_of_failures")]

    operations = [
        migrations.AddField("Feed", "deployments_read_from", models.DateTimeField(null=True)),
        migrations.CreateModel(
            "DefinitionChange",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", models.CharField(max_length=100)),
                ("deployment_id", models.CharField(max_length=256)),
                ("known_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField()),
                ("words", models.JSONField(default=list)),
                ("before_json", models.TextField()),
            ],
            options={
                "ordering": ["-seen_at", "-pk"],
                "indexes": [
                    models.Index(fields=["account", "deployment_id", "seen_at"], name="definition_change")
                ],
            },
        ),
    ]
