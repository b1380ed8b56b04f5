"""When people were here, and indexes for what changed between two instants."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("dashboard", "0029_alerts"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReaderVisit",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("seen_at", models.DateTimeField()),
                ("before_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name="definitionchange",
            index=models.Index(fields=["seen_at"], name="definition_change_at"),
        ),
        migrations.AddIndex(
            model_name="healthchange",
            index=models.Index(fields=["at"], name="health_at"),
        ),
        migrations.AddIndex(
            model_name="healthchange",
            index=models.Index(fields=["after", "until_at"], name="health_after_until"),
        ),
    ]
