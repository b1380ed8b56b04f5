"""Alerts: rules, what they have opened, and the outbox."""

from __future__ import annotations

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0028_running_since"),
    ]

    operations = [
        migrations.CreateModel(
            name="AlertRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, unique=True)),
                ("address", models.TextField()),
                ("send_by", models.CharField(max_length=10)),
                ("target", models.TextField()),
                ("secret", models.CharField(blank=True, max_length=200)),
                ("zone", models.CharField(default="UTC", max_length=64)),
                ("made_by", models.CharField(blank=True, max_length=150)),
                ("made_at", models.DateTimeField()),
                ("last_sent_at", models.DateTimeField(null=True)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                ("failing_since", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="AlertIncident",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("cause", models.CharField(max_length=120)),
                ("label", models.CharField(max_length=300)),
                ("opened_at", models.DateTimeField()),
                ("announced_at", models.DateTimeField(null=True)),
                ("remind_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="incidents",
                        to="dashboard.alertrule",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", models.CharField(max_length=100)),
                ("deployment_id", models.CharField(max_length=256)),
                ("opened_at", models.DateTimeField()),
                ("well_since", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("announced", models.BooleanField(default=False)),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="alerts",
                        to="dashboard.alertincident",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["account", "closed_at"], name="alert_account_closed")],
            },
        ),
        migrations.CreateModel(
            name="AlertMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("kind", models.CharField(max_length=10)),
                ("content", models.JSONField()),
                ("written_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("tries", models.IntegerField(default=0)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                ("sent_at", models.DateTimeField(null=True)),
                ("given_up_at", models.DateTimeField(null=True)),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="dashboard.alertrule",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["sent_at", "due_at"], name="message_sent_due")],
            },
        ),
        migrations.AddIndex(
            model_name="alertincident",
            index=models.Index(fields=["rule", "closed_at"], name="incident_rule_closed"),
        ),
    ]
