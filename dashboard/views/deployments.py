"""Deployments: the list, and one of them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dashboard import filters
from dashboard.services import deployments, feed
from dashboard.views.page import account_of, list_page, now, page


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All deployments, what needs attention first; the URL is the bookmark."""
    at = now()
    query = filters.deployments(
        request.GET,
        statuses=deployments.statuses(),
        healths=deployments.HEALTHS,
        accounts=feed.account_names(),
    )
    return list_page(request, "deployments", "Deployments", at, deployments.list_deployments(query, at))


@require_safe
def one(request: HttpRequest, deployment_id: str) -> HttpResponse:
    """One deployment, also when it is archived or has left the API."""
    at = now()
    found = deployments.get_deployment(deployment_id, at, account_of(request))
    if found is None:
        raise Http404(f"No deployment {deployment_id} has been read.")
    context = {"deployment": found.row, "known": found.facts, "runs": found.runs, "record": found.record}
    return page(request, "deployments/one.html", "deployments", found.row.name, at, **context)
