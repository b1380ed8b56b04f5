"""The wallboard: a document of its own, for a screen that nobody touches."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from dashboard.services.lists.questions import read_question
from dashboard.services.wallboard.page import wall
from dashboard.views.snapshot import snapshot_of


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every deployment on one screen; the URL is the bookmark, also of the zone where it names one."""
    snapshot = snapshot_of(request)
    query = read_question("wallboard", request.GET, snapshot)
    zone = query.one("tz")
    with timezone.override(zone or timezone.get_current_timezone()):
        shown = wall(query, replace(snapshot, now=timezone.localtime(snapshot.now)) if zone else snapshot)
        response = render(request, "wallboard/page.html", {"wall": shown, "leads_back": _leads_back(request)})
    patch_cache_control(response, private=True, no_store=True)
    return response


def _leads_back(request: HttpRequest) -> bool:
    """Whether its reader may see the other pages: not one who holds a link to just this."""
    return request.user.is_authenticated or settings.DASHBOARD_AUTH == "none"
