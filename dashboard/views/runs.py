"""Runs: the list, and one of them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dashboard.services.exports import atom
from dashboard.services.lists.questions import read_question
from dashboard.services.runs import detail as run_detail
from dashboard.services.runs import list as run_list
from dashboard.views.fresh import fresh
from dashboard.views.page import account_of, list_page, own_path, page
from dashboard.views.snapshot import snapshot_of


@require_safe
@fresh
def index(request: HttpRequest) -> HttpResponse:
    """All runs across deployments, filtered and paged; the URL is the bookmark."""
    snapshot = snapshot_of(request)
    query = read_question("runs", request.GET, snapshot, **own_path(request))
    return list_page(request, "runs", "Runs", snapshot, run_list.list_runs(query, snapshot))


@require_safe
def newest(request: HttpRequest) -> HttpResponse:
    """The newest of them for a feed reader, with the same filters."""
    snapshot = snapshot_of(request)
    body = atom.feed(read_question("runs.atom", request.GET, snapshot), snapshot, request.build_absolute_uri)
    headers = {"Cache-Control": "private, no-cache"}
    return HttpResponse(body, content_type="application/atom+xml; charset=utf-8", headers=headers)


@require_safe
@fresh
def one(request: HttpRequest, run_id: str) -> HttpResponse:
    """One run, also when it has left the API."""
    snapshot = snapshot_of(request)
    detail = run_detail.get_run(run_id, snapshot, account_of(request))
    if detail is None:
        raise Http404(f"No run {run_id} has been read.")
    return page(request, "runs/one.html", "runs", detail.title, snapshot, page=detail)
