"""A run whose time is not known has none, and a run dated after its reading has no time that is known.

Which they are is read from the records of the few runs that may be such; what the sync reads from now on is
read in the same way. The rules are a copy: those of the code may change.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import django.utils.timezone
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import F, Q

BATCH = 500
UNDATED_AT = datetime(1970, 1, 1, tzinfo=UTC)
TOLERANCE = timedelta(minutes=5)
AS_DOCUMENTED = r'"(triggered|created)_at":"[12][0-9]{3}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:'
ODD_LENGTH = r'"duration_ms":("|[0-9]+\.)'
SECONDS = (1_000_000_000, 4_102_444_800)  # from 2001 to 2100
DIGITS = re.compile(r"[0-9]{10,13}(?:\.[0-9]{1,9})?")
LENGTH = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?")


def read_times_anew(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give a run that is dated in the future, or at its reading, the time that its record gives, or none."""
    runs = apps.get_model("dashboard", "Run").objects
    now = django.utils.timezone.now()
    odd = Q(at__gt=now + TOLERANCE) | ~Q(record_json__regex=AS_DOCUMENTED)
    odd_length = Q(duration_ms=None, record_json__regex=ODD_LENGTH)
    last = 0
    while batch := list(runs.filter(odd | odd_length, pk__gt=last).order_by("pk")[:BATCH]):
        numbers: Counter[tuple[str, str, int, str]] = Counter()
        for run in batch:
            numbers[tally_of(run)] -= 1
            read_anew(run, now)
            if run.time == "known":
                numbers[tally_of(run)] += 1
        runs.bulk_update(batch, ["at", "time", "duration_ms"])
        correct(apps.get_model("dashboard", "Tally").objects, numbers)
        last = batch[-1].pk


def tally_of(run: Any) -> tuple[str, str, int, str]:
    """Where a run is counted."""
    return run.account, run.deployment_id, int(run.at.timestamp()) // 900, run.status


def correct(tallies: Any, numbers: Counter[tuple[str, str, int, str]]) -> None:
    """Count so many runs more, or fewer."""
    for (account, deployment_id, quarter, status), number in numbers.items():
        key = {"account": account, "deployment_id": deployment_id, "quarter": quarter, "status": status}
        if number and not tallies.filter(**key).update(number=F("number") + number) and number > 0:
            tallies.create(**key, number=number)


def read_anew(run: Any, now: datetime) -> None:
    """Set the time of a run, what is known of it, and how long the run took."""
    raw = json.loads(run.record_json)
    times = list(times_of(raw))
    known = next((at for at in times if at <= now + TOLERANCE), None)
    run.at = known or UNDATED_AT
    run.time = "known" if known else "clock-off" if times else "not-understood"
    length = raw.get("duration_ms")
    if run.duration_ms is None and LENGTH.fullmatch(str(length)):
        run.duration_ms = round(float(length))


def times_of(raw: dict[str, Any]) -> Iterator[datetime]:
    """The times of a record that can be read, the one first that is nearest to its beginning."""
    extras, trigger = (raw.get(key) for key in ("cas_run_extras", "trigger_context"))
    started = extras.get("started_at") if isinstance(extras, dict) else None
    scheduled = trigger.get("scheduled_at") if isinstance(trigger, dict) else None
    begun = (raw.get("triggered_at"), raw.get("created_at"), started)
    for value in (*begun, raw.get("completed_at"), scheduled):
        if at := instant(value):
            yield at


def instant(value: Any) -> datetime | None:
    """A text or a number as an instant; None where it has no certain meaning."""
    if isinstance(value, str) and DIGITS.fullmatch(value):
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        for unit in (1, 1000):
            if SECONDS[0] * unit <= value < SECONDS[1] * unit:
                return UNDATED_AT + timedelta(seconds=value / unit)
    if not isinstance(value, str) or len(value) > 64:
        return None
    text = re.sub(r"(\d{4}-\d\d-\d\d)(?: +|t)(\d\d:)", r"\1T\2", value.strip(), count=1)
    text = re.sub(r" *(?:Z|UTC|GMT)$", "Z", text, flags=re.IGNORECASE)
    try:
        at = datetime.fromisoformat(re.sub(r" +([+-]\d\d:?\d\d)$", r"\1", text))
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC) if "T" in text else None
    except (ValueError, OverflowError):
        return None


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0017_definition_change")]

    operations = [
        migrations.AddField("Deployment", "runs_ahead", models.IntegerField(default=0)),
        migrations.AddField("Deployment", "runs_without_time", models.IntegerField(default=0)),
        migrations.AddField(
            "Run",
            "first_read_at",
            models.DateTimeField(
                default=django.utils.timezone.now,
                help_text="when it was seen first: no run can have begun after that",
            ),
        ),
        migrations.AddField(
            "Run",
            "time",
            models.CharField(
                default="known", help_text="whether that is known; where not, it is 1970", max_length=20
            ),
        ),
        migrations.AddIndex(
            "Run",
            models.Index(
                condition=models.Q(("time", "known"), _negated=True),
                fields=["deployment_id", "time"],
                name="run_undated",
            ),
        ),
        migrations.RunPython(read_times_anew, migrations.RunPython.noop),
    ]
