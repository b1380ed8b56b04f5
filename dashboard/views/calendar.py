"""The calendar."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dashboard import filters
from dashboard.services import deployments, feed
from dashboard.services.calendar import calendar
from dashboard.views.page import list_page, now


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What ran, what was missed, what is promised: one grid across now; the URL is the bookmark."""
    at = now()
    query = filters.calendar(
        request.GET,
        statuses=deployments.statuses(),
        healths=deployments.HEALTHS,
        accounts=feed.account_names(),
    )
    found = calendar(query, at)
    return list_page(request, "calendar", f"Calendar, {found.heading}", at, found)
