"""What a text that is searched for means among runs, and the index that finds it in errors.

A text means the runs whose own id or session's id begins or ends with it, from six characters on, in the
letters as they are; the runs with an error whose type or message has it somewhere, from three characters on,
in letters of either case; all runs of the deployments whose name or id has it somewhere; and what pages write
where a run names no deployment, or a failure has no type, means those.

Errors are indexed by their trigrams: on SQLite as `run_search_index` has it, on PostgreSQL by its extension
pg_trgm, where that may be installed; else errors are read one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from math import floor
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import BooleanField, Func, Q, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Right
from django.db.models.lookups import Exact

from dashboard.filters import NO_DEPLOYMENT, NO_ERROR_TYPE
from dashboard.models.deployment import Deployment
from dashboard.models.feed import Feed
from dashboard.models.keys import Key
from dashboard.models.run_search_index import FIND_BETWEEN, FIND_NEWEST, LAST_SECOND, TRIGRAM, second_of

if TYPE_CHECKING:
    from dashboard.models.run_queries import RunQuerySet

TAIL = 6  # characters of an id's end that are indexed, and the fewest that an id is searched by
MOST = 500  # runs whose keys are looked up before anything else is asked of them
Between = tuple[datetime, datetime]
_LAST = "\U0010ffff"  # no text goes on with it
# What pages write where a run has none of something.
_NAMED_BY_NONE = {
    NO_DEPLOYMENT: Q(deployment_id=""),
    NO_ERROR_TYPE: Q(error_type="") & (Q(has_error=True) | Q(fingerprint__isnull=False)),
}


class Tail(Func):
    """The last characters of an id, written so that the index of just this expression is used."""

    template = f"RIGHT(%(expressions)s, {TAIL})"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """The same for SQLite, which has no RIGHT."""
        return self.as_sql(compiler, connection, template=f"substr(%(expressions)s, -{TAIL})", **context)


@dataclass(frozen=True)
class Hits:
    """The runs that a text means.

    few: the primary keys of those that it means by themselves; None where they are many
    whose: the deployments all of whose runs it means
    some: the keys of those runs, at most `MOST`, the newest errors among them
    """

    text: str
    few: tuple[int, ...] | None
    whose: tuple[Key, ...]
    some: tuple[int, ...] = ()

    def own(self, between: Between | None = None) -> Q:
        """Which runs it means by themselves, at least of those that were triggered between two instants."""
        return _meant(self.text, _Errors(between)) if self.few is None else Q(pk__in=self.few)

    def parted(self, rest: Between, numbers: Iterable[int], *, down: bool) -> Iterator[Between]:
        """A time in ever longer parts of it, each with so many of its errors, and at last all of it.

        rest: `in_order_between` says that it can be parted; down: whether its end comes first
        """
        since, until = rest
        first, last = floor(since.timestamp()), floor(until.timestamp())
        for number in numbers:
            second = second_of(_phrase(self.text), number, first, last, newest=down)
            if second is None:
                break
            inner = datetime.fromtimestamp(second + (not down), UTC)
            yield (inner, until) if down else (since, inner)
        yield rest


def in_order_between(*instants: datetime) -> bool:
    """Whether errors can be counted off between those instants: SQLite has them in order of time."""
    return connection.vendor == "sqlite" and all(abs(at.timestamp()) <= LAST_SECOND for at in instants)


def find(text: str, runs: RunQuerySet) -> Hits:
    """What a text means; runs: all there are."""
    few = tuple(
        runs.order_by().filter(_meant(text, _Errors(most=MOST + 1))).values_list("pk", flat=True)[: MOST + 1]
    )
    whose = tuple(Deployment.objects.containing(text).listed_keys())
    return Hits(text, few if len(few) <= MOST else None, whose, few[:MOST])


@dataclass(frozen=True)
class _Errors:
    """Which errors are looked through: all, those of a time, or as many of the newest."""

    between: Between | None = None
    most: int = -1

    def having(self, phrase: str) -> RawSQL:
        """The keys of the runs whose errors of these have a phrase, on SQLite."""
        if self.between and in_order_between(*self.between):
            seconds = [floor(at.timestamp()) for at in self.between]
            return RawSQL(FIND_BETWEEN, (phrase, *seconds))  # noqa: S611 - parameters
        return RawSQL(FIND_NEWEST, (phrase, self.most))  # noqa: S611 - parameters


def _meant(text: str, errors: _Errors) -> Q:
    """Which runs a text means by themselves."""
    parts = [_NAMED_BY_NONE.get(text.casefold(), Q(pk__in=[]))]
    if len(text) >= TAIL:
        # An id is unique within its account, and found by both.
        parts += [_begins("run_id", text) & Q(account__in=Feed.objects.values("account"))]
        parts += [_begins("session_id", text), _ends("run_id", text), _ends("session_id", text)]
    if len(text) >= TRIGRAM:
        parts += [_in_errors(text, errors)]
    return reduce(or_, parts)


def _begins(column: str, text: str) -> Q:
    if connection.vendor == "sqlite":  # whose LIKE takes no index, and letters of either case
        return Q(**{f"{column}__gte": text, f"{column}__lt": text + _LAST})
    return Q(**{f"{column}__startswith": text})


def _ends(column: str, text: str) -> Q:
    tail = Q(Exact(Tail(column), Value(text[-TAIL:])))
    return tail & Q(Exact(Right(column, len(text)), Value(text))) if len(text) > TAIL else tail


def _in_errors(text: str, errors: _Errors) -> Q:
    if connection.vendor == "sqlite":
        return Q(pk__in=errors.having(_phrase(text)))
    return Q(_InAnyCase(_ErrorText("error_type", "error_message"), Value(_pattern(text))), has_error=True)


def _phrase(text: str) -> str:
    """A text for SQLite, as a phrase: nothing of what was typed is an operator."""
    return '"' + text.replace('"', '""') + '"'


def _pattern(text: str) -> str:
    return f"%{connection.ops.prep_for_like_query(text)}%"


class _ErrorText(Func):
    """What is searched of an error, written as its index on PostgreSQL has it."""

    template, arg_joiner = "(%(expressions)s)", " || chr(10) || "
    output_field = TextField()


class _InAnyCase(Func):
    """Whether a text has a pattern, in letters of either case."""

    template, arg_joiner = "%(expressions)s", " ILIKE "
    output_field = BooleanField()
