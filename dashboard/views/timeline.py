"""The timeline of the fleet."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dashboard.services.lists.questions import read_question
from dashboard.services.timeline.page import timeline
from dashboard.views.fresh import fresh
from dashboard.views.page import list_page, own_path
from dashboard.views.snapshot import snapshot_of


@require_safe
@fresh
def index(request: HttpRequest) -> HttpResponse:
    """How the health of deployments changed, a lane for each; the URL is the bookmark."""
    snapshot = snapshot_of(request)
    query = read_question("timeline", request.GET, snapshot, **own_path(request))
    return list_page(request, "timeline", "Timeline", snapshot, timeline(query, snapshot))
