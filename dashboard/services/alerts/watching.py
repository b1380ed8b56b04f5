"""What the sync finds after a reading, held against each rule: what opens, goes on and closes.

Called by the one writer inside the transaction of a complete reading, so that a message is written with the
change that it is about. While an account cannot be read nothing of it opens or closes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from dashboard.domain import alerts
from dashboard.domain.alerts import OpenAlert
from dashboard.domain.states import HEALTH_LABELS, Health, MessageKind, SilentBy
from dashboard.domain.text import one_line
from dashboard.domain.thresholds import BLIND_AFTER
from dashboard.domain.tokens import mask_tokens
from dashboard.filters.timespans import Unusable
from dashboard.models import Alert, AlertIncident, AlertRule, Deployment, Feed
from dashboard.services.alerts import finished_runs, incidents, quiet, rules, runs_look, silences
from dashboard.services.alerts.causes import AlertCause, causes_of, silent_groups
from dashboard.services.alerts.runs_look import RunLook
from dashboard.services.alerts.silences import Silences
from dashboard.services.deployments.belonging import own_values
from dashboard.services.notes import sent
from dashboard.services.notes.causes import with_kinds
from dashboard.services.status.feeds import account_names
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import urls

_MOST_NAMED = 50  # deployments of one message


def look(account: str, now: datetime) -> None:
    """Hold what has just been read completely against every rule."""
    snapshot = Snapshot(now)
    silent, finished = silences.silences(snapshot), finished_runs.take(account)
    for rule in AlertRule.objects.all():
        if account not in silent.accounts:
            _see_again(rule, account, now)
        try:
            query = rules.question(rule.address, snapshot)
        except Unusable as error:
            AlertRule.objects.filter(pk=rule.pk, failing_since=None).update(failing_since=now)
            AlertRule.objects.filter(pk=rule.pk).update(last_error=str(error)[:300])
            continue
        if query.path != rules.PATH:
            runs_look.look(RunLook(rule, query, account, finished, silent, snapshot))
            continue
        matching = with_kinds(Deployment.objects.matching(query).filter(account=account))
        _look(rule, account, {row.deployment_id: row for row in matching}, silent, snapshot)


def cannot_see(feed: Feed, now: datetime) -> None:
    """Open, once for each rule, that an account cannot be read, where that goes on."""
    if feed.failing_since is None or now - feed.failing_since < BLIND_AFTER:
        return
    if feed.account in quiet.covered(Snapshot(now)).accounts:
        return
    cause = f"{MessageKind.BLIND}:{feed.account}"
    announced = AlertIncident.objects.filter(cause=cause, closed_at=None).values("rule")
    for rule in AlertRule.objects.exclude(pk__in=announced):
        reason = f"HTTP {feed.error_status}" if feed.error_status else feed.error_family
        label = f"cannot see account {feed.account}: {reason}"
        incident = AlertIncident.objects.create(
            rule=rule, cause=cause, label=label, opened_at=feed.failing_since, announced_at=now
        )
        text = "Nothing is opened or closed until it can be read again."
        incidents.write(incident, MessageKind.BLIND, now, text=text, url=urls.on_site("/"))


def _see_again(rule: AlertRule, account: str, now: datetime) -> None:
    for incident in rule.incidents.filter(cause=f"{MessageKind.BLIND}:{account}", closed_at=None):
        incident.closed_at = now
        incident.label = f"account {account} is read again"
        incident.save(update_fields=["closed_at", "label"])
        text = "What was missed meanwhile is judged now."
        incidents.write(incident, MessageKind.SEEING, now, text=text, url=urls.on_site("/"))


def _look(
    rule: AlertRule,
    account: str,
    matching: Mapping[str, Deployment],
    silent: Silences,
    snapshot: Snapshot,
) -> None:
    now, groups = snapshot.now, silent_groups(rule, snapshot)
    for group in groups:  # more promises may have come to nothing since
        rule.incidents.filter(cause=group.cause.key, closed_at=None).update(label=group.cause.label)
    rows = Alert.objects.filter(incident__rule=rule, account=account, closed_at=None)
    by_id = {row.deployment_id: row for row in rows.select_related("incident")}
    known = {key: row.incident for key, row in by_id.items()}
    causes = causes_of(matching, known, groups)
    _move(rule, by_id, causes, now)
    steps = alerts.steps(
        {key: OpenAlert(row.incident.cause, row.well_since) for key, row in by_id.items()},
        {key: cause.key for key, cause in causes.items()},
        now,
    )
    incidents.set_columns([by_id[key].pk for key in steps.well], well_since=now)
    incidents.set_columns([by_id[key].pk for key in steps.back], well_since=None)
    incidents.set_columns([by_id[key].pk for key in steps.closed], closed_at=now)
    opened: dict[AlertCause, list[str]] = defaultdict(list)
    # In order: of several that failed alike, in texts that differ in their numbers, the first one is quoted.
    for key in sorted(steps.opened, key=lambda key: (causes[key].label, key)):
        opened[causes[key]].append(key)
    for cause, keys in opened.items():
        _open(rule, account, cause, keys, now)
    for incident in incidents.open_incidents(rule):
        _announce(incident, matching, silent, now)


def _move(
    rule: AlertRule, by_id: Mapping[str, Alert], causes: Mapping[str, AlertCause], now: datetime
) -> None:
    """Let the alerts of promises that came to nothing belong to the silence that turns out to be why."""
    for key, alert in by_id.items():
        cause = causes.get(key)
        if cause and cause.gathers and alert.incident.cause == Health.MISSED:
            alert.incident, alert.announced = incidents.incident_of(rule, cause.key, cause.label, now), False
            alert.save(update_fields=["incident", "announced"])


def _open(rule: AlertRule, account: str, cause: AlertCause, ids: Collection[str], now: datetime) -> None:
    incident = incidents.incident_of(rule, cause.key, cause.label, now)
    Alert.objects.bulk_create(
        Alert(incident=incident, account=account, deployment_id=key, opened_at=now) for key in ids
    )


def _announce(
    incident: AlertIncident, matching: Mapping[str, Deployment], silent: Silences, now: datetime
) -> None:
    """Write the message that is due of an incident, if one is."""
    own = list(incident.alerts.all())
    if _note_silences(own, silent) and incident.remind_at and incident.remind_at <= now:
        # What is sent again now needs no reminder besides.
        incident.remind_at = None
        incident.save(update_fields=["remind_at"])
    still_open = [alert for alert in own if alert.closed_at is None]
    heard = [alert for alert in still_open if not alert.silence]
    fresh = [alert for alert in heard if not alert.announced and alert.well_since is None]
    if not still_open:
        _close(incident, own, now)
    elif fresh and not incidents.just_announced(incident, now):
        _name(incident, MessageKind.OPENED, fresh, matching, now)
        incidents.set_columns([alert.pk for alert in fresh], announced=True)
        remind_at = incident.remind_at or alerts.next_reminder(incident.opened_at, now)
        AlertIncident.objects.filter(pk=incident.pk).update(announced_at=now, remind_at=remind_at)
    elif heard and incident.remind_at and incident.remind_at <= now:
        _name(incident, MessageKind.STILL, heard, matching, now)
        remind_at = alerts.next_reminder(incident.opened_at, now)
        AlertIncident.objects.filter(pk=incident.pk).update(remind_at=remind_at)


def _note_silences(own: Collection[Alert], silent: Silences) -> bool:
    """Write down of which nothing is sent, and why; whether any goes on that is acknowledged no more.

    That is sent again.
    """
    again = False
    for alert in own:
        silence, before = silent.of((alert.account, alert.deployment_id)), alert.silence
        if silence != before:
            alert.silence = silence
            goes_on = alert.closed_at is None and alert.well_since is None
            if before == SilentBy.ACKNOWLEDGED and goes_on:
                alert.announced, again = False, True
            alert.save(update_fields=["silence", "announced"])
    return again


def _close(incident: AlertIncident, own: Collection[Alert], now: datetime) -> None:
    """Close an incident, and send that it is over; where that may not be sent yet, later."""
    named = [alert for alert in own if alert.announced]
    if any(alert.silence == SilentBy.QUIET for alert in named):
        return
    incident.closed_at = now
    incident.save(update_fields=["closed_at"])
    if named:
        _name(incident, MessageKind.CLOSED, named, {}, now)


def _name(
    incident: AlertIncident,
    kind: str,
    named: Collection[Alert],
    matching: Mapping[str, Deployment],
    now: datetime,
) -> None:
    first = sorted({alert.deployment_id for alert in named})[:_MOST_NAMED]
    shown = Deployment.objects.filter(deployment_id__in=first).order_by("deployment_id", "account")
    keys = {(alert.account, alert.deployment_id) for alert in named}
    rows = [matching.get(row.deployment_id, row) for row in shown.defer("record_json") if row.key in keys]
    own = own_values(row.key for row in rows)
    notes = sent.notes_of(incident.cause, [row.key for row in rows], now)
    incidents.write(
        incident,
        kind,
        now,
        count=len(keys),
        as_of=incidents.read_at({account for account, _ in keys}, now).isoformat(),
        notes=notes.of_cause,
        deployments=[
            _described(row)
            | {"notes": notes.of_deployments[row.key]}
            | incidents.runbook(own.get(row.key, {}))
            for row in rows
        ],
        url=urls.on_site(incident.rule.address),
    )


def _described(row: Deployment) -> dict[str, Any]:
    error = one_line(mask_tokens(f"{row.last_error_type} {row.last_error_message}".strip()))
    why = HEALTH_LABELS.get(row.health, row.health)
    return {
        "account": row.account,
        "id": row.deployment_id,
        "name": row.name or row.deployment_id,
        "health": row.health,
        "why": f"{why}: {error}" if row.health == Health.FAILING and error else why,
        "url": urls.deployment(row.deployment_id, row.account if len(account_names()) > 1 else ""),
    }
