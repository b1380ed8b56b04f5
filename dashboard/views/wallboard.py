"""The wallboard: a document of its own, for a screen that nobody touches."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from dashboard.services.lists.questions import read_question
from dashboard.services.wallboard.page import wall
from dashboard.views.snapshot import snapshot_of


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every deployment on one screen; the URL is the bookmark."""
    snapshot = snapshot_of(request)
    shown = wall(read_question("wallboard", request.GET, snapshot), snapshot)
    response = render(request, "wallboard/page.html", {"wall": shown})
    patch_cache_control(response, private=True, no_store=True)
    return response
