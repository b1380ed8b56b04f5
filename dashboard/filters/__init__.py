"""The questions that the lists can be asked, as URLs carry them. Parameters have the API's names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol

from dashboard.domain.states import (
    HEALTH_ALSO_CALLED,
    HEALTH_LABELS,
    OUTCOME_LABELS,
    RUN_TIME_ALSO_CALLED,
    Health,
    RunTime,
)
from dashboard.filters import timespans
from dashboard.filters.fields import (
    NO_DEPLOYMENT,
    NO_ERROR_TYPE,
    Field,
    agent,
    day,
    duration,
    free,
    hour,
    known_zone_name,
    number,
    opaque,
    span,
    truth,
    word,
    zone,
)
from dashboard.filters.query import CURSOR, Query, read

PAGE_SIZES = (20, 50, 100, 200)
_LIMIT = Field("limit", number(10, 200), default="50", chip=False)

RUN_SORTS = ("-triggered_at", "triggered_at", "-duration", "duration")
FAILURE_SORTS = ("-last_seen", "last_seen", "-runs", "runs", "-first_seen", "first_seen")
DEPLOYMENT_SORTS = (
    *("health", "-health", "name", "-name", "-last_run", "last_run"),
    *("-last_success", "last_success", "next_run", "-next_run"),
)
VIEWS = ("week", "month", "day", "agenda")
_FORMER_VIEWS = {"clashes": "day"}  # addresses of a view that is another one's now
HOURS = ("from", "to", "page")  # what only the view of a day is asked for
SEEN = ("view", "date", "tz", *HOURS)  # how a calendar is seen, whatever it is about
TIMELINE_SPANS = {"24h": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
TIMELINE_SIZES = (20, 50)  # health bars of a page
THEMES = ("dark", "light", "auto")  # a wall is dark unless it is asked not to be
WALL_COLUMNS = ("1", "2", "3", "4", "5", "6", "7", "8", "10", "12", "16", "20")  # what a wall is divided in
SCHEDULES = {  # how often a schedule fires, and what pages call that
    "minutes": "more than hourly",
    "hours": "hourly or more",
    "daily": "daily",
    "weekly": "weekly",
    "rarely": "more rarely",
    "manual": "by hand only",
}
# Before a parameter of the list of deployments: the runs of those that this list would show.
OF_DEPLOYMENTS = "deployment_"
# By its name, as somebody types it: whoever knows the deployments puts ids in its place.
TYPED_DEPLOYMENT, TYPED_AGENT, TYPED_ENVIRONMENT = "deployment", "agent", "environment"
_HEALTH = word(Health.ORDER, HEALTH_LABELS, HEALTH_ALSO_CALLED, explained=True)


class Vocabulary(Protocol):
    """The words that mean something in a question, some of them the API's own, and its instant."""

    @property
    def now(self) -> datetime:
        """What relative times are resolved against, in the reader's zone."""

    @property
    def accounts(self) -> Collection[str]:
        """What the accounts are called."""

    @property
    def statuses(self) -> Collection[str]:
        """Outcomes of runs."""

    @property
    def triggers(self) -> Collection[str]:
        """What may start a run."""

    @property
    def deployment_statuses(self) -> Collection[str]:
        """The API's own statuses of deployments."""


def runs(given: Any, words: Vocabulary, *, path: str = "/runs/", without: tuple[str, ...] = ()) -> Query:
    """The question of `/runs/`, read from a query string, or of another page that lists runs.

    path, without: the other page, and how the names of parameters begin that it decides itself
    """
    fields = tuple(field for field in _run_fields(words) if not field.name.startswith(without))
    return _in_order(read(path, fields, given), words.now)


def failures(given: Any, words: Vocabulary, *, path: str = "/failures/") -> Query:
    """The question of `/failures/`, read from a query string, or of another path that lists groups.

    Without a span it is about the last week.
    """
    return _in_order(read(path, _failure_list_fields(words), given), words.now)


def failure(given: Any, words: Vocabulary, *, path: str) -> Query:
    """The question of the page of one group, at that path: without a span about all that is kept."""
    query = _in_order(read(path, _failure_fields(words), given), words.now)
    return query.dropping(CURSOR, query.cursor, "one group has no pages") if query.cursor else query


def deployments(given: Any, words: Vocabulary, *, path: str = "/deployments/") -> Query:
    """The question of `/deployments/`, read from a query string, or of another path that lists them."""
    return read(path, _deployment_list_fields(words), given)


