"""The overview."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dashboard.services.overview.page import overview
from dashboard.views.fresh import fresh
from dashboard.views.page import page
from dashboard.views.snapshot import snapshot_of


@require_safe
@fresh
def index(request: HttpRequest) -> HttpResponse:
    """What needs somebody now, and what the rest comes to."""
    snapshot = snapshot_of(request)
    return page(request, "overview/page.html", "overview", "Overview", snapshot, page=overview(snapshot))
