"""Runs and deployments for other programs: all that a query asks for, read and written batch by batch.

Columns have the API's own names where it has one. No prompt, no variable, nothing raw of a record.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from dashboard.filters import Query
from dashboard.models import Deployment, Run
from dashboard.services.deployments import list as deployment_list
from dashboard.services.lists import paging
from dashboard.services.runs import list as run_list
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import urls

BATCH = 500  # rows in memory at a time, and in one query
Row = dict[str, object]
UrlOf = Callable[[str], str]  # makes a path of this site into a whole address

RUN_COLUMNS = (
    *("id", "account", "deployment_id", "deployment_name", "status", "trigger_type", "triggered_at"),
    *("duration_ms", "agent_id", "agent_version", "attempt", "session_id", "error_type", "error_message"),
    *("gone_at", "url"),
)
DEPLOYMENT_COLUMNS = (
    *("id", "account", "name", "status", "health", "paused_reason", "expression", "timezone", "next_run_at"),
    *("last_run_at", "last_run_status", "last_success_at", "failures_in_a_row", "last_error_type"),
    *("last_error_message", "agent_id", "agent_version", "environment_id", "created_at", "updated_at"),
    *("archived_at", "gone_at", "url"),
)
# What a spreadsheet takes for a formula, also after spaces; in the full width of Chinese and Japanese, too.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def run_rows(query: Query, snapshot: Snapshot, url_of: UrlOf) -> Iterator[Row]:
    """Every run that a query asks for, in its order."""
    runs = Run.objects.matching(query, snapshot.now, snapshot.judged_at)
    return _run_rows(paging.batches(runs, run_list.ORDERS[query.one("sort")], BATCH), url_of)


def deployment_rows(query: Query, snapshot: Snapshot, url_of: UrlOf) -> Iterator[Row]:
    """Every deployment that a query asks for, in its order, with its health as far as it is known."""
    order = deployment_list.ORDERS[query.one("sort")]
    batches = paging.batches(deployment_list.matching(query, snapshot), order, BATCH)
    return (_of_deployment(row, snapshot, url_of) for batch in batches for row in batch)


def as_csv(rows: Iterable[Row], columns: tuple[str, ...]) -> Iterator[bytes]:
    """A table with a head, as RFC 4180 has it, a row at a time. No text in it is a formula."""
    write = csv.writer(_Line()).writerow
    yield write(columns)
    for row in rows:
        yield write([_cell(row[column]) for column in columns])


def as_json(rows: Iterable[Row], query: Query, snapshot: Snapshot) -> Iterator[bytes]:
    """When it was written, what was asked, how old and how complete each feed is, and the rows as `data`."""
    about = {
        "as_of": snapshot.now,
        "asked": query.here,
        "feeds": [
            {
                "account": view.account,
                "state": view.state,
                "read_at": view.read_at,
                "complete_since": view.coverage.since,
            }
            for view in snapshot.feeds
        ],
    }
    yield _encoded(_dumped(about).removesuffix("}") + ', "data": [')
    for number, row in enumerate(rows):
        yield _encoded((",\n" if number else "\n") + _dumped(row))
    yield b"\n]}\n"


def _run_rows(batches: Iterable[list[Run]], url_of: UrlOf) -> Iterator[Row]:
    for batch in batches:
        known = Deployment.objects.filter(deployment_id__in={run.deployment_id for run in batch})
        names = {(a, i): name for a, i, name in known.values_list("account", "deployment_id", "name")}
        for run in batch:
            yield _of_run(run, names.get((run.account, run.deployment_id), ""), url_of)


def _of_run(run: Run, name: str, url_of: UrlOf) -> Row:
    made: Row = {
        "id": run.run_id,
        "deployment_name": name,
        "triggered_at": run.at,
        "attempt": run.record.attempt,
        "url": url_of(urls.run(run.run_id, run.account)),
    }
    return _row(run, made, RUN_COLUMNS)


def _of_deployment(deployment: Deployment, snapshot: Snapshot, url_of: UrlOf) -> Row:
    made: Row = {
        "id": deployment.deployment_id,
        "next_run_at": deployment.next_at(snapshot.instant_of(deployment.account)),
        "failures_in_a_row": deployment.streak,
        "url": url_of(urls.deployment(deployment.deployment_id, deployment.account)),
    }
    return _row(deployment, made, DEPLOYMENT_COLUMNS)


def _row(stored: Run | Deployment, made: Row, columns: tuple[str, ...]) -> Row:
    """What was made for the row, and of its other columns what the record's own are."""
    return {column: made[column] if column in made else getattr(stored, column) for column in columns}


class _Line:
    """Gives the writer of lines each line back."""

    def write(self, line: str) -> bytes:
        return _encoded(line)


def _cell(value: object) -> object:
    """A value for a spreadsheet: a text that it would take for a formula is marked as a text."""
    if isinstance(value, datetime):
        return _instant(value)
    if not isinstance(value, str):
        return value
    bare = value.lstrip()
    return f"'{value}" if bare.startswith(_FORMULA) or value[:1] in ("\t", "\r", "\n") else value


def _dumped(value: object) -> str:
    return json.dumps(value, default=_instant, ensure_ascii=False)


def _instant(at: datetime) -> str:
    """In UTC, as the API writes it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
