"""The calendar."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import conditional_page, require_safe

from dashboard.services.calendar import calendar
from dashboard.services.exports import ics
from dashboard.services.lists.questions import read_question
from dashboard.views.exports import refused
from dashboard.views.fresh import fresh
from dashboard.views.page import list_page
from dashboard.views.snapshot import snapshot_of


@require_safe
@fresh
def index(request: HttpRequest) -> HttpResponse:
    """What ran, what was missed, what is promised: one grid across now; the URL is the bookmark."""
    snapshot = snapshot_of(request)
    query = read_question("calendar", request.GET, snapshot)
    return list_page(request, "calendar", "Calendar", snapshot, calendar(query, snapshot))


@require_safe
@conditional_page
def subscription(request: HttpRequest) -> HttpResponse:
    """The same deployments for a calendar program: never in pages, whatever the view."""
    snapshot = snapshot_of(request)
    query = read_question("calendar", request.GET, snapshot)
    if query.ignored:
        return refused(query)
    headers = {"Content-Disposition": 'inline; filename="calendar.ics"', "Cache-Control": "private, no-cache"}
    body = ics.feed(query, snapshot, request.build_absolute_uri)
    return HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=headers)
