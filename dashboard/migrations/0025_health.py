"""Health becomes a column, and each change of it a row: both begin with what is stored now.

The rule is a copy, frozen here, applied once as of each account's last complete reading. The first cycle of
the sync judges anew.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils import timezone

BATCH = 500
ORDER = (
    *("failing", "missed", "silent", "blocked", "stuck", "late", "slow", "paused-error", "unknown"),
    *("unread", "outcome-unknown", "ok", "never", "paused", "archived"),
)


def judge(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Judge every deployment, and write down that it was."""
    deployments, feeds = (apps.get_model("dashboard", name).objects for name in ("Deployment", "Feed"))
    read_at = dict(feeds.values_list("account", "succeeded_at"))
    for account in deployments.order_by().values_list("account", flat=True).distinct():
        at = read_at.get(account) or timezone.now()
        rows = deployments.filter(account=account)
        rows.update(health_rank=_rank(apps, at), health_since=at)
        _write(apps, rows, at)


def _write(apps: StateApps, rows: Any, at: datetime) -> None:
    change = apps.get_model("dashboard", "HealthChange")
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        change.objects.bulk_create(
            change(
                account=row.account,
                deployment_id=row.deployment_id,
                at=at,
                judged_at=at,
                after=ORDER[row.health_rank],
                cause="the first look",
            )
            for row in batch
        )
        last = batch[-1].pk


def _rank(apps: StateApps, at: datetime) -> Case:
    feeds, gaps = (apps.get_model("dashboard", name).objects for name in ("Feed", "Gap"))

    def all_read_since(column: str) -> Q:
        return ~Q(Exists(gaps.filter(account=OuterRef("account"), from_at__gt=OuterRef(column))))

    never_ran = Q(last_run_at__isnull=True)
    at_no_known_time = Q(runs_ahead__gt=0) | Q(runs_without_time__gt=0)
    cases = (
        ("archived", Q(archived_at__isnull=False) | Q(gone_at__isnull=False)),
        ("paused-error", Q(status="paused", paused_reason="error")),
        ("paused", Q(status="paused")),
        ("unknown", ~Q(status="active")),
        ("failing", Q(streak__gt=0)),
        ("unread", Q(Exists(feeds.filter(account=OuterRef("account"), succeeded_at=None)))),
        ("missed", Q(missed_at__isnull=False) & ~Q(last_success_at__gt=F("missed_at"))),
        ("silent", Q(silent_at__lte=at) & all_read_since("silent_since")),
        ("blocked", Q(skipped_count__gte=3)),
        ("stuck", Q(stuck_at__lte=at)),
        ("late", Q(due_at__lt=at - timedelta(seconds=60))),
        ("slow", Q(slow_at__lte=at)),
        ("unknown", Q(unseen_at__isnull=False) & ~Q(last_run_at__gt=F("unseen_at"))),
        ("unknown", never_ran & at_no_known_time),
        ("never", never_ran & all_read_since("created_at")),
        ("unread", never_ran | Q(silent_at__lte=at)),
        ("outcome-unknown", ~Q(last_outcome__in=("", "completed", "failed"))),
    )
    return Case(
        *(When(rule, then=Value(ORDER.index(health))) for health, rule in cases),
        default=Value(ORDER.index("ok")),
        output_field=models.IntegerField(),
    )


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0024_saved_views")]

    operations = [
        migrations.CreateModel(
            name="HealthChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", models.CharField(max_length=100)),
                ("deployment_id", models.CharField(max_length=256)),
                ("at", models.DateTimeField()),
                ("until_at", models.DateTimeField(null=True)),
                ("judged_at", models.DateTimeField()),
                ("before", models.CharField(blank=True, max_length=20)),
                ("after", models.CharField(max_length=20)),
                ("cause", models.CharField(max_length=20)),
                ("run_id", models.CharField(blank=True, max_length=256)),
                ("moment", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField("Deployment", "health_rank", models.PositiveSmallIntegerField(default=9)),
        migrations.AddField("Deployment", "health_since", models.DateTimeField(null=True)),
        migrations.RunPython(judge, migrations.RunPython.noop),
        migrations.AddIndex(
            "Deployment", models.Index(fields=["account", "health_rank"], name="deployment_health")
        ),
        migrations.AddIndex(
            "HealthChange", models.Index(fields=["deployment_id", "at"], name="health_deployment_at")
        ),
        migrations.AddIndex(
            "HealthChange", models.Index(fields=["account", "until_at"], name="health_account_until")
        ),
    ]
