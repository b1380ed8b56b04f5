"""Runs that left the API before they were seen to finish: their outcome is a word of its own.

They were stored as running or pending, and so were counted as if they went on.
"""

from collections import Counter
from importlib import import_module
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

BATCH = 500
GONE, OPEN = "gone", ("pending", "running")
CHANGED = "('gone', 'pending', 'running')"
TOTALS = (
    (
        "dashboard_runtotal",
        "account, deployment_id, agent_id, trigger_type, status",
        "dashboard_run",
        "COUNT(*)",
    ),
    ("dashboard_quartertotal", "account, quarter, status", "dashboard_tally", "SUM(number)"),
)
# The same figures are worked out anew as in the migration before.
_outcomes: Any = import_module("dashboard.migrations.0020_last_outcome")
_add, _last_outcomes, _figures = (getattr(_outcomes, name) for name in ("_add", "_last_outcomes", "_figures"))


def name_what_left(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Bring runs, tallies, words and deployments up to date."""
    runs, tallies, feeds, deployments = (
        apps.get_model("dashboard", name).objects for name in ("Run", "Tally", "Feed", "Deployment")
    )
    if not runs.filter(gone_at__isnull=False, status__in=OPEN).exists():
        return
    while batch := list(runs.filter(gone_at__isnull=False, status__in=OPEN).order_by("pk")[:BATCH]):
        numbers: Counter[tuple[str, str, int, str]] = Counter()
        for run in batch:
            where = (run.account, run.deployment_id, int(run.at.timestamp()) // _outcomes.QUARTER)
            counted = int(run.at > _outcomes.EVER)  # one whose time is not known is in no sum
            numbers[*where, run.status] -= counted
            numbers[*where, GONE] += counted
        runs.filter(pk__in=[run.pk for run in batch]).update(status=GONE, open=False)
        _add(tallies, numbers)
        ids = {run.deployment_id for run in batch}
        rows = deployments.filter(account__in={run.account for run in batch}, deployment_id__in=ids)
        _last_outcomes(rows, runs)
        _figures(rows, runs)
    _add_up(schema_editor)
    for feed in feeds.all():
        if runs.filter(account=feed.account, status=GONE).exists():
            feed.words["status"] = sorted({*feed.words.get("status", []), GONE})
            feed.save(update_fields=["words"])


def _add_up(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The totals of those outcomes, counted anew."""
    for table, alike, source, number in TOTALS:
        schema_editor.execute(f"DELETE FROM {table} WHERE status IN {CHANGED}")  # noqa: S608 - names of our own
        schema_editor.execute(
            f"INSERT INTO {table} ({alike}, number) SELECT {alike}, {number} FROM {source} "  # noqa: S608
            f"WHERE status IN {CHANGED} GROUP BY {alike}"
        )


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0022_reader_choice")]

    operations = [migrations.RunPython(name_what_left, migrations.RunPython.noop)]
