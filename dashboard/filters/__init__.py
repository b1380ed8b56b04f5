"""The questions that the lists can be asked, as URLs carry them. Parameters have the API's names."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from dashboard import timespans
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
SCHEDULES = ("minutes", "hours", "daily", "weekly", "rarely", "manual")


def runs(
    given: Any,
    *,
    now: datetime,
    statuses: Collection[str],
    triggers: Collection[str],
    accounts: Collection[str],
) -> Query:
    """The question of `/runs/`, read from a query string.

    now: what relative times are resolved against, in the reader's zone
    statuses, triggers, accounts: the words that mean something
    """
    fields = (
        Field("account", word(accounts), many=True),
        Field("deployment_id", opaque, many=True),
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
    return _in_order(read("/runs/", fields, given), now)


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
    given: Any, *, statuses: Collection[str], healths: Collection[str], accounts: Collection[str]
) -> Query:
    """The question of `/deployments/`, read from a query string."""
    fields = (
        *_of_deployments(statuses, healths, accounts),
        Field("sort", word(DEPLOYMENT_SORTS), default=DEPLOYMENT_SORTS[0], chip=False),
        _LIMIT,
    )
    return read("/deployments/", fields, given)


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


__all__ = ["PAGE_SIZES", "Query", "calendar", "deployments", "failures", "runs"]
