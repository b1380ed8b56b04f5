"""Outcomes as they are understood now, for the runs that are already stored, and the figures made of them.

A word of the API counts in any case of its letters; a word nobody has heard of is over, and failed where it
has an error; a run whose outcome is not reported ends no streak. The rules are copies, frozen here.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Count, Min, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Lower, Trim

BATCH = 500
QUARTER = 900  # seconds
EVER = datetime(1970, 1, 1, tzinfo=UTC)
OPEN, OVER, STARTED = ("pending", "running"), ("completed", "failed", "skipped"), "started"
OF_SLOTS = ("due", "on time", "late", "missed", "withdrawn", "unobserved", "projected")
_errors = import_module("dashboard.migrations.0005_run_fingerprint")
_durations = import_module("dashboard.migrations.0016_duration_of_failures")


def understand_outcomes(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Bring runs, tallies, words, deployments and their figures up to date."""
    runs, tallies, feeds, deployments = (
        apps.get_model("dashboard", name).objects for name in ("Run", "Tally", "Feed", "Deployment")
    )
    odd = runs.exclude(status__in=(*OPEN, *OVER, STARTED)).annotate(word=Lower(Trim("status")))
    unsure = runs.exclude(status__in=(*OPEN, *OVER)).order_by()
    keys = {*unsure.values_list("account", "deployment_id").distinct()}
    affected = [
        pk for pk, *key in deployments.values_list("pk", "account", "deployment_id") if (*key,) in keys
    ]
    odd.filter(has_error=False).exclude(word__in=OPEN).update(open=False)
    other = Q(has_error=True) | Q(word__in=(*OPEN, *OVER, *OF_SLOTS)) | ~Q(status=Trim("status"))
    numbers: Counter[tuple[str, str, int, str]] = Counter()
    for batch in _batches(odd.filter(other)):
        for run in batch:
            _change(run, numbers)
        runs.bulk_update(batch, ["status", "open", "fingerprint"])
    _add(tallies, numbers)
    _durations.work_out(apps, schema_editor)  # of the runs that count as failed only now
    _words(feeds, runs)
    _read_again(deployments)
    _last_outcomes(deployments, runs)
    for start in range(0, len(affected), BATCH):
        rows = deployments.filter(pk__in=affected[start : start + BATCH])
        _figures(rows, runs)
        _stuck(rows.filter(open_since__isnull=False), runs)


