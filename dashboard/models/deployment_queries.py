"""The questions that are asked about deployments, and the one rule that decides their health."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, Value, When

from dashboard.domain.cron import Schedule
from dashboard.domain.metadata import METADATA, no_value
from dashboard.domain.states import DeploymentStatus, Health, Outcome, PausedReason
from dashboard.domain.thresholds import BLOCKED_AFTER, ON_TIME
from dashboard.domain.times import before
from dashboard.filters import Query
from dashboard.models.feed import Feed, Gap
from dashboard.models.keys import Key
from dashboard.models.metadata_value import MetadataValue
from dashboard.models.note import Acknowledgement

if TYPE_CHECKING:
    from dashboard.models.deployment import Deployment  # noqa: F401 - a type argument below


_RAN_AT_NO_KNOWN_TIME = Q(runs_ahead__gt=0) | Q(runs_without_time__gt=0)


def health_cases(now: datetime) -> tuple[tuple[str, Q], ...]:
    """The rule: the first case that holds at `now` is the health of a deployment.

    What has failed, is paused or archived shows as soon as it is read. The rest is judged once the account
    has been read completely, and that nothing ran only where all has been read in which a run could be.
    """
    return (
        (Health.ARCHIVED, Q(archived_at__isnull=False) | Q(gone_at__isnull=False)),
        (Health.PAUSED_BY_ERROR, Q(status=DeploymentStatus.PAUSED, paused_reason=PausedReason.ERROR)),
        (Health.PAUSED, Q(status=DeploymentStatus.PAUSED)),
        (Health.UNKNOWN, ~Q(status=DeploymentStatus.ACTIVE)),
        (Health.FAILING, Q(streak__gt=0)),
        (Health.UNREAD, Q(Exists(Feed.objects.filter(account=OuterRef("account"), succeeded_at=None)))),
        (Health.MISSED, Q(missed_at__isnull=False) & ~Q(last_success_at__gt=F("missed_at"))),
        (Health.SILENT, Q(silent_at__lte=now) & _all_read_since("silent_since")),
        (Health.BLOCKED, Q(skipped_count__gte=BLOCKED_AFTER)),
        (Health.STUCK, Q(stuck_at__lte=now)),
        (Health.LATE, Q(due_at__lt=before(now, ON_TIME))),
        (Health.SLOW, Q(slow_at__lte=now)),
        (Health.UNKNOWN, Q(unseen_at__isnull=False) & ~Q(last_run_at__gt=F("unseen_at"))),
        (Health.UNKNOWN, Q(last_run_at__isnull=True) & _RAN_AT_NO_KNOWN_TIME),
        (Health.NEVER_RAN, Q(last_run_at__isnull=True) & _all_read_since("created_at")),
        (Health.UNREAD, Q(last_run_at__isnull=True) | Q(silent_at__lte=now)),
        (Health.OUTCOME_UNKNOWN, ~Q(last_outcome__in=("", *Outcome.RATED))),
    )


def health_is(*healths: str) -> Q:
    """Whether the health of a deployment is one of these, as a part of a condition."""
    return Q(health_rank__in=[Health.ORDER.index(health) for health in healths])


def _all_read_since(column: str) -> Q:
    """Whether every run since the instant in a column of the deployment has been read."""
    # A gap that has been read down to its end stays until the next cycle: nothing is missing in it.
    unread = Gap.objects.filter(account=OuterRef("account"), from_at__gt=F("until_at"))
    return ~Q(Exists(unread.filter(from_at__gt=OuterRef(column))))


def _value_of(key: str) -> Subquery:
    """The value of a key of a deployment's metadata."""
    mine = MetadataValue.objects.filter(key=key).of_outer_deployment()
    return Subquery(mine.values("value")[:1])


