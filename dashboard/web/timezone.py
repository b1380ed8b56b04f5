"""The reader's own time zone: named by a cookie that a small script sets, the server's without it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from dashboard.domain.zones import known_zone

COOKIE = "zone"


class ReaderZoneMiddleware:
    """Activates the reader's zone for the length of a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with times in the reader's zone."""
        zone = known_zone(request.COOKIES.get(COOKIE, "")) or settings.TIME_ZONE
        with timezone.override(zone):
            return self.get_response(request)