def calendar(given: Any, words: Vocabulary) -> Query:
    """The question of `/calendar/`: which view of which days, in which zone, of which deployments.

    from, to: the hours of a day that are looked at; page: of its lanes, the first being 1
    """
    fields = (
        Field("view", word(VIEWS, also=_FORMER_VIEWS), default=VIEWS[0], chip=False),
        Field("date", day(words.now), chip=False),
        Field("from", hour(0, 23), default="0", chip=False),
        Field("to", hour(1, 24), default="24", chip=False),
        Field("page", number(1, 9_999), default="1", chip=False),
        Field("tz", zone, chip=False),
        *_deployment_fields(words),
        *_TYPED_OF_DEPLOYMENTS,
    )
    query = _with_hours(read("/calendar/", fields, given))
    return query.dropping(CURSOR, query.cursor, "a calendar has no pages") if query.cursor else query


def timeline(given: Any, words: Vocabulary) -> Query:
    """The question of `/timeline/`: which deployments, over how much time."""
    fields = (
        *_deployment_list_fields(words)[:-1],
        Field("limit", number(10, TIMELINE_SIZES[-1]), default=str(TIMELINE_SIZES[-1]), chip=False),
        Field("span", word(TIMELINE_SPANS), default="24h", chip=False),
    )
    return read("/timeline/", fields, given)


def wallboard(given: Any, words: Vocabulary) -> Query:
    """The question of `/wallboard/`: which deployments, and how the screen shows them.

    refresh, rotate: seconds
    """
    fields = (
        *_deployment_list_fields(words)[:-1],
        Field("theme", word(THEMES), default=THEMES[0], chip=False),
        Field("columns", word(WALL_COLUMNS), chip=False),
        Field("refresh", number(5, 300), default="15", chip=False),
        Field("rotate", number(10, 300), chip=False),
        Field("tz", known_zone_name, chip=False),
    )
    query = read("/wallboard/", fields, given)
    return query.dropping(CURSOR, query.cursor, "a wall has no pages") if query.cursor else query


def ask_runs(**values: str | Sequence[str]) -> Query:
    """The question of `/runs/` with these values, which are canonical and not looked at."""
    return Query("/runs/", _run_fields(_NO_WORDS), {}).with_values(**values)


def ask_deployments(**values: str | Sequence[str]) -> Query:
    """The question of `/deployments/` with these values, which are canonical and not looked at."""
    return Query("/deployments/", _deployment_list_fields(_NO_WORDS), {}).with_values(**values)


def ask_failures(**values: str | Sequence[str]) -> Query:
    """The question of `/failures/` with these values, which are canonical and not looked at."""
    return Query("/failures/", _failure_list_fields(_NO_WORDS), {}).with_values(**values)


def runs_of(query: Query) -> list[tuple[str, str]]:
    """What `/runs/` is asked for, so that it lists the runs of exactly the deployments of a query."""
    names = [field.name for field in _deployment_fields(_NO_WORDS) if field.name not in _AS_THEY_ARE]
    mine = [(OF_DEPLOYMENTS + name, value) for name in names for value in query.many(name)]
    # Without a filter that list holds runs of archived deployments; others show those that are named.
    archived = OF_DEPLOYMENTS + "include_archived"
    if query.many("deployment_id"):
        mine += [(archived, "true")] if mine and (archived, "true") not in mine else []
    else:
        mine = mine or [(archived, "false")]
    return [*((name, value) for name in _AS_THEY_ARE for value in query.many(name)), *mine]


@dataclass(frozen=True)
class _NoWords:
    """The vocabulary of a question whose values need no reading."""

    now: datetime
    accounts: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    deployment_statuses: tuple[str, ...] = ()


_NO_WORDS = _NoWords(datetime.min.replace(tzinfo=UTC))
_AS_THEY_ARE = ("account", "deployment_id")  # parameters of deployments that are also those of runs


def _run_fields(words: Vocabulary) -> tuple[Field, ...]:
    return (
        Field("account", word(words.accounts), many=True),
        Field("deployment_id", opaque, many=True),
        *(_within_runs(field) for field in _deployment_fields(_NO_WORDS) if field.name not in _AS_THEY_ARE),
        Field("status", word(words.statuses, OUTCOME_LABELS), many=True),
        Field("trigger_type", word(words.triggers), many=True),
        Field("time", word(RunTime.ALL, also=RUN_TIME_ALSO_CALLED), many=True),
        Field("has_error", truth),
        Field("agent_id", agent, many=True),
        Field("q", free),
        *_span(words.now),
        Field("min_duration", duration),
        Field("error", opaque, many=True),
        Field("fingerprint", opaque, many=True),
        *_typed(deployment="deployment_id", agent="agent_id", environment=OF_DEPLOYMENTS + "environment_id"),
        Field("sort", word(RUN_SORTS), default=RUN_SORTS[0], chip=False),
        _LIMIT,
    )


