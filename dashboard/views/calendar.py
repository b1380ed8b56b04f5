"""The calendar."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_safe

from dashboard import filters
from dashboard.services.calendar import calendar
from dashboard.services.deployments import list as deployment_list
from dashboard.services.exports import ics
from dashboard.services.status import feeds
from dashboard.views.fresh import fresh
from dashboard.views.page import list_page, now


@require_safe
@fresh
def index(request: HttpRequest) -> HttpResponse:
    """What ran, what was missed, what is promised: one grid across now; the URL is the bookmark."""
    at = now()
    return list_page(request, "calendar", "Calendar", at, calendar(asked(request.GET), at))


@require_safe
def subscription(request: HttpRequest) -> HttpResponse:
    """The same deployments for a calendar program: never in pages, whatever the view."""
    at = now()
    headers = {"Content-Disposition": 'inline; filename="calendar.ics"', "Cache-Control": "private, no-cache"}
    body = ics.feed(asked(request.GET), at, request.build_absolute_uri)
    return HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=headers)


def asked(given: QueryDict) -> filters.Query:
    """What a query string asks the calendar for."""
    return filters.calendar(
        given,
        statuses=deployment_list.statuses(),
        healths=deployment_list.HEALTHS,
        accounts=feeds.account_names(),
    )
