"""The questions that the lists can be asked, as URLs carry them. Parameters have the API's names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.filters import timespans
from dashboard.filters.fields import (
    NO_DEPLOYMENT,
    NO_ERROR_TYPE,
    Field,
    day,
    hour,
    known_zone_name,
    number,
    span,
    word,
    zone,
)
from dashboard.filters.parameters import (
    AS_THEY_ARE,
    GROUP,
    LIMIT,
    NO_WORDS,
    OF_DEPLOYMENTS,
    TYPED_OF_DEPLOYMENTS,
    Vocabulary,
    deployment_fields,
    deployment_list_fields,
    failure_fields,
    failure_list_fields,
    handover_fields,
    run_fields,
    words_for,
)
from dashboard.filters.query import CURSOR, Query, read

VIEWS = ("week", "month", "day", "agenda")
_FORMER_VIEWS = {"clashes": "day"}  # addresses of a view that is another one's now
HOURS = ("from", "to", "page")  # what only the view of a day is asked for
SEEN = ("view", "date", "tz", *HOURS)  # how a calendar is seen, whatever it is about
TIMELINE_SPANS = {"24h": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
RUNS_BESIDE = "20"  # rows of a list that is one part of a page
TIMELINE_SIZES = (20, 50)  # health bars of a page
AT = "at"  # the parameter that says of which instant a page is shown
THEMES = ("dark", "light", "auto")  # a wall is dark unless it is asked not to be
WALL_COLUMNS = ("1", "2", "3", "4", "5", "6", "7", "8", "10", "12", "16", "20")  # what a wall is divided in


def runs(
    given: Any,
    words: Vocabulary,
    *,
    path: str = "/runs/",
    without: tuple[str, ...] = (),
    rows: str = LIMIT.default,
) -> Query:
    """The question of `/runs/`, read from a query string, or of another page that lists runs.

    path, without: the other page, and how the names of parameters begin that it decides itself
    rows: how many it shows where nobody asks for a number
    """
    fields = (field for field in run_fields(words) if not field.name.startswith(without))
    sized = tuple(replace(field, default=rows) if field is LIMIT else field for field in fields)
    return _in_order(read(path, sized, given), words.now)


def runs_of_deployment(given: Any, words: Vocabulary, *, path: str) -> Query:
    """The question of the runs on the page of one deployment, where they are one part among others: fewer."""
    return runs(given, words, path=path, without=("deployment", "agent", "environment"), rows=RUNS_BESIDE)


def failures(given: Any, words: Vocabulary, *, path: str = "/failures/") -> Query:
    """The question of `/failures/`, read from a query string, or of another path that lists groups.

    Without a span it is about the last week.
    """
    return _in_order(read(path, failure_list_fields(words), given), words.now)


def failure(given: Any, words: Vocabulary, *, path: str) -> Query:
    """The question of the page of one group, at that path: without a span about all that is kept."""
    query = _in_order(read(path, failure_fields(words), given), words.now)
    return query.dropping(CURSOR, query.cursor, "one group has no pages") if query.cursor else query


def deployments(given: Any, words: Vocabulary, *, path: str = "/deployments/") -> Query:
    """The question of `/deployments/`, read from a query string, or of another path that lists them."""
    return read(path, deployment_list_fields(words), given)


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
        *deployment_fields(words),
        *TYPED_OF_DEPLOYMENTS,
    )
    query = _with_hours(read("/calendar/", fields, given))
    return query.dropping(CURSOR, query.cursor, "a calendar has no pages") if query.cursor else query


def timeline(given: Any, words: Vocabulary, *, path: str = "/timeline/") -> Query:
    """The question of `/timeline/`, or of another path that shows it: which deployments, over which span."""
    fields = (
        *(field for field in deployment_list_fields(words) if field.name not in (GROUP, LIMIT.name)),
        Field("limit", number(10, TIMELINE_SIZES[-1]), default=str(TIMELINE_SIZES[-1]), chip=False),
        Field("span", word(TIMELINE_SPANS), default="24h", chip=False),
    )
    return read(path, fields, given)


def handover(given: Any, words: Vocabulary, *, path: str = "/handover/") -> Query:
    """The question of `/handover/`, or of its text: what changed when, of which deployments."""
    query = _in_order(read(path, handover_fields(words), given), words.now)
    return query.dropping(CURSOR, query.cursor, "a hand-over has no pages") if query.cursor else query


def wallboard(given: Any, words: Vocabulary) -> Query:
    """The question of `/wallboard/`: which deployments, and how the screen shows them.

    refresh, rotate: seconds
    """
    fields = (
        *deployment_list_fields(words)[:-1],
        Field("theme", word(THEMES), default=THEMES[0], chip=False),
        Field("columns", word(WALL_COLUMNS), chip=False),
        Field("refresh", number(5, 300), default="15", chip=False),
        Field("rotate", number(10, 300), chip=False),
        Field("tz", known_zone_name, chip=False),
        Field(AT, span(timespans.since, words.now), chip=False),
    )
    query = read("/wallboard/", fields, given)
    return query.dropping(CURSOR, query.cursor, "a wall has no pages") if query.cursor else query


def past(given: Any, words: Vocabulary, *, path: str = "/") -> Query:
    """The question of a page that is shown as it was: when."""
    query = read(path, (Field(AT, span(timespans.since, words.now), chip=False),), given)
    return query.dropping(CURSOR, query.cursor, "this page has no pages") if query.cursor else query


def ask_runs(**values: str | Sequence[str]) -> Query:
    """The question of `/runs/` with these values, which are canonical and not looked at."""
    return Query("/runs/", run_fields(words_for(values)), {}).with_values(**values)


def ask_deployments(**values: str | Sequence[str]) -> Query:
    """The question of `/deployments/` with these values, which are canonical and not looked at."""
    return Query("/deployments/", deployment_list_fields(words_for(values)), {}).with_values(**values)


def ask_failures(**values: str | Sequence[str]) -> Query:
    """The question of `/failures/` with these values, which are canonical and not looked at."""
    return Query("/failures/", failure_list_fields(NO_WORDS), {}).with_values(**values)


def ask_handover(**values: str | Sequence[str]) -> Query:
    """The question of `/handover/` with these values, which are canonical and not looked at."""
    return Query("/handover/", handover_fields(words_for(values)), {}).with_values(**values)


def runs_of(query: Query) -> list[tuple[str, str]]:
    """What `/runs/` is asked for, so that it lists the runs of exactly the deployments of a query."""
    names = [
        field.name for field in deployment_fields(words_for(query.values)) if field.name not in AS_THEY_ARE
    ]
    mine = [(OF_DEPLOYMENTS + name, value) for name in names for value in query.many(name)]
    # Without a filter that list holds runs of archived deployments; others show those that are named.
    archived = OF_DEPLOYMENTS + "include_archived"
    if query.many("deployment_id"):
        mine += [(archived, "true")] if mine and (archived, "true") not in mine else []
    else:
        mine = mine or [(archived, "false")]
    return [*((name, value) for name in AS_THEY_ARE for value in query.many(name)), *mine]


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
    "TIMELINE_SIZES",
    "TIMELINE_SPANS",
    "Query",
    "Vocabulary",
    "ask_deployments",
    "ask_failures",
    "ask_handover",
    "ask_runs",
    "calendar",
    "deployments",
    "failure",
    "failures",
    "handover",
    "past",
    "runs",
    "runs_of",
    "timeline",
    "wallboard",
]
