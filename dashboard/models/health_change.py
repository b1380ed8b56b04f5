"""Health over time: each change of a deployment's health as it was judged, with what it was judged by."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from dashboard.domain.states import Health
from dashboard.models.instants import InstantField
from dashboard.models.keys import Key, KeyedQuerySet
from dashboard.models.names import NameField


class HealthChangeQuerySet(KeyedQuerySet["HealthChange"]):
    """The questions that are asked about changes of health, named."""

    def failing_through(self, since: datetime, until: datetime) -> Self:
        """Those to failing that stood from before the one instant until after the other."""
        over = Q(until_at=None) | Q(until_at__gt=until)
        return self.filter(over, after=Health.FAILING, at__lte=since)


class HealthChange(models.Model):
    """One change of a deployment's health, and how long what it changed to stood.

    at: when it was judged and written; until_at: when the next change was; null of the one that stands. No
    two of one deployment overlap: where the clock was set back, the earlier ones are cut off
    judged_at: as of when it was judged: the account's last complete reading, where there was one
    before: the health until then, empty of the first; after: the health since then
    cause: a word of `HealthCause`
    run_id: the run that shows it; moment: the instant that decides, as of a slot or a limit that ran out
    """

    account = models.CharField(max_length=100)
    deployment_id = NameField(max_length=256)
    at = InstantField()
    until_at = InstantField(null=True)
    judged_at = InstantField()
    before = models.CharField(max_length=20, blank=True)
    after = models.CharField(max_length=20)
    cause = models.CharField(max_length=20)
    run_id = models.CharField(max_length=256, blank=True)
    moment = InstantField(null=True)

    objects = HealthChangeQuerySet.as_manager()

    class Meta:
        """Asked for by deployment and time, by time, by what stood, and by how long ago they were over."""

        indexes = [
            models.Index(fields=["deployment_id", "at"], name="health_deployment_at"),
            models.Index(fields=["at"], name="health_at"),
            models.Index(fields=["after", "until_at"], name="health_after_until"),
            models.Index(fields=["account", "until_at"], name="health_account_until"),
        ]

    def __str__(self) -> str:
        return f"{self.deployment_id} at {self.at}: {self.before} to {self.after}"

    @property
    def key(self) -> Key:
        """The deployment it belongs to."""
        return self.account, self.deployment_id
