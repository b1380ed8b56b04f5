"""Deployments: the list, and one of them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dashboard.services.deployments import detail as deployment_detail
from dashboard.services.deployments import list as deployment_list
from dashboard.services.lists.questions import read_question
from dashboard.services.runs import list as run_list
from dashboard.views.fresh import fresh
from dashboard.views.page import account_of, list_page, own_path, page
from dashboard.views.snapshot import snapshot_of
from dashboard.web import urls


@require_safe
@fresh
def index(request: HttpRequest) -> HttpResponse:
    """All deployments, what needs attention first; the URL is the bookmark."""
    snapshot = snapshot_of(request)
    query = read_question("deployments", request.GET, snapshot, **own_path(request))
    listed = deployment_list.list_deployments(query, snapshot)
    return list_page(request, "deployments", "Deployments", snapshot, listed)


@require_safe
@fresh
def one(request: HttpRequest, deployment_id: str) -> HttpResponse:
    """One deployment, also when it is archived or has left the API; its runs are a list with filters."""
    snapshot = snapshot_of(request)
    deployment = deployment_detail.find(deployment_id, account_of(request))
    if deployment is None:
        raise Http404(f"No deployment {deployment_id} has been read.")
    path = urls.within_site(urls.deployment(deployment_id))
    query = read_question("runs of a deployment", request.GET, snapshot, path=path)
    listed = run_list.list_runs_of(deployment, query, snapshot)
    context = {"page": listed, "detail": deployment_detail.deployment_page(deployment, snapshot)}
    return page(request, "deployments/one.html", "deployments", str(deployment), snapshot, **context)
