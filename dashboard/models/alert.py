"""Alerts: the rules, what they have opened, and the outbox of what is sent of it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from dashboard.domain.alerts import LONGEST_PAUSE
from dashboard.models.instants import InstantField

OF_DEPLOYMENTS = "/deployments/"  # how the address of a rule begins that is about these


class AlertRuleQuerySet(models.QuerySet["AlertRule"]):
    """The questions that are asked about rules, named."""

    def about_runs(self) -> Self:
        """Those that send each run that matches, of the list of runs or of failures."""
        return self.exclude(address__startswith=OF_DEPLOYMENTS)


class AlertRule(models.Model):
    """What somebody wants word of, and where it goes.

    address: a list of deployments, runs or failures with its filters, in its one canonical form
    send_by: a word of `SendBy`; target: an address of mail, or of a webhook
    secret: what a webhook's messages are signed with, `whsec_` and base64; shown nowhere
    zone: whose clock is in the text of a message
    daily_at: the time of the day of its summary, by the clock of its zone, as `08:00`; empty for none
    last_sent_at, last_error: how the last try went; failing_since: since when none has succeeded
    """

    name = models.CharField(max_length=60, unique=True)
    address = models.TextField()
    send_by = models.CharField(max_length=10)
    target = models.TextField()
    secret = models.CharField(max_length=200, blank=True)
    zone = models.CharField(max_length=64, default="UTC")
    daily_at = models.CharField(max_length=5, blank=True, default="")
    made_by = models.CharField(max_length=150, blank=True)
    made_at = InstantField()
    last_sent_at = InstantField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    failing_since = InstantField(null=True)

    objects = AlertRuleQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class AlertIncident(models.Model):
    """What a rule has opened for one cause, of however many deployments.

    cause: the fingerprint of an error, a word of health, `blind` and an account, or `run` and an outcome
    label: the cause in words; announced_at: when a message of it was written last
    remind_at: when a reminder is due that it still goes on
    """

    rule = models.ForeignKey(AlertRule, models.CASCADE, related_name="incidents")
    cause = models.CharField(max_length=120)
    label = models.CharField(max_length=300)
    opened_at = InstantField()
    announced_at = InstantField(null=True)
    remind_at = InstantField(null=True)
    closed_at = InstantField(null=True)

    class Meta:
        """Open ones are asked for by rule; closed ones go with time."""

        indexes = [models.Index(fields=["rule", "closed_at"], name="incident_rule_closed")]

    def __str__(self) -> str:
        return f"{self.rule}: {self.label}"


class Alert(models.Model):
    """One deployment in an incident.

    well_since: since when it has not matched the rule, for too short a time to be over
    announced: whether a message has named it
    silence: why nothing is sent of it, as of the last look: a word of `SilentBy`, or nothing
    """

    incident = models.ForeignKey(AlertIncident, models.CASCADE, related_name="alerts")
    account = models.CharField(max_length=100)
    deployment_id = models.CharField(max_length=256)
    opened_at = InstantField()
    well_since = InstantField(null=True)
    closed_at = InstantField(null=True)
    announced = models.BooleanField(default=False)
    silence = models.CharField(max_length=20, blank=True)

    class Meta:
        """Asked for by incident."""

        indexes = [models.Index(fields=["account", "closed_at"], name="alert_account_closed")]

    def __str__(self) -> str:
        return f"{self.deployment_id} in {self.incident}"


class FinishedRun(models.Model):
    """A run that was seen to finish, and waits for the next look of the rules about runs.

    Written in the transaction that stores the run, where there is such a rule, and deleted by the look.
    """

    account = models.CharField(max_length=100)
    run_id = models.CharField(max_length=256)
    ended_at = InstantField()

    class Meta:
        """Each once, looked at in the order in which they were read."""

        constraints = [models.UniqueConstraint(fields=["account", "run_id"], name="finished_run_once")]

    def __str__(self) -> str:
        return self.run_id


class AlertedRun(models.Model):
    """A run that a rule has opened for: none opens twice.

    announced: whether a message has named it; seen_at: when it matched
    """

    rule = models.ForeignKey(AlertRule, models.CASCADE, related_name="alerted_runs")
    incident = models.ForeignKey(AlertIncident, models.CASCADE, related_name="runs")
    account = models.CharField(max_length=100)
    deployment_id = models.CharField(max_length=256)
    run_id = models.CharField(max_length=256)
    announced = models.BooleanField(default=False)
    seen_at = InstantField()

    class Meta:
        """Asked for by rule and run."""

        constraints = [models.UniqueConstraint(fields=["rule", "account", "run_id"], name="alerted_run_once")]

    def __str__(self) -> str:
        return f"{self.run_id} for {self.rule}"


class AlertMessageQuerySet(models.QuerySet["AlertMessage"]):
    """The questions that are asked about messages, named."""

    def due(self, now: datetime) -> Self:
        """Those that are to be sent now, the oldest first.

        One that was never tried is due at once, whatever the clock showed when it was written; so is one that
        would be tried again later than anything ever is.
        """
        is_due = Q(due_at__lte=now) | Q(tries=0) | Q(due_at__gt=now + LONGEST_PAUSE)
        waiting = self.filter(is_due, sent_at=None, given_up_at=None)
        return waiting.select_related("rule").order_by("pk")


class AlertMessage(models.Model):
    """One message in the outbox, written in the transaction of the change that it is about.

    uid: what its receiver knows it by, the same in each try
    kind: a word of `MessageKind`; content: what it says, as JSON
    due_at: when it is tried next; tries: how often it was tried in vain
    """

    rule = models.ForeignKey(AlertRule, models.CASCADE, related_name="messages")
    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    kind = models.CharField(max_length=10)
    content = models.JSONField()
    written_at = InstantField()
    due_at = InstantField()
    tries = models.IntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    sent_at = InstantField(null=True)
    given_up_at = InstantField(null=True)

    objects = AlertMessageQuerySet.as_manager()

    class Meta:
        """Asked for by what is due."""

        indexes = [models.Index(fields=["sent_at", "due_at"], name="message_sent_due")]

    def __str__(self) -> str:
        return f"{self.kind} for {self.rule}"
