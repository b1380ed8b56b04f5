"""Runs: the list, and one of them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dashboard import filters
from dashboard.services import deployments, feed, run_page, runs
from dashboard.views.fresh import fresh
from dashboard.views.page import account_of, list_page, now, page


@require_safe
@fresh
def index(request: HttpRequest) -> HttpResponse:
    """All runs across deployments, filtered and paged; the URL is the bookmark."""
    at = now()
    query = filters.runs(
        request.GET,
        now=at,
        statuses=feed.statuses(),
        triggers=feed.triggers(),
        accounts=feed.account_names(),
        healths=deployments.HEALTHS,
    )
    return list_page(request, "runs", "Runs", at, runs.list_runs(query, at))


@require_safe
@fresh
def one(request: HttpRequest, run_id: str) -> HttpResponse:
    """One run, also when it has left the API."""
    at = now()
    found = run_page.get_run(run_id, at, account_of(request))
    if found is None:
        raise Http404(f"No run {run_id} has been read.")
    return page(request, "runs/one.html", "runs", found.title, at, page=found)
