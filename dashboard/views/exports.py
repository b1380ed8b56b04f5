"""The lists as files for other programs: the same filters, the whole result, streamed."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from dashboard.filters import Query
from dashboard.services import exports
from dashboard.views import deployments, runs
from dashboard.views.page import now

_KEPT = {"Cache-Control": "private, no-store"}


@require_safe
def of_runs(request: HttpRequest, form: str) -> HttpResponseBase:
    """The runs of `/runs/` as `csv` or `json`; the size of a page and a place in it mean nothing here."""
    at = now()
    query = runs.asked(request.GET, at, f"/runs.{form}")
    if query.ignored:
        return _refused(query)
    rows = exports.run_rows(query, at, request.build_absolute_uri)
    if form == "csv":
        return _csv("runs", exports.as_csv(rows, exports.RUN_COLUMNS))
    return _json(exports.as_json(rows, query, at))


@require_safe
def of_deployments(request: HttpRequest, form: str) -> HttpResponseBase:
    """The same of `/deployments/`."""
    at = now()
    query = deployments.asked(request.GET, f"/deployments.{form}")
    if query.ignored:
        return _refused(query)
    rows = exports.deployment_rows(query, at, request.build_absolute_uri)
    if form == "csv":
        return _csv("deployments", exports.as_csv(rows, exports.DEPLOYMENT_COLUMNS))
    return _json(exports.as_json(rows, query, at))


def _csv(name: str, lines: Iterator[bytes]) -> StreamingHttpResponse:
    headers = _KEPT | {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _json(parts: Iterator[bytes]) -> StreamingHttpResponse:
    return StreamingHttpResponse(parts, content_type="application/json; charset=utf-8", headers=_KEPT)


def _refused(query: Query) -> HttpResponse:
    """A page can say what it left out; a program that reads a file would take other rows for its answer."""
    wrong = "".join(f"{it.name}={it.value}: {it.why}.\n" for it in query.ignored)
    told = f"Not all that was asked for can be used, so nothing is listed.\n{wrong}"
    return HttpResponse(told, status=400, content_type="text/plain; charset=utf-8", headers=_KEPT)
