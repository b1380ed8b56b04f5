"""Serving under a sub-path of a host, `SUB_PATH=/agents`: what is asked for begins with it, or is not here.

Only the setting decides on it. No header of a visitor moves the site: Django is given the sub-path by
`FORCE_SCRIPT_NAME`, and gunicorn believes no header that would name another one.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, HttpResponseRedirect


class SubPathMiddleware:
    """Takes the sub-path off before anything else looks at the path; the proxy passes paths on whole."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Not used where the site has a host of its own."""
        if not settings.SUB_PATH:
            raise MiddlewareNotUsed
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer of the page behind the sub-path; a way in, or 404, for what is not under it."""
        asked, begins = request.path_info, f"{settings.SUB_PATH}/"
        if asked == settings.SUB_PATH:
            return HttpResponseRedirect(begins)
        if not asked.startswith(begins):
            answer = HttpResponseNotFound(f"The dashboard is at {begins}\n", content_type="text/plain")
            answer["X-Content-Type-Options"] = "nosniff"
            return answer
        request.path, request.path_info = asked, asked[len(settings.SUB_PATH) :]
        return self._get_response(request)
