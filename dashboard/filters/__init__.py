"""The questions that the lists can be asked, as URLs carry them. Parameters have the API's names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dashboard.filters import timespans
from dashboard.filters.fields import Field, day, free, lasting, number, opaque, span, truth, word, zone
from dashboard.filters.query import CURSOR, Query, read

PAGE_SIZES = (20, 50, 100, 200)
_LIMIT = Field("limit", number(10, 200), default="50", chip=False)

RUN_SORTS = ("-triggered_at", "triggered_at", "-duration", "duration")
FAILURE_SORTS = ("-last_seen", "last_seen", "-runs", "runs", "-first_seen", "first_seen")
DEPLOYMENT_SORTS = (
    *("health", "-health", "name", "-name", "-last_run", "last_run"),
    *("-last_success", "last_success", "next_run", "-next_run"),
)
VIEWS = ("week", "month", "day", "agenda", "clashes")
THEMES = ("dark", "light", "auto")  # a wall is dark unless it is asked not to be
SCHEDULES = ("minutes", "hours", "daily", "weekly", "rarely", "manual")
# Before a parameter of the list of deployments: the runs of those that this list would show.
OF_DEPLOYMENTS = "deployment_"


def runs(
    given: Any,
    *,
    now: datetime,
    statuses: Collection[str],
    triggers: Collection[str],
    accounts: Collection[str],
    healths: Collection[str] = (),
    path: str = "/runs/",
    without: tuple[str, ...] = (),
) -> Query:
    """The question of `/runs/`, read from a query string, or of another page that lists runs.

    now: what relative times are resolved against, in the reader's zone
    statuses, triggers, accounts, healths: the words that mean something
    path, without: the other page, and how the names of parameters begin that it decides itself
    """
    fields = (
        Field("account", word(accounts), many=True),
        Field("deployment_id", opaque, many=True),
        *_passed_on(healths),
        Field("status", word(statuses), many=True),
        Field("trigger_type", word(triggers), many=True),
        Field("has_error", truth),
        Field("agent_id", opaque, many=True),
        Field("q", free),
        Field("since", span(timespans.since, now)),
        Field("until", span(timespans.until, now)),
        Field("min_duration", lasting),
        Field("error", opaque, many=True),
        Field("fingerprint", opaque, many=True),
        Field("sort", word(RUN_SORTS), default=RUN_SORTS[0], chip=False),
        _LIMIT,
    )
    kept = tuple(field for field in fields if not field.name.startswith(without))
    return _in_order(read(path, kept, given), now)


def failures(given: Any, *, now: datetime, accounts: Collection[str]) -> Query:
    """The question of `/failures/`, read from a query string; without a span, the last week.

    now: what relative times are resolved against, in the reader's zone
    """
    fields = (
        Field("account", word(accounts), many=True),
        Field("deployment_id", opaque, many=True),
        Field("agent_id", opaque, many=True),
        Field("q", free),
        Field("since", span(timespans.since, now), default="7d"),
        Field("until", span(timespans.until, now)),
        Field("error", opaque, many=True),
        Field("sort", word(FAILURE_SORTS), default=FAILURE_SORTS[0], chip=False),
        _LIMIT,
    )
    return _in_order(read("/failures/", fields, given), now)


def deployments(
    given: Any,
    *,
    statuses: Collection[str],
    healths: Collection[str],
    accounts: Collection[str],
    path: str = "/deployments/",
) -> Query:
    """The question of `/deployments/`, read from a query string, or of another path that lists them."""
    fields = (
        *_of_deployments(statuses, healths, accounts),
        Field("sort", word(DEPLOYMENT_SORTS), default=DEPLOYMENT_SORTS[0], chip=False),
        _LIMIT,
    )
    return read(path, fields, given)


def calendar(
    given: Any, *, statuses: Collection[str], healths: Collection[str], accounts: Collection[str]
) -> Query:
    """The question of `/calendar/`: which view of which days, in which zone, of which deployments."""
    fields = (
        Field("view", word(VIEWS), default=VIEWS[0], chip=False),
        Field("date", day, chip=False),
        Field("tz", zone, chip=False),
        *_of_deployments(statuses, healths, accounts),
    )
    query = read("/calendar/", fields, given)
    return query.dropping(CURSOR, query.cursor, "a calendar has no pages") if query.cursor else query


def wallboard(
    given: Any,
    *,
    statuses: Collection[str],
    healths: Collection[str],
    accounts: Collection[str],
    columns: Collection[str],
) -> Query:
    """The question of `/wallboard/`: which deployments, and how the screen shows them.

    columns: how many there can be; refresh, rotate: seconds
    """
    fields = (
        *_of_deployments(statuses, healths, accounts),
        Field("sort", word(DEPLOYMENT_SORTS), default=DEPLOYMENT_SORTS[0], chip=False),
        Field("theme", word(THEMES), default=THEMES[0], chip=False),
        Field("columns", word(columns), chip=False),
        Field("refresh", number(5, 300), default="15", chip=False),
        Field("rotate", number(10, 300), chip=False),
    )
    query = read("/wallboard/", fields, given)
    return query.dropping(CURSOR, query.cursor, "a wall has no pages") if query.cursor else query


def runs_of(query: Query) -> list[tuple[str, str]]:
    """What `/runs/` is asked for, so that it lists the runs of exactly the deployments of a query."""
    names = [field.name for field in _of_deployments((), (), ()) if field.name != "account"]
    mine = [(OF_DEPLOYMENTS + name, value) for name in names for value in query.many(name)]
    # Without a filter that list holds archived deployments' runs, and others show no archived ones.
    mine = mine or [(OF_DEPLOYMENTS + "include_archived", "false")]
    return [*(("account", value) for value in query.many("account")), *mine]


def deployments_of(query: Query) -> Query | None:
    """Which deployments `/runs/` was asked for, as a question of their own; None where it was not."""
    names = {field.name: field.name.removeprefix(OF_DEPLOYMENTS) for field in _passed_on(())}
    values = {names[name]: found for name, found in query.values.items() if name in names}
    return replace(query, fields=_of_deployments((), (), ()), values=values) if values else None


def _passed_on(healths: Collection[str]) -> tuple[Field, ...]:
    fields = (field for field in _of_deployments((), healths, ()) if field.name != "account")
    return tuple(
        replace(
            field,
            name=OF_DEPLOYMENTS + field.name,
            default="",
            read=opaque if field.name == "status" else field.read,
        )
        for field in fields
    )


def _of_deployments(
    statuses: Collection[str], healths: Collection[str], accounts: Collection[str]
) -> tuple[Field, ...]:
    return (
        Field("account", word(accounts), many=True),
        Field("status", word(statuses), many=True),
        Field("include_archived", truth, default="false"),
        Field("agent_id", opaque, many=True),
        Field("environment_id", opaque, many=True),
        Field("q", free),
        Field("health", word(healths), many=True),
        Field("schedule", word(SCHEDULES), many=True),
        Field("frequent", truth),
    )


def _in_order(query: Query, now: datetime) -> Query:
    """A span that ends before it begins loses its end."""
    since, until = query.one("since"), query.one("until")
    if since and until and _utc(timespans.until(until, now)) <= _utc(timespans.since(since, now)):
        return query.dropping("until", until, "it is not after since")
    return query


def _utc(at: datetime) -> datetime:
    """In UTC instants compare as they are; in one zone, by its wall clock."""
    return at.astimezone(UTC)


__all__ = [
    "PAGE_SIZES",
    "Query",
    "calendar",
    "deployments",
    "deployments_of",
    "failures",
    "runs",
    "runs_of",
    "wallboard",
]
