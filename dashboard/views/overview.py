"""The overview."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from dashboard.filters import AT
from dashboard.filters.timespans import Unusable
from dashboard.services.lists.questions import read_question
from dashboard.services.overview.page import overview
from dashboard.services.past.overview import past_overview
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
    return _past_overview(request) if AT in request.GET else _overview(request)


def _past_overview(request: HttpRequest) -> HttpResponse:
    """The same as it was; as it is now where that is not known, and why not."""
    snapshot = snapshot_of(request)
    query = read_question("past", request.GET, snapshot)
    try:
        shown = past_overview(query, snapshot) if query.one(AT) else None
    except Unusable as error:
        query, shown = query.dropping(AT, query.one(AT), str(error)), None
    if shown is None:
        request.asked = query  # type: ignore[attr-defined] # whose page says what could not be used
        return _overview(request)
    return page(request, "overview/past.html", "overview", "Overview as it was", snapshot, page=shown)


@fresh
def _overview(request: HttpRequest) -> HttpResponse:
    """What needs somebody now, and what the rest comes to."""
    snapshot = snapshot_of(request)
    shown = {"page": overview(snapshot), "failing_rule": snapshot.failing_rule}
    shown |= {"asked": getattr(request, "asked", None)}
    return page(request, "overview/page.html", "overview", "Overview", snapshot, **shown)