def _batches(rows: Any) -> Iterator[list[Any]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


def _change(run: Any, numbers: Counter[tuple[str, str, int, str]]) -> None:
    """Its outcome as it is understood now; the difference it makes to the tallies."""
    where = (run.account, run.deployment_id, int(run.at.timestamp()) // QUARTER)
    counted = int(run.at > EVER)  # one whose time is not known is in no sum
    numbers[*where, run.status] -= counted
    run.status = _outcome(run.status.strip(), has_error=run.has_error)
    numbers[*where, run.status] += counted
    run.open = run.open and run.status in OPEN
    run.fingerprint = _fingerprint(run) if run.status == "failed" else None


def _outcome(word: str, *, has_error: bool) -> str:
    if word.lower() in (*OPEN, *OVER):
        return word.lower()
    if has_error:
        return "failed"
    return f"“{word}”" if word in OF_SLOTS else word


def _fingerprint(run: Any) -> str:
    error = json.loads(run.record_json).get("error")
    parts = (error.get("type"), error.get("message")) if isinstance(error, dict) else ("", error)
    name: str = _errors.fingerprint(*map(_plain, parts))
    return name


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _add(tallies: Any, numbers: Counter[tuple[str, str, int, str]]) -> None:
    for (account, deployment_id, quarter, status), number in numbers.items():
        row = {
            "account": account,
            "deployment_id": deployment_id,
            "quarter": quarter,
            "status": status,
        }
        if not number:
            continue
        tally, _ = tallies.get_or_create(**row, defaults={"number": 0})
        tallies.filter(pk=tally.pk).update(number=tally.number + number)


def _words(feeds: Any, runs: Any) -> None:
    """What can be filtered by: the words that are left."""
    for feed in feeds.all():
        left = runs.filter(account=feed.account).order_by().values_list("status", flat=True).distinct()
        if {*feed.words.get("status", [])} - {*OPEN, *OVER, STARTED}:
            feed.words["status"] = sorted(left)
            feed.save(update_fields=["words"])


def _read_again(deployments: Any) -> None:
    """Statuses and reasons of deployments, in any case of their letters; a reason that is a mere word."""
    for row in deployments.exclude(status="active"):
        reason = json.loads(row.record_json).get("paused_reason")
        fields = reason if isinstance(reason, dict) else {"type": reason}
        kind = fields.get("type")
        word = row.paused_reason or (kind if isinstance(kind, str) else "")
        row.paused_reason = _known(word, ("manual", "error"))[:100]
        if not row.paused_reason and fields.get("error"):
            row.paused_reason = "error"
        row.status = _known(row.status, ("active", "paused"))
        row.save(update_fields=["status", "paused_reason"])


def _known(text: str, known: tuple[str, ...]) -> str:
    word = text.strip()
    return word.lower() if word.lower() in known else word


def _of(runs: Any) -> Any:
    """The runs of a deployment, in a query of deployments; but for those whose time is not known."""
    return runs.filter(account=OuterRef("account"), deployment_id=OuterRef("deployment_id"), at__gt=EVER)


def _last_outcomes(deployments: Any, runs: Any) -> None:
    over = _of(runs).exclude(status__in=(*OPEN, "skipped")).order_by("-at")
    deployments.update(last_outcome=_text(over, "status"))


def _figures(deployments: Any, runs: Any) -> None:
    """What runs that are understood in another way now, or whose outcome is not reported, are part of."""
    mine = _of(runs)
    newest, failed = mine.order_by("-at"), mine.filter(status="failed")
    last_failure = failed.order_by("-at")
    deployments.update(
        last_run_status=_text(newest, "status"),
        last_started_at=_first(newest.filter(status=STARTED), "at"),
        last_success_at=_first(newest.filter(status="completed"), "at"),
        last_failure_at=_first(last_failure, "at"),
        last_failure_id=_text(last_failure, "run_id"),
        last_error_type=_text(last_failure, "error_type"),
        last_error_message=_text(last_failure, "error_message"),
        open_since=_first(mine.filter(open=True, gone_at__isnull=True).order_by("at"), "at"),
    )
    form = runs.model._meta.get_field("at")  # noqa: SLF001 - public; in which instants are kept
    ever = Value(EVER, form)
    since_success = failed.filter(at__gt=Coalesce(OuterRef("last_success_at"), ever)).order_by()
    in_a_row = since_success.exclude(
        status_reported=False, session_id="", at__lt=Coalesce(OuterRef("last_started_at"), ever)
    )
    counted = in_a_row.values("deployment_id").annotate(number=Count("pk"), first=Min("at"))
    deployments.update(
        streak=Coalesce(Subquery(counted.values("number")), Value(0)),
        failing_since=Subquery(counted.values("first")),
    )
    deployments.filter(open_since__isnull=True).update(stuck_at=None)


def _first(runs: Any, column: str) -> Subquery:
    return Subquery(runs.values(column)[:1])


def _text(runs: Any, column: str) -> Coalesce:
    return Coalesce(_first(runs, column), Value(""))


def _stuck(rows: Iterable[Any], runs: Any) -> None:
    """When what is still open gets stuck, and since when the run goes on that does so first."""
    for row in rows:
        mine = runs.filter(account=row.account, deployment_id=row.deployment_id, open=True, at__gt=EVER)
        first = mine.filter(gone_at__isnull=True).order_by().values_list("status").annotate(at=Min("at"))
        row.stuck_at, row.open_since = min((at + _longest(row, status), at) for status, at in first)
        row.save(update_fields=["open_since", "stuck_at"])


def _longest(row: Any, status: str) -> timedelta:
    if status == "pending":
        return timedelta(hours=1) if row.cadence_s is None else timedelta(seconds=row.cadence_s)
    limit = 300_000 if row.timeout_ms is None else row.timeout_ms
    return timedelta(milliseconds=min(limit, 10**13), seconds=60)  # centuries, as long as a calendar can add


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0019_run_indexes")]

    operations = [
        migrations.AddField("Deployment", "last_outcome", models.CharField(default="", max_length=100)),
        migrations.AddField("Deployment", "last_started_at", models.DateTimeField(null=True)),
        migrations.RunPython(understand_outcomes, migrations.RunPython.noop),
        migrations.RemoveField("Deployment", "streak_cleared_at"),
    ]
