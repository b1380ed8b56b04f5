"""Notes, what they acknowledge, and quiet windows."""

from __future__ import annotations

import datetime

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0034_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="QuietWindow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, unique=True)),
                ("address", models.TextField()),
                ("zone", models.CharField(default="UTC", max_length=64)),
                ("begins_at", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField(null=True)),
                ("days", models.CharField(blank=True, max_length=7)),
                ("from_time", models.TimeField(default=datetime.time(0, 0))),
                ("to_time", models.TimeField(default=datetime.time(0, 0))),
                ("covers", models.IntegerField(default=0)),
                ("made_by", models.CharField(blank=True, max_length=150)),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="alert",
            name="silence",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", models.CharField(blank=True, max_length=100)),
                ("deployment_id", models.CharField(blank=True, max_length=256)),
                ("fingerprint", models.CharField(blank=True, max_length=32)),
                ("label", models.CharField(max_length=300)),
                ("text", models.CharField(max_length=2000)),
                ("ticket", models.CharField(blank=True, max_length=500)),
                ("author", models.CharField(max_length=150)),
                ("written_at", models.DateTimeField()),
                ("edited_at", models.DateTimeField(null=True)),
                ("acknowledges", models.BooleanField(default=False)),
                ("until_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_why", models.CharField(blank=True, max_length=20)),
                ("ended_as", models.CharField(blank=True, max_length=20)),
                ("ended_by", models.CharField(blank=True, max_length=150)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["ended_at", "until_at"], name="note_ended_until"),
                    models.Index(fields=["deployment_id", "written_at"], name="note_deployment"),
                    models.Index(fields=["fingerprint", "written_at"], name="note_fingerprint"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Acknowledgement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", models.CharField(max_length=100)),
                ("deployment_id", models.CharField(max_length=256)),
                ("cause", models.CharField(max_length=32)),
                ("since_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "note",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="acknowledgements",
                        to="dashboard.note",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["ended_at", "deployment_id"], name="acknowledged_deployment")
                ],
            },
        ),
    ]
