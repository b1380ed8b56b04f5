"""The overview."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from dashboard.services.overview.page import overview
from dashboard.views.fresh import fresh
from dashboard.views.own_views import links_of
from dashboard.views.page import page
from dashboard.views.snapshot import snapshot_of
from dashboard.web import urls


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The overview; the reader's start page, where the site's bare address was typed or is a bookmark."""
    if request.headers.get("Sec-Fetch-Site") == "none" and not request.GET:
        start = links_of(request, "overview").start
        if start != urls.on_site("/"):
            return redirect(start)
    return _overview(request)


@fresh
def _overview(request: HttpRequest) -> HttpResponse:
    """What needs somebody now, and what the rest comes to."""
    snapshot = snapshot_of(request)
    shown = {"page": overview(snapshot), "failing_rule": snapshot.failing_rule}
    return page(request, "overview/page.html", "overview", "Overview", snapshot, **shown)
