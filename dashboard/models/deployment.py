"""A deployment as it was last read, and what its runs add up to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property

from django.db import models

from dashboard.domain import metadata
from dashboard.domain.record_reading import stored_deployment, stored_promises
from dashboard.domain.record_text import indented
from dashboard.domain.records import DeploymentRecord
from dashboard.domain.states import DeploymentStatus, Health
from dashboard.models.deployment_queries import DeploymentQuerySet
from dashboard.models.instants import InstantField
from dashboard.models.keys import Key


class Deployment(models.Model):
    """One deployment as last read, and what its runs add up to.

    next_run_at: the next promised instant; null where nothing will fire
    cadence_s: the shortest distance of two promised instants, in seconds
    last_outcome: the outcome of its newest run that is over; skipped ones, which did nothing, apart
    last_started_at: the newest run of which it is known that it started, and not how it ended
    streak: failures since a run completed, without failures to start that a later start refutes
    open_since: the unfinished run that will be stuck first; running_since: the oldest that runs
    stuck_at: when that one will have run for longer than it may, or waited for longer than it should
    usual_ms: the median duration of its latest completed runs; usual_of: of how many
    last_ms: the duration of the latest of them
    slow_at: from when on its newest run counts as slow, whether that still goes on or has completed
    due_at: the earliest slot that is not settled
    missed_at: the first slot that was missed since a run met one, or since the last success
    missed_count: how many were missed since then
    unseen_at: the last settled slot, where nobody was looking
    silent_since: its newest run, or since when it could have had one; silent_at: from when on that is silence
    skipped_since: the first run skipped since a run that was not was over, while none is in progress
    skipped_count: how many were skipped since then
    runs_ahead: how many of its runs are dated after they were read; runs_without_time: have no time that is
    understood. Nothing else here is made of these
    health_rank: the place in `Health.ORDER` of its health, as the sync judged it last; health_since: since
    when it has been that, as far as anybody read; null until it is judged
    """

    account = models.CharField(max_length=100)
    deployment_id = models.CharField(max_length=256)
    name = models.CharField(max_length=512)
    status = models.CharField(max_length=100)
    paused_reason = models.CharField(max_length=100)
    created_at = InstantField(null=True)
    updated_at = InstantField(null=True)
    archived_at = InstantField(null=True)
    gone_at = InstantField(null=True, help_text="when the API was seen to list it no more")
    agent_id = models.CharField(max_length=256)
    agent_version = models.BigIntegerField(null=True)
    environment_id = models.CharField(max_length=256)
    expression = models.CharField(max_length=256)
    timezone = models.CharField(max_length=100)
    cadence_s = models.BigIntegerField(null=True)
    next_run_at = InstantField(null=True)
    timeout_ms = models.BigIntegerField(null=True)
    total_runs = models.BigIntegerField(null=True)
    total_failures = models.BigIntegerField(null=True)
    record_json = models.TextField(help_text="the API's object, canonical JSON")

    last_run_at = InstantField(null=True)
    last_run_status = models.CharField(max_length=100, default="")
    last_outcome = models.CharField(max_length=100, default="")
    last_started_at = InstantField(null=True)
    last_success_at = InstantField(null=True)
    last_failure_at = InstantField(null=True)
    last_failure_id = models.CharField(max_length=256, default="")
    last_error_type = models.CharField(max_length=256, default="")
    last_error_message = models.CharField(max_length=2000, default="")
    streak = models.IntegerField(default=0)
    failing_since = InstantField(null=True)
    open_since = InstantField(null=True)
    running_since = InstantField(null=True)
    stuck_at = InstantField(null=True)
    usual_ms = models.BigIntegerField(null=True)
    usual_of = models.IntegerField(default=0)
    last_ms = models.BigIntegerField(null=True)
    slow_at = InstantField(null=True)
    due_at = InstantField(null=True)
    missed_at = InstantField(null=True)
    missed_count = models.IntegerField(default=0)
    unseen_at = InstantField(null=True)
    silent_since = InstantField(null=True)
    silent_at = InstantField(null=True)
    skipped_since = InstantField(null=True)
    skipped_count = models.IntegerField(default=0)
    runs_ahead = models.IntegerField(default=0)
    runs_without_time = models.IntegerField(default=0)
    health_rank = models.PositiveSmallIntegerField(default=Health.ORDER.index(Health.UNREAD))
    health_since = InstantField(null=True)

    objects = DeploymentQuerySet.as_manager()

    class Meta:
        """One row for each deployment of an account; few enough that a sort needs no index.

        Healths are counted for every page, in the index alone.
        """

        constraints = [models.UniqueConstraint(fields=["account", "deployment_id"], name="deployment_once")]
        indexes = [
            models.Index(fields=["deployment_id"], name="deployment_id"),
            models.Index(fields=["agent_id"], name="deployment_agent"),
            models.Index(fields=["account", "health_rank"], name="deployment_health"),
        ]

    def __str__(self) -> str:
        return self.name or self.deployment_id

    @property
    def health(self) -> str:
        """Its health, as the sync judged it last."""
        return Health.ORDER[self.health_rank]

    @property
    def key(self) -> Key:
        """What tells it from every other one."""
        return self.account, self.deployment_id

    @cached_property
    def record(self) -> DeploymentRecord:
        """The API's object; what has no column is read from it."""
        return stored_deployment(self.record_json, self.deployment_id)

    def own_values(self, keys: tuple[str, ...]) -> Mapping[str, str]:
        """What its own metadata has for each of these keys, of those that have a value."""
        return metadata.values(self.record_json, keys)

    @property
    def record_text(self) -> str:
        """The API's object as a page shows it."""
        return indented(self.record_json)

    @property
    def fires(self) -> bool:
        """Whether it fires at all: active, not archived, and still listed."""
        return self.status == DeploymentStatus.ACTIVE and self.archived_at is None and self.gone_at is None

    @cached_property
    def promises(self) -> list[datetime]:
        """The instants that the API promises now, in order, each once; none when it will not fire."""
        # The first and the last year of the calendar have days that some zones cannot express.
        return [at for at in stored_promises(self.record_json) if 1 < at.year < 9999] if self.fires else []

    def next_at(self, now: datetime) -> datetime | None:
        """The next promise that is still to come, or else the one that is due; None if it will not fire."""
        if self.next_run_at is None or self.next_run_at > now:
            return self.next_run_at
        return next((at for at in self.record.upcoming_runs_at if at > now), self.next_run_at)

    @property
    def paused_since(self) -> datetime | None:
        """Since when it has been paused, at the latest: when it was last changed. The API reports no more."""
        return self.updated_at if self.status == DeploymentStatus.PAUSED else None
