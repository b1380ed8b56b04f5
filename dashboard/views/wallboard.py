"""The wallboard: a document of its own, for a screen that nobody touches."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from dashboard import filters
from dashboard.services.deployments import list as deployment_list
from dashboard.services.status import feeds
from dashboard.services.wallboard.page import COLUMNS, wall
from dashboard.views.page import now


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every deployment on one screen; the URL is the bookmark."""
    response = render(request, "wallboard/page.html", {"wall": wall(asked(request.GET), now())})
    patch_cache_control(response, private=True, no_store=True)
    return response


def asked(given: QueryDict) -> filters.Query:
    """What a wall is asked for."""
    return filters.wallboard(
        given,
        statuses=deployment_list.statuses(),
        healths=deployment_list.HEALTHS,
        accounts=feeds.account_names(),
        columns=COLUMNS,
    )
