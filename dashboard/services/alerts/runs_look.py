"""What a rule about runs opens and closes: each run that finished and matches, once.

What opens is tied together by why: the kind of failure, else the outcome. It is over for a deployment once
its newest finished run is of that cause and rule no more, and has not been for a while.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboard.domain import alerts
from dashboard.domain.alerts import OpenAlert
from dashboard.domain.states import OUTCOME_LABELS, MessageKind, Outcome, SilentBy
from dashboard.domain.text import one_line
from dashboard.domain.tokens import mask_tokens
from dashboard.filters import NO_DEPLOYMENT, Query
from dashboard.models import Alert, AlertedRun, AlertIncident, AlertRule, Deployment, Key, Run
from dashboard.models.latest_per_deployment import latest
from dashboard.models.run_queries import RunQuerySet
from dashboard.services.alerts import incidents, run_filters
from dashboard.services.alerts.finished_runs import is_since
from dashboard.services.alerts.silences import Silences
from dashboard.services.deployments.belonging import own_values
from dashboard.services.notes import sent
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting, urls

_MOST_NAMED = 50  # runs of one message
_AT_ONCE = 200  # runs that are looked up by their ids in one query
_LONGEST = 300  # characters of a label


@dataclass(frozen=True)
class RunLook:
    """One look of a rule. finished: by its id when each run ended that was seen to finish since the last."""

    rule: AlertRule
    query: Query
    account: str
    finished: Mapping[str, datetime]
    silent: Silences
    snapshot: Snapshot


def look(seen: RunLook) -> None:
    """Open what matches and is new, close what is over, and write the messages that are due."""
    for run in _new(seen):
        _open(seen, run)
    _follow(seen)
    for incident in incidents.open_incidents(seen.rule):
        _announce(incident, seen)


def cause_of(run: Run) -> str:
    """What ties a run together with others: its kind of failure, else its outcome."""
    return run.fingerprint or f"run:{run.status}"


def _label(run: Run) -> str:
    error = run.error_type or run.error_line if run.fingerprint else ""
    return one_line(error or OUTCOME_LABELS.get(run.status, run.status))[:_LONGEST]


def _new(seen: RunLook) -> list[Run]:
    """The runs that match and that the rule has not opened for, the first to begin first."""
    now = seen.snapshot.now
    ids = [key for key, ended_at in seen.finished.items() if is_since(seen.rule.made_at, ended_at, now)]
    new: list[Run] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        known = seen.rule.alerted_runs.filter(account=seen.account, run_id__in=some)
        left = set(some) - set(known.values_list("run_id", flat=True))
        new += _matching(seen).filter(account=seen.account, run_id__in=left).defer("record_json")
    return sorted(new, key=lambda run: (run.at, run.run_id))


def _matching(seen: RunLook) -> RunQuerySet:
    return run_filters.matching(seen.query, seen.snapshot.now).filter(open=False).exclude(status=Outcome.GONE)


def _open(seen: RunLook, run: Run) -> None:
    now, rule = seen.snapshot.now, seen.rule
    incident = incidents.incident_of(rule, cause_of(run), _label(run), now)
    own = {"account": run.account, "deployment_id": run.deployment_id}
    if not incident.alerts.filter(**own, closed_at=None).exists():
        Alert.objects.create(incident=incident, opened_at=now, **own)
    AlertedRun.objects.create(rule=rule, incident=incident, run_id=run.run_id, seen_at=now, **own)


def _follow(seen: RunLook) -> None:
    """Write down of which deployments it begins to be over, goes on after all, or is over."""
    rows = Alert.objects.filter(incident__rule=seen.rule, account=seen.account, closed_at=None)
    by_key = {(row.deployment_id, row.incident.cause): row for row in rows.select_related("incident")}
    going_on = _going_on(seen, {deployment_id for deployment_id, _ in by_key}) if by_key else set()
    steps = alerts.steps(
        {key: OpenAlert(row.incident.cause, row.well_since) for key, row in by_key.items()},
        {key: key[1] for key in going_on & by_key.keys()},
        seen.snapshot.now,
    )
    incidents.set_columns([by_key[key].pk for key in steps.well], well_since=seen.snapshot.now)
    incidents.set_columns([by_key[key].pk for key in steps.back], well_since=None)
    incidents.set_columns([by_key[key].pk for key in steps.closed], closed_at=seen.snapshot.now)


def _going_on(seen: RunLook, deployment_ids: Collection[str]) -> set[tuple[str, str]]:
    """The deployments whose newest finished run matches, each with why; none that is archived or gone."""
    finished = Run.objects.dated().filter(open=False).exclude(status=Outcome.GONE).defer("record_json")
    some = Deployment.objects.current().filter(account=seen.account, deployment_id__in=deployment_ids)
    newest = [runs[0] for runs in latest(finished, some, 1).values() if runs]
    matching = set(_matching(seen).filter(pk__in=[run.pk for run in newest]).values_list("pk", flat=True))
    return {(run.deployment_id, cause_of(run)) for run in newest if run.pk in matching}


def _announce(incident: AlertIncident, seen: RunLook) -> None:
    """Write the message that is due of an incident, if one is."""
    own, now = list(incident.alerts.all()), seen.snapshot.now
    _note_silences(own, seen.silent)
    goes_on = any(alert.closed_at is None for alert in own)
    heard = {(alert.account, alert.deployment_id) for alert in own if not alert.silence}
    unsent = incident.runs.filter(announced=False).order_by("-pk")
    fresh = [row for row in unsent if (row.account, row.deployment_id) in heard]
    if fresh and not (goes_on and incidents.just_announced(incident, now)):
        _name(incident, fresh, now)
        keys = {(row.account, row.deployment_id) for row in fresh}
        named = [alert.pk for alert in own if (alert.account, alert.deployment_id) in keys]
        incidents.set_columns(named, announced=True)
    elif not goes_on and not fresh:
        _close(incident, own, now)


def _note_silences(own: Iterable[Alert], silent: Silences) -> None:
    """Write down of which nothing is sent. What was over before anything was sent of it is never sent."""
    for alert in own:
        silence = silent.of((alert.account, alert.deployment_id))
        if silence != alert.silence and (alert.announced or alert.closed_at is None):
            alert.silence = silence
            alert.save(update_fields=["silence"])


def _name(incident: AlertIncident, fresh: Collection[AlertedRun], now: datetime) -> None:
    """Send the runs that no message has named yet, the newest first."""
    some = {(row.account, row.run_id) for row in list(fresh)[:_MOST_NAMED]}
    runs = Run.objects.filter(run_id__in=[run_id for _, run_id in some]).defer("record_json")
    shown = [run for run in runs.newest_first() if (run.account, run.run_id) in some]
    _write(incident, MessageKind.OPENED, len(fresh), shown, now)
    keys = [row.pk for row in fresh]
    for start in range(0, len(keys), _AT_ONCE):
        AlertedRun.objects.filter(pk__in=keys[start : start + _AT_ONCE]).update(announced=True)
    AlertIncident.objects.filter(pk=incident.pk).update(announced_at=now)


def _close(incident: AlertIncident, own: Iterable[Alert], now: datetime) -> None:
    """Close an incident, and send that it is over; where that may not be sent yet, later."""
    named = [alert for alert in own if alert.announced]
    if any(alert.silence == SilentBy.QUIET for alert in named):
        return
    incident.closed_at = now
    incident.save(update_fields=["closed_at"])
    if named:
        number = incident.runs.filter(announced=True).count()
        _write(incident, MessageKind.CLOSED, number, [], now)


def _write(incident: AlertIncident, kind: str, count: int, named: Sequence[Run], now: datetime) -> None:
    keys = {(run.account, run.deployment_id) for run in named}
    names = _names(keys)
    own = own_values(keys)
    notes = sent.notes_of(incident.cause, keys, now)
    accounts = {*incident.alerts.values_list("account", flat=True)}
    incidents.write(
        incident,
        kind,
        now,
        unit="run",
        count=count,
        as_of=incidents.read_at(accounts, now).isoformat(),
        notes=notes.of_cause,
        runs=[
            _described(run, names.get(key, run.deployment_id))
            | {"notes": notes.of_deployments[key]}
            | incidents.runbook(own.get(key, {}))
            for run in named
            for key in [(run.account, run.deployment_id)]
        ],
        url=urls.on_site(incident.rule.address),
    )


def _names(keys: Collection[Key]) -> Mapping[Key, str]:
    rows = Deployment.objects.filter(deployment_id__in={deployment_id for _, deployment_id in keys})
    named = rows.exclude(name="").values_list("account", "deployment_id", "name")
    return {(account, deployment_id): name for account, deployment_id, name in named}


def _described(run: Run, deployment: str) -> dict[str, Any]:
    error = one_line(f"{mask_tokens(run.error_type)} {run.error_line}".strip()) if run.fingerprint else ""
    why = OUTCOME_LABELS.get(run.status, run.status) + (f": {error}" if error else "")
    duration = timedelta(milliseconds=run.duration_ms) if run.duration_ms is not None else None
    return {
        "account": run.account,
        "id": run.run_id,
        "deployment_id": run.deployment_id,
        "name": deployment or NO_DEPLOYMENT,
        "status": run.status,
        "at": run.at.isoformat(),
        "duration_s": duration.total_seconds() if duration is not None else None,
        "why": f"{why}, after {formatting.duration(duration)}" if duration is not None else why,
        "url": urls.run(run.run_id, run.account),
    }
