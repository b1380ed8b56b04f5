"""Runs, deployments and failures for other programs: all that a query asks for, read batch by batch.

Columns have the API's own names where it has one. No prompt, no variable, nothing raw of a record.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from django.conf import settings

from dashboard.domain.metadata import METADATA
from dashboard.domain.text import without_controls
from dashboard.domain.times import before, utc_text
from dashboard.filters import Query, timespans
from dashboard.models import Deployment, Run
from dashboard.services import failures
from dashboard.services.deployments import groups
from dashboard.services.deployments import list as deployment_list
from dashboard.services.deployments.belonging import own_values
from dashboard.services.deployments.success_rates import Rate, rates_of
from dashboard.services.lists import paging
from dashboard.services.runs import list as run_list
from dashboard.services.runs import tries
from dashboard.services.status.coverage import Coverage, of_all
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import urls

BATCH = 500  # rows in memory at a time, and in one query
Row = dict[str, object]
UrlOf = Callable[[str], str]  # makes a path of this site into a whole address

RATES = ("24h", "7d", "30d")  # the spans of the success rates that a deployment's page shows
# As of when a row is true: now, or its account's last complete reading where that is stale; empty before the
# first. A column, since a line of its own would stand in the place of the head.
JUDGED_AT = "judged_at"
RATE_FIGURES = ("success_rate", "finished", "unreported")
RUN_COLUMNS = (
    *("id", "account", "deployment_id", "deployment_name", "status", "trigger_type", "time", "triggered_at"),
    *("created_at", "started_at", "completed_at", "duration_ms", "agent_id", "agent_version", "attempt"),
    *("session_id", "turn_id", "error_type", "error_message", "gone_at", "url", JUDGED_AT),
)
DEPLOYMENT_COLUMNS = (
    *("id", "account", "name", "description", "status", "health", "paused_reason", "expression", "timezone"),
    *("next_run_at", "last_run_at", "last_run_status", "last_success_at", "failures_in_a_row"),
    *("runs_ahead", "runs_without_time"),
    *(f"{figure}_{span}" for span in RATES for figure in RATE_FIGURES),
    *("last_error_type", "last_error_message", "agent_id", "agent_version", "environment_id"),
    *("created_at", "updated_at", "archived_at", "gone_at", "url", JUDGED_AT),
)
FAILURE_COLUMNS = (
    *("fingerprint", "error_type", "error_message", "runs", "deployments", "first_seen", "last_seen"),
    *("shared", "url", "runs_url", JUDGED_AT),
)
BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads a table in the code page of its machine
# What a spreadsheet takes for a formula, also after spaces; in the full width of Chinese and Japanese, too.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def run_rows(query: Query, snapshot: Snapshot, url_of: UrlOf) -> Iterator[Row]:
    """Every run that a query asks for, in its order."""
    runs = Run.objects.matching(query, snapshot.now)
    batches = paging.batches(runs, run_list.ORDERS[query.one("sort")], BATCH)
    if query.one("retries"):
        batches = (tries.fold(batch).runs for batch in batches)
    return _run_rows(batches, snapshot, url_of)


def deployment_columns() -> tuple[str, ...]:
    """The columns of deployments: after those of every version one for each listed key of metadata."""
    return (*DEPLOYMENT_COLUMNS, *(METADATA + key for key in settings.METADATA_KEYS))


def deployment_rows(query: Query, snapshot: Snapshot, url_of: UrlOf) -> Iterator[Row]:
    """Every deployment that a query asks for, in its order, with its health and its success rates."""
    deployments = groups.grouped(deployment_list.matching(query), query)
    order = deployment_list.orders(query)[query.one("sort")]
    return _deployment_rows(paging.batches(deployments, order, BATCH), snapshot, url_of)


def failure_rows(query: Query, snapshot: Snapshot, url_of: UrlOf) -> Iterator[Row]:
    """Every group of failures that a query asks for, in its order, as its list shows it.

    A group may be of several accounts: it is as of the one that was read longest ago.
    """
    instants = [snapshot.judged_as_of(feed.account) for feed in snapshot.feeds_of(query.many("account"))]
    judged_at = min(filter(None, instants)) if all(instants) else None
    for failure in failures.failure_rows(query, snapshot, BATCH):
        yield {
            "fingerprint": failure.fingerprint,
            "error_type": failure.error_type,
            "error_message": failure.error_line,
            "runs": failure.runs,
            "deployments": failure.deployments,
            "first_seen": failure.first_at,
            "last_seen": failure.last_at,
            "shared": ", ".join(f"{dependency.kind} {dependency.value}" for dependency in failure.shared),
            "url": url_of(failure.url),
            "runs_url": url_of(failure.runs_url),
            JUDGED_AT: judged_at,
        }


def as_csv(rows: Iterable[Row], columns: tuple[str, ...]) -> Iterator[bytes]:
    """A table with a head, as RFC 4180 has it, a row at a time. No text in it is a formula."""
    yield _encoded(BYTE_ORDER_MARK)
    write = csv.writer(_Line()).writerow
    yield write(columns)
    for row in rows:
        yield write([_cell(row[column]) for column in columns])


def as_json(rows: Iterable[Row], query: Query, snapshot: Snapshot) -> Iterator[bytes]:
    """When it was written, what was asked, how old and how complete each feed is, and the rows as `data`.

    Of each feed also what has been read so far: before its first complete reading that is all there is.
    """
    about = {
        "as_of": snapshot.now,
        "asked": query.here,
        "feeds": [
            {
                "account": view.account,
                "state": view.state,
                "read_at": view.read_at,
                JUDGED_AT: snapshot.judged_as_of(view.account),
                "complete_since": view.coverage.since,
                "runs": view.runs_kept,
                "deployments": snapshot.deployments_of(view.account),
            }
            for view in snapshot.feeds
        ],
    }
    yield _encoded(_dumped(about).removesuffix("}") + ', "data": [')
    for number, row in enumerate(rows):
        fit = {column: without_controls(v) if isinstance(v, str) else v for column, v in row.items()}
        yield _encoded((",\n" if number else "\n") + _dumped(fit))
    yield b"\n]}\n"


def _run_rows(batches: Iterable[list[Run]], snapshot: Snapshot, url_of: UrlOf) -> Iterator[Row]:
    for batch in batches:
        known = Deployment.objects.filter(deployment_id__in={run.deployment_id for run in batch})
        names = {(a, i): name for a, i, name in known.values_list("account", "deployment_id", "name")}
        for run in batch:
            yield _of_run(run, names.get((run.account, run.deployment_id), ""), snapshot, url_of)


def _of_run(run: Run, name: str, snapshot: Snapshot, url_of: UrlOf) -> Row:
    record = run.record
    made: Row = {
        "id": run.run_id,
        "deployment_name": name,
        "triggered_at": run.at if run.dated else None,
        "created_at": record.created_at,
        "started_at": record.started_at,
        "completed_at": record.completed_at,
        "attempt": record.attempt,
        "turn_id": record.turn_id,
        "url": url_of(urls.run(run.run_id, run.account)),
        JUDGED_AT: snapshot.judged_as_of(run.account),
    }
    return _row(run, made, RUN_COLUMNS)


def _deployment_rows(batches: Iterable[list[Deployment]], snapshot: Snapshot, url_of: UrlOf) -> Iterator[Row]:
    for batch in batches:
        coverages = {
            account: of_all([feed.coverage for feed in snapshot.feeds_of([account])], snapshot.now)
            for account in {deployment.account for deployment in batch}
        }
        rates = rates_of(batch, coverages, snapshot.now)
        values = own_values(deployment.key for deployment in batch)
        for deployment in batch:
            known, own = coverages[deployment.account], values.get(deployment.key, {})
            of_metadata = {METADATA + key: own.get(key, "") for key in settings.METADATA_KEYS}
            yield _of_deployment(deployment, rates[deployment.key], known, snapshot, url_of) | of_metadata


def _of_deployment(
    deployment: Deployment, rates: tuple[Rate, ...], known: Coverage, snapshot: Snapshot, url_of: UrlOf
) -> Row:
    """A row; a rate over a time that has not been read to its beginning is empty."""
    made: Row = {
        "id": deployment.deployment_id,
        "description": deployment.record.description,
        "next_run_at": deployment.next_at(snapshot.instant_of(deployment.account)),
        "failures_in_a_row": deployment.streak,
        "archived_at": deployment.record.archived_at,
        "url": url_of(urls.deployment(deployment.deployment_id, deployment.account)),
        JUDGED_AT: snapshot.judged_as_of(deployment.account),
    }
    for span, rate in zip(RATES, rates, strict=True):
        whole = known.covers(before(snapshot.now, timespans.length(span)))
        figures = (rate.share or None, rate.ended.finished, rate.ended.unreported)
        named = zip(RATE_FIGURES, figures, strict=True)
        made |= {f"{name}_{span}": figure if whole else None for name, figure in named}
    return _row(deployment, made, DEPLOYMENT_COLUMNS)


def _row(item: Run | Deployment, made: Row, columns: tuple[str, ...]) -> Row:
    """What was made for the row, and of its other columns what the record's own are."""
    return {column: made[column] if column in made else getattr(item, column) for column in columns}


class _Line:
    """Gives the writer of lines each line back."""

    def write(self, line: str) -> bytes:
        return _encoded(line)


def _cell(value: object) -> object:
    """A value for a spreadsheet: a text that it would take for a formula is marked as a text."""
    if isinstance(value, datetime):
        return utc_text(value)
    if not isinstance(value, str):
        return value
    value = without_controls(value)
    bare = value.lstrip()
    return f"'{value}" if bare.startswith(_FORMULA) or value[:1] in ("\t", "\r", "\n") else value


def _dumped(value: object) -> str:
    return json.dumps(value, default=utc_text, ensure_ascii=False)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
