"""The jump box: where a text may lead, as a page, or as the list of the box on every page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from dashboard.domain.text import clean
from dashboard.filters.fields import LONGEST
from dashboard.services.jump import jump
from dashboard.views.own_views import views_of
from dashboard.views.page import page
from dashboard.views.snapshot import snapshot_of


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What `q` may mean; the id of one thing opens it at once."""
    snapshot = snapshot_of(request)
    text = " ".join(clean(request.GET.get("q", ""))[:LONGEST].split())
    answer = jump(text, views_of(request), snapshot)
    if answer.at_once:
        return redirect(answer.at_once)
    if "HX-Request" not in request.headers:
        return page(request, "jump/page.html", "jump", "Jump to", snapshot, answer=answer)
    response = render(request, "jump/options.html", {"answer": answer})
    patch_cache_control(response, private=True, no_store=True)
    return response
