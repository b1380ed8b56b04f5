"""A run: one firing of a deployment, and the one place that says what became of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.lookups import GreaterThan
from django.utils import timezone

from dashboard.domain.agent_versions import VersionedRun
from dashboard.domain.record_reading import stored_attempt, stored_run
from dashboard.domain.record_text import indented
from dashboard.domain.records import RunRecord
from dashboard.domain.retries import Try
from dashboard.domain.states import Outcome, RunTime
from dashboard.domain.text import first_line
from dashboard.domain.tokens import mask_tokens
from dashboard.filters import NO_DEPLOYMENT, NO_ERROR_TYPE, Query, timespans
from dashboard.models.deployment import Deployment
from dashboard.models.keys import Key, KeyedQuerySet
from dashboard.models.packed_text import PackedTextField
from dashboard.models.run_search import Hits, find
from dashboard.models.slot import Slot
from dashboard.models.unindexed import Unindexed

_FAILED = Q(fingerprint__isnull=False)
_UNDATED = ~Q(time=RunTime.KNOWN)
# Where runs stand whose time is not known: below all others, in no span that anybody asks for.
UNDATED_AT = datetime(1970, 1, 1, tzinfo=UTC)
FAILED_TO_START = Q(status=Outcome.FAILED, status_reported=False, session_id="")

_EQUAL = {  # the parameters that rows have to equal, and in which column
    **{name: name for name in ("account", "deployment_id", "status", "trigger_type", "agent_id")},
    "error": "error_type",
    "fingerprint": "fingerprint",
}
_NONE = {"deployment_id": NO_DEPLOYMENT, "error": NO_ERROR_TYPE}  # what stands for an empty column
_ERROR = Q(has_error=True)


class _Counted(Subquery):
    """The number of rows of a query, as a column; what the query is cut to bounds the counting."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = models.IntegerField()
    empty_result_set_value = 0


class RunQuerySet(KeyedQuerySet["Run"]):
    """The questions that are asked about runs, named."""

    own_account = Unindexed(F("account"))  # the index of the deployment is the one to use

    def matching(
        self,
        query: Query,
        now: datetime,
        hits: Hits | None = None,
    ) -> Self:
        """Those that a query means, whichever list it asks, in no order.

        now: what relative times are resolved against
        hits: what its text means, where that is known already
        """
        rows = self.filter(
            **{
                f"{column}__in": values
                for name, column in _EQUAL.items()
                if (values := column_values(query, name))
            }
        )
        if query.deployments:
            deployments = Deployment.objects.matching(query.deployments)
            rows = rows.for_deployments(deployments.listed_keys())
        if errors := query.many("error"):
            # As the index of error types has it, but for failures without any error.
            rows = rows.filter(_ERROR if NO_ERROR_TYPE not in errors else _ERROR | _FAILED)
        if text := query.one("q"):
            rows = rows.hit_by(hits or self.find(text))
        if has_error := query.one("has_error"):
            rows = rows.filter(has_error=has_error == "true")
        if shortest := query.one("min_duration"):
            rows = rows.filter(duration_ms__gte=timespans.length(shortest) / timedelta(milliseconds=1))
        if times := query.many("time"):
            rows = rows.with_time(times)
        since, until = query.one("since"), query.one("until")
        return rows.within(
            timespans.since(since, now) if since else None, timespans.until(until, now) if until else None
        )

    def find(self, text: str) -> Hits:
        """What a text that is searched for means among all runs."""
        return find(text, self.model.objects.all())

    def for_deployment(self, deployment: Deployment) -> Self:
        """Those of one deployment."""
        return self.for_deployments([deployment.key])

    def count_by_status(
        self, statuses: Collection[str], up_to: int, beside: Mapping[str, RunQuerySet] | None = None
    ) -> dict[str, int]:
        """How many there are of each of these statuses, in one query; counting stops at `up_to`.

        beside: other runs to count in the same query, by a name of their own
        """
        asked = {status: self.filter(status=status) for status in statuses} | dict(beside or {})
        columns = {
            f"n{place}": _Counted(runs.order_by().values("pk")[:up_to])
            for place, runs in enumerate(asked.values())
        }
        # Asked beside any one row: where there is no run at all, there is none to count either.
        numbers = self.model.objects.annotate(**columns).values_list(*columns)[:1] if columns else []
        return dict(zip(asked, next(iter(numbers), (0,) * len(columns)), strict=True))

    def with_lateness(self) -> Self:
        """Each with by how many seconds it came after the slot that it met, as `late_s`; None for no slot."""
        mine = Slot.objects.filter(account=OuterRef("account"), run_id=OuterRef("run_id"))
        met = mine.exclude(run_id="")  # so that the index of those that were met is used
        return self.annotate(late_s=Subquery(met.values("late_s")[:1]))

    def tries(self) -> Iterator[tuple[Key, Try]]:
        """Each with its deployment, as the rules of retries see it; nothing else of a run is read."""
        columns = ("account", "deployment_id", "run_id", "at", "status", "trigger_type", "record_json")
        for account, deployment_id, run_id, at, status, trigger, record_json in self.values_list(*columns):
            yield (account, deployment_id), Try(run_id, at, status, trigger, stored_attempt(record_json))

    def newest_first(self) -> Self:
        """In the one total order of runs, newest at the top."""
        return self.order_by("-at", "-run_id", "-id")

    def dated(self) -> Self:
        """Those whose time is known."""
        # All are above it: there is nothing to look for in the index.
        return self.filter(GreaterThan(Unindexed(F("at")), UNDATED_AT))

    def undated(self) -> Self:
        """Those whose time is not known: they are not last, not recent, in no span and no sum."""
        return self.filter(_UNDATED)

    def with_time(self, times: Collection[str]) -> Self:
        """Those of whose time any of these is known, words of `RunTime`."""
        if RunTime.KNOWN not in times:
            # Saying that it is not known lets the database use the index of those.
            return self.undated().filter(time__in=times)
        if set(times) == {RunTime.KNOWN}:
            return self.filter(at__gt=UNDATED_AT)  # all of an index of times but its end
        return self.filter(Q(time__in=times))

    def count_by_time(self) -> dict[str, int]:
        """How many there are of each kind of time that is not known."""
        return dict(self.undated().order_by().values_list("time").annotate(n=models.Count("pk")))

    def oldest_first(self) -> Self:
        """The oldest at the top; those whose time is not known come last."""
        known = models.Case(models.When(time=RunTime.KNOWN, then=0), default=1)
        return self.order_by(known, "at", "run_id", "id")

    def within(self, since: datetime | None, until: datetime | None) -> Self:
        """Triggered at or after `since` and before `until`; without either, all of them."""
        bounds = Q()
        if since and since > UNDATED_AT:
            bounds &= Q(at__gte=since)
        elif since or until:
            bounds &= Q(at__gt=UNDATED_AT)  # one lower bound: of two SQLite takes the first that is written
        if until:
            bounds &= Q(at__lt=until)
        return self.filter(bounds)

    def hit_by(self, hits: Hits) -> Self:
        """Those that a text means."""
        return (
            self.filter(hits.own) | self.for_deployments(hits.whose) if hits.whose else self.filter(hits.own)
        )

    def beside(self, run: Run) -> Self:
        """The other runs of its deployment, in whose order it has a place.

        None where it names no deployment, or its time is not known.
        """
        others = self.for_deployments([(run.account, run.deployment_id)]).exclude(pk=run.pk)
        return others.dated() if run.deployment_id and run.dated else others.none()

    def before(self, run: Run) -> Self:
        """Those that come before a run in the order of runs, newest first."""
        return self.filter(Q(at__lt=run.at) | Q(run_id__lt=run.run_id), at__lte=run.at).newest_first()

    def after(self, run: Run) -> Self:
        """Those that come after a run in the order of runs, oldest first."""
        return self.filter(Q(at__gt=run.at) | Q(run_id__gt=run.run_id), at__gte=run.at).order_by(
            "at", "run_id", "id"
        )

    def failed(self) -> Self:
        """Those that failed, each with its fingerprint."""
        return self.filter(_FAILED)

    def open(self, account: str) -> Self:
        """Those of an account that may still change, found by their own index and not by their account's."""
        return self.of_account(account).filter(open=True)


