"""The ledger: every instant that was promised, and what became of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import F, Func, Q

from dashboard.domain.slots import Promise
from dashboard.domain.states import SlotOutcome
from dashboard.domain.thresholds import UNKNOWN_GAP
from dashboard.models.instants import InstantField
from dashboard.models.keys import Key, KeyedQuerySet
from dashboard.models.names import NameField

# What a strip shows of slots beside the runs that came for them.
_SHOWN = (*SlotOutcome.UNMET, SlotOutcome.LATE)


class _Shown(Func):
    """Whether a slot has one of those outcomes, in the very words of its index: SQLite wants those."""

    template = f"%(expressions)s IN ({', '.join(repr(str(outcome)) for outcome in _SHOWN)})"
    output_field = models.BooleanField()


class SlotQuerySet(KeyedQuerySet["Slot"]):
    """The questions that are asked about slots, named."""

    def shown(self) -> Self:
        """Those that were missed, that nobody watched, or that a run came late for."""
        return self.filter(_Shown(F("outcome")))

    def met_by(self, account: str, run_id: str) -> Self:
        """The slot that a run met, if it met one."""
        return self.met_by_any([run_id]).filter(account=account)

    def met_by_any(self, run_ids: Collection[str]) -> Self:
        """The slots that any of those runs met, of whichever account."""
        # Saying that the id is not empty lets the database use the index of those that are not.
        return self.filter(run_id__in=run_ids).exclude(run_id="")


class Slot(models.Model):
    """A promised instant of one deployment, kept once it has been seen.

    gap_s: the shortest distance of two instants promised together with it
    reason: why it was withdrawn; moved_to: what was promised in its place
    revised_from: what it was settled as before a run showed up late
    """

    account = models.CharField(max_length=100)
    deployment_id = NameField(max_length=256)
    at = InstantField()
    gap_s = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=20, default=SlotOutcome.DUE)
    reason = models.CharField(max_length=20, blank=True)
    moved_to = InstantField(null=True)
    run_id = models.CharField(max_length=256, blank=True)
    late_s = models.FloatField(default=0)
    revised_from = models.CharField(max_length=20, blank=True)
    seen_at = InstantField()
    settled_at = InstantField(null=True)

    objects = SlotQuerySet.as_manager()

    class Meta:
        """Asked for by time, by deployment, and by what is not settled yet."""

        constraints = [models.UniqueConstraint(fields=["account", "deployment_id", "at"], name="slot_once")]
        indexes = [
            models.Index(fields=["at"], name="slot_at"),
            models.Index(fields=["deployment_id", "at"], name="slot_deployment_at"),
            models.Index(fields=["outcome", "at"], name="slot_outcome_at"),
            models.Index(
                fields=["account", "deployment_id", "at"],
                name="slot_shown_at",
                condition=Q(outcome__in=_SHOWN),
            ),
            models.Index(fields=["run_id"], name="slot_run", condition=~Q(run_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.deployment_id} at {self.at}: {self.outcome}"

    @property
    def key(self) -> Key:
        """The deployment it belongs to."""
        return self.account, self.deployment_id

    @property
    def promise(self) -> Promise:
        """The slot as the rules see it."""
        return Promise(self.at, UNKNOWN_GAP if self.gap_s is None else timedelta(seconds=self.gap_s))


class SlotTotalQuerySet(KeyedQuerySet["SlotTotal"]):
    """The questions that are asked about totals of slots, named."""


class SlotTotal(models.Model):
    """How many slots of one deployment were ever settled with one outcome; kept when the slots are deleted.

    settled: how often a slot became that; revised: how often one that was that became something else after
    all. Neither ever falls; what stands is the one less the other.
    """

    account = models.CharField(max_length=100)
    deployment_id = NameField(max_length=256)
    outcome = models.CharField(max_length=20)
    settled = models.BigIntegerField(default=0)
    revised = models.BigIntegerField(default=0)

    objects = SlotTotalQuerySet.as_manager()

    class Meta:
        """One row for each deployment and outcome."""

        constraints = [
            models.UniqueConstraint(fields=["account", "deployment_id", "outcome"], name="slot_total_once")
        ]

    def __str__(self) -> str:
        return f"{self.settled} {self.outcome} of {self.deployment_id}, {self.revised} of them revised"


class Watch(models.Model):
    """A span in which the API was read without a gap: what is missing then did not happen."""

    account = models.CharField(max_length=100)
    since = InstantField()
    until = InstantField()

    class Meta:
        """The newest is extended by each cycle."""

        indexes = [models.Index(fields=["account", "until"], name="watch_account_until")]

    def __str__(self) -> str:
        return f"{self.account}: {self.since} to {self.until}"
