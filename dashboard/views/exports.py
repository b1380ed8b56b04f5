"""The lists as files for other programs: the same filters, the whole result, streamed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from dashboard.filters import Query
from dashboard.services.exports import csv_json
from dashboard.services.lists.questions import read_question
from dashboard.services.status.snapshot import Snapshot
from dashboard.views.snapshot import snapshot_of

KEPT = {"Cache-Control": "private, no-store"}


@require_safe
def of_runs(request: HttpRequest, form: str) -> HttpResponseBase:
    """The runs of `/runs/` as `csv` or `json`; the size of a page and a place in it mean nothing here."""
    snapshot = snapshot_of(request)
    query = read_question(f"runs.{form}", request.GET, snapshot)
    return _answer(request, query, snapshot, csv_json.run_rows, csv_json.RUN_COLUMNS)


@require_safe
def of_deployments(request: HttpRequest, form: str) -> HttpResponseBase:
    """The same of `/deployments/`."""
    snapshot = snapshot_of(request)
    query = read_question(f"deployments.{form}", request.GET, snapshot)
    return _answer(request, query, snapshot, csv_json.deployment_rows, csv_json.deployment_columns())


@require_safe
def of_failures(request: HttpRequest, form: str) -> HttpResponseBase:
    """The same of `/failures/`."""
    snapshot = snapshot_of(request)
    query = read_question(f"failures.{form}", request.GET, snapshot)
    return _answer(request, query, snapshot, csv_json.failure_rows, csv_json.FAILURE_COLUMNS)


def _answer(
    request: HttpRequest,
    query: Query,
    snapshot: Snapshot,
    rows_of: Callable[[Query, Snapshot, csv_json.UrlOf], Iterator[csv_json.Row]],
    columns: tuple[str, ...],
) -> HttpResponseBase:
    """The file that the query's own path names."""
    if query.ignored:
        return refused(query)
    rows = rows_of(query, snapshot, request.build_absolute_uri)
    if query.path.endswith(".json"):
        parts = csv_json.as_json(rows, query, snapshot)
        return StreamingHttpResponse(parts, content_type="application/json; charset=utf-8", headers=KEPT)
    headers = KEPT | {"Content-Disposition": f'attachment; filename="{query.path[1:]}"'}
    lines = csv_json.as_csv(rows, columns)
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def refused(query: Query) -> HttpResponse:
    """A page can say what it left out; a program that reads a file would take other rows for its answer."""
    wrong = "".join(f"{value.name}={value.value}: {value.why}.\n" for value in query.ignored)
    text = f"Not all that was asked for can be used, so nothing is listed.\n{wrong}"
    return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8", headers=KEPT)
