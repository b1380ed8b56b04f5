"""The status badge of one deployment, as a picture."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.services.exports.status_badge import status_badge
from dashboard.views.page import account_of
from dashboard.views.snapshot import snapshot_of


@require_safe
def one(request: HttpRequest, deployment_id: str) -> HttpResponse:
    """Its name, a shape and a word; asked for again each time, so that it is never older than it says."""
    badge = status_badge(deployment_id, account_of(request), snapshot_of(request))
    if badge is None:
        raise Http404(f"No deployment {deployment_id} has been read.")
    kind = "image/svg+xml; charset=utf-8"
    response = render(request, "badges/badge.svg", {"badge": badge}, content_type=kind)
    response["Cache-Control"] = "private, no-cache"
    return response