def _failure_fields(words: Vocabulary, *, since: str = "") -> tuple[Field, ...]:
    """The parameters that choose failed runs; since: what they begin at where nothing is asked for."""
    return (
        Field("account", word(words.accounts), many=True),
        Field("deployment_id", opaque, many=True),
        Field("agent_id", agent, many=True),
        Field("q", free),
        *_span(words.now, since),
        Field("error", opaque, many=True),
        *_typed(deployment="deployment_id", agent="agent_id"),
    )


def _failure_list_fields(words: Vocabulary) -> tuple[Field, ...]:
    order = Field("sort", word(FAILURE_SORTS), default=FAILURE_SORTS[0], chip=False)
    return (*_failure_fields(words, since="7d"), order, _LIMIT)


def _typed(**names: str) -> Iterator[Field]:
    """The parameters that take a name in place of an id, and those that hold the ids."""
    return (Field(name, free, many=True, chip=False, names=ids) for name, ids in names.items())


def _span(now: datetime, since: str = "") -> Iterator[Field]:
    """From when on and until when; since: what it begins at where nothing is asked for."""
    for name, resolve in (("since", timespans.since), ("until", timespans.until)):
        in_form = partial(timespans.in_form, now=now, resolve=resolve)
        yield Field(name, span(resolve, now), default=since if name == "since" else "", in_form=in_form)


def _within_runs(field: Field) -> Field:
    """A parameter of the list of deployments, as the list of runs takes it."""
    reader = opaque if field.name == "status" else field.read
    return replace(field, name=OF_DEPLOYMENTS + field.name, default="", read=reader, of_deployments=field)


def _deployment_list_fields(words: Vocabulary) -> tuple[Field, ...]:
    order = Field("sort", word(DEPLOYMENT_SORTS), default=DEPLOYMENT_SORTS[0], chip=False)
    return (*_deployment_fields(words), *_TYPED_OF_DEPLOYMENTS, order, _LIMIT)


def _deployment_fields(words: Vocabulary) -> tuple[Field, ...]:
    """The parameters that choose deployments, on every page that shows them."""
    return (
        Field("account", word(words.accounts), many=True),
        Field("deployment_id", opaque, many=True),
        Field("status", word(words.deployment_statuses), many=True),
        Field("include_archived", truth, default="false"),
        Field("agent_id", agent, many=True),
        Field("environment_id", opaque, many=True),
        Field("q", free),
        Field("health", _HEALTH, many=True),
        Field("schedule", word(SCHEDULES, SCHEDULES), many=True),
        Field("frequent", truth),
    )


_TYPED_OF_DEPLOYMENTS = tuple(
    _typed(deployment="deployment_id", agent="agent_id", environment="environment_id")
)


def _with_hours(query: Query) -> Query:
    """The same question, without hours that its view has not, or that end before they begin."""
    if query.one("view") != "day":
        for name in HOURS:
            if query.many(name):
                query = query.dropping(name, query.one(name), "only the view of a day has it")
    elif int(query.one("to")) <= int(query.one("from")):
        query = query.dropping("to", query.one("to"), f"it is not after from={query.one('from')}")
    return query


def _in_order(query: Query, now: datetime) -> Query:
    """The same question, with a remark where its span is empty: such a list is empty, never wider."""
    since, until = query.one("since"), query.one("until")
    if since and until and _utc(timespans.until(until, now)) <= _utc(timespans.since(since, now)):
        return replace(query, remarks=(f"Nothing lies between since={since} and until={until}",))
    return query


def _utc(at: datetime) -> datetime:
    """In UTC instants compare as they are; in one zone, by its wall clock."""
    return at.astimezone(UTC)


__all__ = [
    "NO_DEPLOYMENT",
    "NO_ERROR_TYPE",
    "PAGE_SIZES",
    "TIMELINE_SIZES",
    "TIMELINE_SPANS",
    "Query",
    "Vocabulary",
    "ask_deployments",
    "ask_failures",
    "ask_runs",
    "calendar",
    "deployments",
    "failure",
    "failures",
    "runs",
    "runs_of",
    "timeline",
    "wallboard",
]
