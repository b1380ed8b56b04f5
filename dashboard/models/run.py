"""A run: one firing of a deployment, and the one place that says what became of it."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from django.db import models
from django.db.models import Q
from django.utils import timezone

from dashboard.domain.agent_versions import VersionedRun
from dashboard.domain.record_reading import stored_attempt, stored_run
from dashboard.domain.record_text import indented
from dashboard.domain.records import RunRecord
from dashboard.domain.retries import Try
from dashboard.domain.states import Outcome, RunTime
from dashboard.domain.text import telling_line
from dashboard.domain.tokens import mask_tokens
from dashboard.models.instants import InstantField
from dashboard.models.names import NameField
from dashboard.models.packed_text import PackedTextField
from dashboard.models.run_queries import FAILED, UNDATED, WITH_ERROR, RunQuerySet


class Run(models.Model):
    """One run, as last read."""

    account = models.CharField(max_length=100)
    run_id = models.CharField(max_length=256)
    deployment_id = NameField(max_length=256)
    agent_id = NameField(max_length=256)
    agent_version = models.BigIntegerField(null=True)
    status = models.CharField(max_length=100)
    status_reported = models.BooleanField(help_text="the API itself reports the outcome")
    open = models.BooleanField(help_text="it may still change")
    trigger_type = models.CharField(max_length=100)
    at = InstantField(help_text="when it was triggered, or created where no trigger is reported")
    time = models.CharField(
        max_length=20, default=RunTime.KNOWN, help_text="whether that is known; where not, it is 1970"
    )
    first_read_at = InstantField(
        default=timezone.now, help_text="when it was seen first: no run can have begun after that"
    )
    outcome_read_at = InstantField(
        null=True, help_text="when its outcome was first read; null where that was with it, or it has none"
    )
    duration_ms = models.BigIntegerField(null=True)
    session_id = models.CharField(max_length=256)
    has_error = models.BooleanField()
    error_type = models.CharField(max_length=256)
    error_message = models.CharField(max_length=2000, help_text="its beginning; the record has all of it")
    fingerprint = models.CharField(  # noqa: DJ001 - an index leaves out what is null, and most runs do not fail
        max_length=16, null=True, help_text="what kind of failure it is; null unless it failed"
    )
    gone_at = InstantField(null=True, help_text="when the API was seen to list it no more")
    record_json = PackedTextField(help_text="the API's object, canonical JSON")

    objects = RunQuerySet.as_manager()

    late_s: float | None  # what `with_lateness` adds

    class Meta:
        """Every order and filter of the lists has its index; ties within one instant are few."""

        constraints = [models.UniqueConstraint(fields=["account", "run_id"], name="run_once")]
        indexes = [
            models.Index(fields=["at"], name="run_at"),
            models.Index(fields=["status", "at"], name="run_status_at"),
            models.Index(fields=["account", "at"], name="run_account_at"),
            models.Index(fields=["deployment_id", "at", "account"], name="run_deployment_at"),
            models.Index(
                fields=["deployment_id", "status", "at", "account"], name="run_deployment_status_at"
            ),
            models.Index(fields=["agent_id", "at"], name="run_agent_at"),
            # By its beginning, whatever the database's order of letters is. See also `run_search_index`.
            models.Index(fields=["session_id"], name="run_session", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["trigger_type", "at"], name="run_trigger_at"),
            models.Index(fields=["duration_ms"], name="run_duration"),
            models.Index(fields=["status", "duration_ms"], name="run_status_duration"),
            models.Index(fields=["at"], name="run_with_error_at", condition=WITH_ERROR),
            models.Index(fields=["error_type", "at"], name="run_error_at", condition=WITH_ERROR),
            # Of one deployment or agent: a few of the many runs that each of both filters leaves.
            models.Index(fields=["deployment_id", "at"], name="run_deployment_error", condition=WITH_ERROR),
            models.Index(fields=["agent_id", "at"], name="run_agent_error", condition=WITH_ERROR),
            models.Index(fields=["at", "account"], name="run_unfinished_at", condition=Q(open=True)),
            models.Index(fields=["deployment_id", "time"], name="run_undated", condition=UNDATED),
            models.Index(
                # Groups are counted in the index alone.
                fields=["fingerprint", "at", "account", "deployment_id", "agent_id", "agent_version"],
                name="run_fingerprint_at",
                condition=FAILED,
            ),
        ]

    def __str__(self) -> str:
        return self.run_id

    @cached_property
    def record(self) -> RunRecord:
        """The API's object; what has no column is read from it."""
        return stored_run(self.record_json, self.run_id)

    @property
    def record_text(self) -> str:
        """The API's object as a page shows it."""
        return indented(self.record_json)

    @property
    def dated(self) -> bool:
        """Whether its time is known."""
        return self.time == RunTime.KNOWN

    @property
    def live(self) -> bool:
        """Whether it may still change, and is still listed."""
        return self.open and self.gone_at is None

    @property
    def unreported(self) -> bool:
        """Whether it is over, by a record that reports no outcome, but at most that it did not start."""
        return self.status == Outcome.STARTED or (self.status == Outcome.FAILED and not self.status_reported)

    @property
    def error_line(self) -> str:
        """The line of its error that says what went wrong, without tokens."""
        return mask_tokens(telling_line(self.error_message))

    @cached_property
    def as_try(self) -> Try:
        """The run as the rules of retries see it."""
        attempt = stored_attempt(
            self.record_json
        )  # of hundreds of runs: the rest of a record takes far longer
        return Try(self.run_id, self.at, self.status, self.trigger_type, attempt)

    @property
    def versioned(self) -> VersionedRun:
        """The run as the rules of versions see it; an outcome that is not reported is not known."""
        rated = self.status in Outcome.RATED and not self.unreported
        failed = self.status == Outcome.FAILED if rated else None
        return VersionedRun(self.at, self.agent_version, failed, self.agent_id)

    def in_progress_at(self, moment: datetime) -> bool:
        """Whether it had been triggered and was not over then; False also where its end is not known."""
        over = self.record.completed_at or self.gone_at
        return self.at <= moment and (over > moment if over else self.open)
