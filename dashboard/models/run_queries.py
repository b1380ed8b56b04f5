"""The questions that are asked about runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, In, LessThan

from dashboard.domain.record_reading import stored_attempt
from dashboard.domain.retries import Try
from dashboard.domain.states import OTHER_OUTCOMES, Outcome, RunTime
from dashboard.filters import NO_DEPLOYMENT, NO_ERROR_TYPE, Query, timespans
from dashboard.filters.cursors import Cursor
from dashboard.models.deployment import Deployment
from dashboard.models.instants import instant
from dashboard.models.keys import Key, KeyedQuerySet
from dashboard.models.run_search import Between, Hits, find
from dashboard.models.slot import Slot
from dashboard.models.unindexed import Unindexed

if TYPE_CHECKING:
    from dashboard.models.run import Run

FAILED = Q(fingerprint__isnull=False)
WITH_ERROR = Q(has_error=True)
UNDATED = ~Q(time=RunTime.KNOWN)
# Where runs stand whose time is not known: below all others, in no span that anybody asks for.
UNDATED_AT = datetime(1970, 1, 1, tzinfo=UTC)
FAILED_TO_START = Q(status=Outcome.FAILED, status_reported=False, session_id="")


def outcome_then(moment: datetime) -> Case:
    """The outcome of a run that had been read by an instant; empty while it was not known then."""
    return Case(When(outcome_known_by(moment), then=F("status")), default=Value(""))


def outcome_known_by(moment: datetime) -> Q:
    """Whether the outcome of a run that had been read by an instant had been as well."""
    return Q(open=False) & (Q(outcome_read_at=None) | Q(outcome_read_at__lte=moment))


_EQUAL = {  # the parameters that rows have to equal, and in which column
    **{name: name for name in ("account", "deployment_id", "status", "trigger_type", "agent_id")},
    "error": "error_type",
    "fingerprint": "fingerprint",
}
_SELECTIVE = {*_EQUAL} - {"account"}  # beside any other filter: nearly every run may be of one account
_IN_ACCOUNTS_ORDER = {"account", "sort", "limit", "retries"}
_NONE = {"deployment_id": NO_DEPLOYMENT, "error": NO_ERROR_TYPE}  # what stands for an empty column


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
        by: str | None = None,
        place: Cursor | None = None,
    ) -> Self:
        """Those that a query means, whichever list it asks, in no order.

        now: what relative times are resolved against
        hits: what its text means, where that is known already
        by: the one filter whose index is to be used, as `services/runs/leading.py` names it; empty for none
            of them, None for whichever the database takes
        place: where a page of these begins, which is itself a bound of their time
        """
        chosen = _indexed(query, by)
        rows = self.filter(
            *(
                _is_any_of(column, values, indexed=name in chosen)
                for name, column in _EQUAL.items()
                if (values := column_values(query, name))
            )
        )
        if query.deployments:
            deployments = Deployment.objects.matching(query.deployments)
            rows = rows.for_deployments(deployments.listed_keys(), indexed=by in (None, "deployments"))
        if errors := query.many("error"):
            # As the index of error types has it, but for failures without any error.
            rows = rows.filter(WITH_ERROR if NO_ERROR_TYPE not in errors else WITH_ERROR | FAILED)
        if text := query.one("q"):
            rows = rows.hit_by(hits or self.find(text))
        if has_error := query.one("has_error"):
            rows = rows.filter(has_error=has_error == "true")
        if shortest := query.one("min_duration"):
            duration_ms = _column("duration_ms", indexed=by in (None, "min_duration"))
            least = timespans.length(shortest) / timedelta(milliseconds=1)
            rows = rows.filter(GreaterThanOrEqual(duration_ms, least))
        if times := query.many("time"):
            rows = rows.with_time(times)
        return rows.within(
            *timespans.span(query.one("since"), query.one("until"), now),
            # Every other index has it in second place.
            indexed=() if by in ("", "min_duration") else _bounds_beside(place),
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

        statuses: OTHER_OUTCOMES among them stands for all others
        beside: other runs to count in the same query, by a name of their own
        """
        asked = {status: self.filter(status=status) for status in statuses}
        if OTHER_OUTCOMES in asked:
            asked[OTHER_OUTCOMES] = self.exclude(status__in=[*set(statuses) - {OTHER_OUTCOMES}])
        asked |= dict(beside or {})
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
        return self.filter(GreaterThan(Unindexed(F("at")), instant(UNDATED_AT)))

    def undated(self) -> Self:
        """Those whose time is not known: they are not last, not recent, in no span and no sum."""
        return self.filter(UNDATED)

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

    def within(
        self,
        since: datetime | None,
        until: datetime | None,
        *,
        indexed: Collection[str] = ("since", "until"),
    ) -> Self:
        """Triggered at or after `since` and before `until`; without either, all of them.

        indexed: by which of these bounds an index may find them
        """
        from_at, to_at = (_column("at", indexed=name in indexed) for name in ("since", "until"))
        rows = self
        if since and since > UNDATED_AT:
            rows = rows.filter(GreaterThanOrEqual(from_at, instant(since)))
        elif since or until:
            # One lower bound: of two SQLite takes the first that is written.
            rows = rows.filter(GreaterThan(from_at, instant(UNDATED_AT)))
        return rows.filter(LessThan(to_at, instant(until))) if until else rows

    def hit_by(self, hits: Hits, between: Between | None = None) -> Self:
        """Those that a text means, at least of those that were triggered between two instants."""
        own = self.filter(hits.own(between))
        return own | self.for_deployments(hits.whose) if hits.whose else own

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
        return self.filter(FAILED)

    def open(self, account: str) -> Self:
        """Those of an account that may still change, found by their own index and not by their account's."""
        return self.of_account(account).filter(open=True)


def _indexed(query: Query, by: str | None) -> Collection[str]:
    """The parameters of `_EQUAL` that may be looked up in an index."""
    if by is None:
        return _EQUAL if set(query.values) <= _IN_ACCOUNTS_ORDER else _SELECTIVE
    # One outcome of a deployment is together in its index, in order of time.
    return (by, "status") if by == "deployment_id" and len(query.many("status")) == 1 else (by,)


def _bounds_beside(place: Cursor | None) -> Collection[str]:
    """The bounds of a span by which an index finds a page: of two on one side SQLite takes the first."""
    if place is None or not isinstance(place.values[0], datetime):
        return "since", "until"
    return ("since",) if place.sort.startswith("-") != place.backwards else ("until",)


def _is_any_of(column: str, values: Collection[str], *, indexed: bool) -> Q:
    return Q(In(_column(column, indexed=indexed), values))


def _column(name: str, *, indexed: bool) -> Combinable:
    return F(name) if indexed else Unindexed(F(name))


def column_values(query: Query, name: str) -> list[str]:
    """What a column may equal, of a parameter."""
    return ["" if value == _NONE.get(name) else value for value in query.many(name)]