class Run(models.Model):
    """One run, as last read."""

    account = models.CharField(max_length=100)
    run_id = models.CharField(max_length=256)
    deployment_id = models.CharField(max_length=256)
    agent_id = models.CharField(max_length=256)
    agent_version = models.BigIntegerField(null=True)
    status = models.CharField(max_length=100)
    status_reported = models.BooleanField(help_text="the API itself reports the outcome")
    open = models.BooleanField(help_text="it may still change")
    trigger_type = models.CharField(max_length=100)
    at = models.DateTimeField(help_text="when it was triggered, or created where no trigger is reported")
    time = models.CharField(
        max_length=20, default=RunTime.KNOWN, help_text="whether that is known; where not, it is 1970"
    )
    first_read_at = models.DateTimeField(
        default=timezone.now, help_text="when it was seen first: no run can have begun after that"
    )
    duration_ms = models.BigIntegerField(null=True)
    session_id = models.CharField(max_length=256)
    has_error = models.BooleanField()
    error_type = models.CharField(max_length=256)
    error_message = models.CharField(max_length=2000, help_text="its beginning; the record has all of it")
    fingerprint = models.CharField(  # noqa: DJ001 - an index leaves out what is null, and most runs do not fail
        max_length=16, null=True, help_text="what kind of failure it is; null unless it failed"
    )
    gone_at = models.DateTimeField(null=True, help_text="when the API was seen to list it no more")
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
            models.Index(fields=["at"], name="run_with_error_at", condition=Q(has_error=True)),
            models.Index(fields=["error_type", "at"], name="run_error_at", condition=Q(has_error=True)),
            models.Index(fields=["at", "account"], name="run_unfinished_at", condition=Q(open=True)),
            models.Index(fields=["deployment_id", "time"], name="run_undated", condition=_UNDATED),
            models.Index(
                # Groups are counted in the index alone.
                fields=["fingerprint", "at", "account", "deployment_id", "agent_id", "agent_version"],
                name="run_fingerprint_at",
                condition=_FAILED,
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
        """The first line of its error, without tokens."""
        return mask_tokens(first_line(self.error_message))

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
        return VersionedRun(self.at, self.agent_version, self.status == Outcome.FAILED if rated else None)

    def in_progress_at(self, moment: datetime) -> bool:
        """Whether it had been triggered and was not over then; False also where its end is not known."""
        over = self.record.completed_at or self.gone_at
        return self.at <= moment and (over > moment if over else self.open)


def column_values(query: Query, name: str) -> list[str]:
    """What a column may equal, of a parameter."""
    return ["" if value == _NONE.get(name) else value for value in query.many(name)]
