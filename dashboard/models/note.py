"""Notes: what people know of a deployment or of a kind of failure, and what they acknowledge."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from dashboard.domain.states import NoteEnd
from dashboard.models.instants import InstantField
from dashboard.models.keys import Key, KeyedQuerySet


class NoteQuerySet(models.QuerySet["Note"]):
    """The questions that are asked about notes, named."""

    def standing(self, now: datetime) -> Self:
        """Those that have not ended at that instant, also where nobody has written down yet that they did."""
        return self.filter(Q(until_at=None) | Q(until_at__gt=now), ended_at=None)

    def overdue(self, now: datetime) -> Self:
        """Those whose date has come, and that have not been ended yet."""
        return self.filter(until_at__lte=now, ended_at=None)

    def ran_out(self, since: datetime, until: datetime) -> Self:
        """Those that ended by themselves in that time, oldest first: by what is true, or at their date."""
        ended = self.filter(ended_at__gte=since, ended_at__lt=until, ended_why__in=NoteEnd.BY_ITSELF)
        return ended.order_by("ended_at", "pk")


class Note(models.Model):
    """One note, on a deployment, on a kind of failure, or on that failure of that deployment.

    account, deployment_id: empty for a note on a kind of failure wherever it occurs
    fingerprint: empty for a note on a deployment, whatever becomes of it
    label: what it is about in words, as of when it was written
    ticket: an address on the web, or nothing; author: a name, so that it is shown after that person is gone
    acknowledges: whether what it is about is not to be sent again
    until_at: when it ends at the latest
    ended_why: a word of `NoteEnd`; ended_as: the health that ended it; ended_by: who did, where somebody did
    """

    account = models.CharField(max_length=100, blank=True)
    deployment_id = models.CharField(max_length=256, blank=True)
    fingerprint = models.CharField(max_length=32, blank=True)
    label = models.CharField(max_length=300)
    text = models.CharField(max_length=2000)
    ticket = models.CharField(max_length=500, blank=True)
    author = models.CharField(max_length=150)
    written_at = InstantField()
    edited_at = InstantField(null=True)
    acknowledges = models.BooleanField(default=False)
    until_at = InstantField(null=True)
    ended_at = InstantField(null=True)
    ended_why = models.CharField(max_length=20, blank=True)
    ended_as = models.CharField(max_length=20, blank=True)
    ended_by = models.CharField(max_length=150, blank=True)

    objects = NoteQuerySet.as_manager()

    class Meta:
        """Asked for by what has not ended, and by what they are about."""

        indexes = [
            models.Index(fields=["ended_at", "until_at"], name="note_ended_until"),
            models.Index(fields=["deployment_id", "written_at"], name="note_deployment"),
            models.Index(fields=["fingerprint", "written_at"], name="note_fingerprint"),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class AcknowledgementQuerySet(KeyedQuerySet["Acknowledgement"]):
    """The questions that are asked about acknowledgements, named."""

    def standing(self, now: datetime) -> Self:
        """Those that are not over at that instant."""
        dated = Q(note__until_at=None) | Q(note__until_at__gt=now)
        return self.filter(dated, ended_at=None)


class Acknowledgement(models.Model):
    """That a note acknowledges what one deployment needs somebody for.

    cause: the fingerprint of its error, or its health
    """

    note = models.ForeignKey(Note, models.CASCADE, related_name="acknowledgements")
    account = models.CharField(max_length=100)
    deployment_id = models.CharField(max_length=256)
    cause = models.CharField(max_length=32)
    since_at = InstantField()
    ended_at = InstantField(null=True)

    objects = AcknowledgementQuerySet.as_manager()

    class Meta:
        """Asked for by deployment, of those that stand."""

        indexes = [models.Index(fields=["ended_at", "deployment_id"], name="acknowledged_deployment")]

    def __str__(self) -> str:
        return f"{self.deployment_id}: {self.cause}"

    @property
    def key(self) -> Key:
        """The deployment it is about."""
        return self.account, self.deployment_id
