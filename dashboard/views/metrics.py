"""Figures for Prometheus, about the deployments that the filters of their list choose."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dashboard.services.exports import prometheus
from dashboard.services.lists.questions import read_question
from dashboard.views import exports
from dashboard.views.snapshot import snapshot_of


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """How fresh the feeds are, how each deployment stands."""
    snapshot = snapshot_of(request)
    query = read_question("metrics", request.GET, snapshot)
    if query.ignored:
        return exports.refused(query)
    figures = prometheus.exposition(query, snapshot)
    return HttpResponse(figures, content_type=prometheus.CONTENT_TYPE, headers=exports.KEPT)
