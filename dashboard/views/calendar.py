"""The calendar."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dashboard.domain.text import without_controls
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
def subscription(request: HttpRequest) -> HttpResponse:
    """The same deployments for a calendar program: never in pages, whatever the view."""
    snapshot = snapshot_of(request)
    query = read_question("calendar", request.GET, snapshot)
    if query.ignored:
        return refused(query)
    headers = {"Content-Disposition": 'inline; filename="calendar.ics"', "Cache-Control": "private, no-cache"}
    body = ics.feed(query, snapshot, request.build_absolute_uri)
    # Line ends alone may hold a carriage return: in a name it would begin a line of its own.
    lines = (without_controls(line, "\t\n") for line in body.decode().split("\r\n"))
    return HttpResponse("\r\n".join(lines), content_type="text/calendar; charset=utf-8", headers=headers)