class DeploymentQuerySet(models.QuerySet["Deployment"]):
    """The questions that are asked about deployments, named."""

    def matching(self, query: Query) -> Self:
        """Those that a query of the list of deployments means, in no order."""
        rows = self
        archived_too = query.one("include_archived") == "true" or query.many("deployment_id")
        if not archived_too and Health.ARCHIVED not in query.many("health"):
            rows = rows.current()
        for parameter in ("account", "deployment_id", "status", "agent_id", "environment_id"):
            if values := query.many(parameter):
                rows = rows.filter(**{f"{parameter}__in": values})
        if healths := query.many("health"):
            rows = rows.of_health(*healths)
        if cadences := query.many("schedule"):
            rows = rows.firing(cadences)
        if frequent := query.one("frequent"):
            rows = rows.firing_frequently(frequent == "true")
        rows = rows.belonging(query)
        text = query.one("q")
        return rows.containing(text) if text else rows

    def belonging(self, query: Query) -> Self:
        """Those whose metadata is what a query asks for."""
        rows = self
        for name, values in query.values.items():
            if name.startswith(METADATA):
                rows = rows.with_metadata(name.removeprefix(METADATA), values)
        return rows

    def with_metadata(self, key: str, values: Collection[str]) -> Self:
        """Whose metadata has one of these values; the word for none stands for those without that key."""
        of_key = MetadataValue.objects.filter(key=key).of_outer_deployment()
        rule = Q(Exists(of_key.filter(value__in=values)))
        return self.filter(rule | ~Q(Exists(of_key)) if no_value(key) in values else rule)

    def with_group_value(self, key: str) -> Self:
        """Each with the value of that key of its metadata, as `group_value`; null where it has none."""
        return self.annotate(group_value=_value_of(key))

    def numbers_by_group(self, key: str) -> list[tuple[str | None, int, int]]:
        """How many there are of each value of that key and each health, by its place in `Health.ORDER`."""
        rows = self.order_by().annotate(group_value=_value_of(key))
        return list(rows.values_list("group_value", "health_rank").annotate(n=Count("pk")))

    def listed_keys(self) -> list[Key]:
        """What tells each of them from every other deployment."""
        return list(self.values_list("account", "deployment_id"))

    def judged_otherwise(self, at: datetime, now: datetime | None = None) -> Self:
        """Those whose stored health is not what the rule gives at that instant, or that were never judged.

        Each with `rank_by_rule`, the place in `Health.ORDER` that the rule gives. Where `now` is given, also
        those whose health began later than that: the clock was set back.
        """
        rank = {health: Value(place) for place, health in enumerate(Health.ORDER)}
        by_rule = Case(
            *(When(rule, then=rank[health]) for health, rule in health_cases(at)),
            default=rank[Health.OK],
            output_field=models.IntegerField(),
        )
        rows = self.annotate(rank_by_rule=by_rule)
        to_come = Q(health_since__gt=now) if now else Q()
        return rows.filter(~Q(rank_by_rule=F("health_rank")) | Q(health_since=None) | to_come)

    def of_health(self, *healths: str) -> Self:
        """Those with one of these healths."""
        return self.filter(health_is(*healths))

    def with_acknowledged(self, now: datetime) -> Self:
        """Each with `acknowledged`: whether somebody has acknowledged what it needs somebody for."""
        standing = Acknowledgement.objects.standing(now).of_outer_deployment()
        return self.annotate(acknowledged=Exists(standing))

    def health_counts(self) -> dict[str, int]:
        """How many there are of each health, worst first."""
        counts = dict(self.order_by().values_list(F("health_rank")).annotate(n=Count("pk")))
        return {health: counts[place] for place, health in enumerate(Health.ORDER) if place in counts}

    def current(self) -> Self:
        """Without those that are archived or have left the API."""
        return self.filter(archived_at__isnull=True, gone_at__isnull=True)

    def firing(self, cadences: Collection[str]) -> Self:
        """Whose schedule has any of these cadences, words of `CADENCES`."""
        return self.filter(reduce(or_, (CADENCES[word] for word in cadences)))

    def firing_frequently(self, frequent: bool) -> Self:
        """Whose expression fires too often to show each firing, or the others.

        Only a cron library can tell, so every expression there is gets read first.
        """
        expressions = self.model.objects.order_by().values_list("expression", flat=True).distinct()
        rule = Q(expression__in=[text for text in expressions if Schedule(text, "").frequent])
        return self.filter(rule if frequent else ~rule)

    def containing(self, text: str) -> Self:
        """With that text in the id or the name."""
        return self.filter(Q(deployment_id__contains=text) | Q(name__icontains=text))


_UNSCHEDULED = Q(expression="", next_run_at__isnull=True)  # a schedule of another type than cron has promises
# How often a schedule fires, by the shortest distance of two promised instants, in seconds.
CADENCES = {
    "minutes": Q(cadence_s__lt=3_600),
    "hours": Q(cadence_s__gte=3_600, cadence_s__lt=86_400),
    "daily": Q(cadence_s__gte=86_400, cadence_s__lt=604_800),
    "weekly": Q(cadence_s__gte=604_800, cadence_s__lt=2_419_200),
    "rarely": Q(cadence_s__gte=2_419_200) | Q(cadence_s__isnull=True) & ~_UNSCHEDULED,
    "manual": Q(cadence_s__isnull=True) & _UNSCHEDULED,
}
