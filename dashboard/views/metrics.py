"""Figures for Prometheus, about the deployments that the filters of their list choose."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_safe

from dashboard.filters import Query
from dashboard.services.exports import prometheus
from dashboard.views import deployments, exports
from dashboard.views.page import now


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """How fresh the feeds are, how each deployment stands."""
    query = asked(request.GET)
    if query.ignored:
        return exports.refused(query)
    figures = prometheus.exposition(query, now())
    return HttpResponse(figures, content_type=prometheus.CONTENT_TYPE, headers=exports.KEPT)


def asked(given: QueryDict) -> Query:
    """Which deployments are asked for."""
    return deployments.asked(given, "/metrics")
