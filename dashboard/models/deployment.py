"""A deployment, and the one place that decides its health."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cached_property, reduce
from operator import or_
from typing import Any, Self

from django.db import models
from django.db.models import Case, Count, F, Q, Value, When

from dashboard.domain.states import Health
from dashboard.domain.thresholds import ON_TIME
from dashboard.domain.times import instants

Key = tuple[str, str]  # an account, and the id of a deployment, which is known only within it


def q_of_keys(keys: Iterable[Key]) -> Q:
    """What belongs to one of those deployments: runs, slots, tallies; nothing where there are none."""
    ids: dict[str, list[str]] = defaultdict(list)
    for account, deployment_id in keys:
        ids[account].append(deployment_id)
    return reduce(or_, (Q(account=account, deployment_id__in=ids[account]) for account in ids), Q(pk__in=[]))


def health_cases(now: datetime) -> tuple[tuple[str, Q], ...]:
    """The rule: the first case that holds at `now` is the health of a deployment."""
    return (
        (Health.ARCHIVED, Q(archived_at__isnull=False) | Q(gone_at__isnull=False)),
        (Health.PAUSED_BY_ERROR, Q(status="paused", paused_reason="error")),
        (Health.PAUSED, Q(status="paused")),
        (Health.UNKNOWN, ~Q(status="active")),
        (Health.FAILING, Q(streak__gt=0)),
        (Health.MISSED, Q(missed_at__isnull=False) & ~Q(last_success_at__gt=F("missed_at"))),
        (Health.STUCK, Q(stuck_at__lte=now)),
        (Health.LATE, Q(due_at__lt=now - ON_TIME)),
        (Health.SLOW, Q(slow_at__lte=now)),
        (Health.UNKNOWN, Q(unseen_at__isnull=False) & ~Q(last_run_at__gt=F("unseen_at"))),
        (Health.NEVER_RAN, Q(last_run_at__isnull=True)),
    )


class DeploymentQuerySet(models.QuerySet["Deployment"]):
    """The questions that are asked about deployments, named."""

    def with_health(self, now: datetime, told: Mapping[str, datetime] | None = None) -> Self:
        """Each with its `health` at that instant and its `health_rank`, worst first from 0.

        told: accounts whose deployments are judged at another instant, because nothing is known since
        """
        cases: list[tuple[str, Q]] = []
        for account, at in (told or {}).items():
            cases += [(word, rule & Q(account=account)) for word, rule in health_cases(at)]
            cases += [(Health.OK, Q(account=account))]
        cases += health_cases(now)
        rank = {health: Value(position) for position, health in enumerate(Health.ORDER)}
        return self.annotate(
            health=Case(
                *(When(rule, then=Value(health)) for health, rule in cases),
                default=Value(Health.OK),
                output_field=models.CharField(),
            ),
            health_rank=Case(
                *(When(rule, then=rank[health]) for health, rule in cases),
                default=rank[Health.OK],
                output_field=models.IntegerField(),
            ),
        )

    def of_health(self, *healths: str) -> Self:
        """Those with one of these healths; ask after `with_health`."""
        return self.filter(Q(health__in=healths))

    def health_counts(self) -> dict[str, int]:
        """How many there are of each health, worst first; ask after `with_health`."""
        found = dict(self.order_by().values_list(F("health")).annotate(n=Count("pk")))
        return {health: found[health] for health in Health.ORDER if health in found}

    def current(self) -> Self:
        """Without those that are archived or have left the API."""
        return self.filter(archived_at__isnull=True, gone_at__isnull=True)

    def firing(self, often: Collection[str]) -> Self:
        """Whose schedule fires that often: any of the words of `CADENCES`."""
        return self.filter(reduce(or_, (CADENCES[word] for word in often)))

    def containing(self, text: str) -> Self:
        """With that text in the id or the name."""
        return self.filter(Q(deployment_id__contains=text) | Q(name__icontains=text))


# How often a schedule fires, by the shortest distance of two promised instants, in seconds.
CADENCES = {
    "minutes": Q(cadence_s__lt=3_600),
    "hours": Q(cadence_s__gte=3_600, cadence_s__lt=86_400),
    "daily": Q(cadence_s__gte=86_400, cadence_s__lt=604_800),
    "weekly": Q(cadence_s__gte=604_800, cadence_s__lt=2_419_200),
    "rarely": Q(cadence_s__gte=2_419_200) | Q(cadence_s__isnull=True) & ~Q(expression=""),
    "manual": Q(expression=""),
}


class Deployment(models.Model):
    """One deployment as last read, and what its runs add up to.

    next_run_at: the next promised instant; null where nothing will fire
    cadence_s: the shortest distance of two promised instants, in seconds
    streak: finished failures in a row; a completed run ends it, a skipped one changes nothing
    streak_cleared_at: the newest run that ended a streak
    open_since: the oldest run that has not finished
    stuck_at: when a run of it will have run for longer than it may, or waited for longer than it should
    usual_ms: the median duration of its latest completed runs
    last_ms: the duration of the latest of them
    slow_at: from when on its newest run counts as slow, whether that still goes on or has completed
    due_at: the earliest slot that is not settled
    missed_at, unseen_at: the last settled slot, where no run met it, or nobody was looking
    """

    account = models.CharField(max_length=100)
    deployment_id = models.CharField(max_length=256)
    name = models.CharField(max_length=512)
    status = models.CharField(max_length=100)
    paused_reason = models.CharField(max_length=100)
    created_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True, help_text="when the API was seen to list it no more")
    agent_id = models.CharField(max_length=256)
    agent_version = models.BigIntegerField(null=True)
    environment_id = models.CharField(max_length=256)
    expression = models.CharField(max_length=256)
    timezone = models.CharField(max_length=100)
    cadence_s = models.BigIntegerField(null=True)
    next_run_at = models.DateTimeField(null=True)
    timeout_ms = models.BigIntegerField(null=True)
    total_runs = models.BigIntegerField(null=True)
    total_failures = models.BigIntegerField(null=True)
    record = models.TextField(help_text="the API's object, canonical JSON")

    last_run_at = models.DateTimeField(null=True)
    last_run_status = models.CharField(max_length=100, default="")
    last_success_at = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    last_failure_id = models.CharField(max_length=256, default="")
    last_error_type = models.CharField(max_length=256, default="")
    last_error_message = models.CharField(max_length=2000, default="")
    streak = models.IntegerField(default=0)
    streak_cleared_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    open_since = models.DateTimeField(null=True)
    stuck_at = models.DateTimeField(null=True)
    usual_ms = models.BigIntegerField(null=True)
    last_ms = models.BigIntegerField(null=True)
    slow_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True)
    unseen_at = models.DateTimeField(null=True)
    runs_seen = models.BigIntegerField(default=0)
    failures_seen = models.BigIntegerField(default=0)

    objects = DeploymentQuerySet.as_manager()

    # What `with_health` adds.
    health: str
    health_rank: int

    class Meta:
        """One row for each deployment of an account; few enough that a sort needs no index."""

        constraints = [models.UniqueConstraint(fields=["account", "deployment_id"], name="deployment_once")]
        indexes = [
            models.Index(fields=["deployment_id"], name="deployment_id"),
            models.Index(fields=["agent_id"], name="deployment_agent"),
        ]

    def __str__(self) -> str:
        return self.name or self.deployment_id

    @property
    def key(self) -> Key:
        """What tells it from every other one."""
        return self.account, self.deployment_id

    @cached_property
    def payload(self) -> dict[str, Any]:
        """The API's object; what has no column is read from it."""
        found: dict[str, Any] = json.loads(self.record)
        return found

    @property
    def description(self) -> str:
        """What its author says of it."""
        description = self.payload.get("description")
        return description if isinstance(description, str) else ""

    @property
    def config(self) -> dict[str, Any]:
        """How its runs are started, as far as the API tells: `max_concurrent`, `max_retries` and such."""
        metadata = self.payload.get("metadata")
        cas = metadata.get("cas_config") if isinstance(metadata, dict) else None
        config = cas.get("config") if isinstance(cas, dict) else None
        known = config if isinstance(config, dict) else {}
        return known | ({"session_strategy": cas.get("session_strategy")} if isinstance(cas, dict) else {})

    @property
    def fires(self) -> bool:
        """Whether it fires at all: active, not archived, and still listed."""
        return self.status == "active" and self.archived_at is None and self.gone_at is None

    @cached_property
    def promised(self) -> tuple[datetime, ...]:
        """The instants that the API lists as its next runs, in order, also where it will not fire."""
        schedule = self.payload.get("schedule")
        return instants(schedule.get("upcoming_runs_at")) if isinstance(schedule, dict) else ()

    def next_at(self, now: datetime) -> datetime | None:
        """The next promise that is still to come, or else the one that is due; None if it will not fire."""
        if self.next_run_at is None:
            return None
        return next((at for at in self.promised if at > now), self.next_run_at)

    @property
    def paused_since(self) -> datetime | None:
        """Since when it has been paused, at the latest: when it was last changed. The API tells no more."""
        return self.updated_at if self.status == "paused" else None

    @property
    def pausing_error(self) -> str:
        """The type of the error that paused it, where the API tells."""
        reason = self.payload.get("paused_reason")
        error = reason.get("error") if isinstance(reason, dict) else None
        found = error.get("type") if isinstance(error, dict) else None
        return found if isinstance(found, str) else ""
