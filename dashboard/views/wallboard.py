"""The wallboard: a document of its own, for a screen that nobody touches."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from dashboard.filters import AT, Query
from dashboard.filters.timespans import Unusable
from dashboard.services.lists.questions import read_question
from dashboard.services.past.wall import past_wall
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.wallboard.page import Wall, wall
from dashboard.views.permissions import sees_every_page
from dashboard.views.snapshot import snapshot_of


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every deployment on one screen; the URL is the bookmark, also of the zone where it names one."""
    snapshot = snapshot_of(request)
    query = read_question("wallboard", request.GET, snapshot)
    zone = query.one("tz")
    with timezone.override(zone or timezone.get_current_timezone()):
        snapshot = replace(snapshot, now=timezone.localtime(snapshot.now)) if zone else snapshot
        leads_back = sees_every_page(request)
        shown = _as_asked(query, snapshot, visitor=not leads_back)
        response = render(request, "wallboard/page.html", {"wall": shown, "leads_back": leads_back})
    patch_cache_control(response, private=True, no_store=True)
    return response


def _as_asked(query: Query, snapshot: Snapshot, *, visitor: bool) -> Wall:
    """As it is now, or as it was; now as well where it is not known how it was, and why not."""
    if not (at := query.one(AT)):
        return wall(query, snapshot, visitor=visitor)
    try:
        return past_wall(query, snapshot)
    except Unusable as error:
        return wall(query.dropping(AT, at, str(error)), snapshot, visitor=visitor)
