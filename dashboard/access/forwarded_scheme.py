"""Whether a reader came by https, as the trusted proxy reports it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from dashboard.access import client_ip

_log = logging.getLogger(__name__)
_NOT_TRUSTED = (
    "This site is asked for through a proxy that it does not trust, so it cannot know that you came by https."
    " Whoever runs it has to set TRUSTED_PROXY to the address that the proxy connects from.\n"
)


class ForwardedSchemeMiddleware:
    """Takes the scheme from `X-Forwarded-Proto`, of the trusted proxy alone.

    Each proxy on the way may have added its own, so the first one counts; `HTTPS` means `https`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the scheme that was reported; a redirect that could only lead here again is explained."""
        scheme = reported_scheme(request)
        if scheme and client_ip.through_proxy(request):
            request.META["wsgi.url_scheme"] = scheme
        response = self.get_response(request)
        leads_to_https = response.status_code == 301 and response["Location"].startswith("https://")
        return _explain(request) if scheme == "https" and leads_to_https else response


def reported_scheme(request: HttpRequest) -> str:
    """`https` or `http`, as the first of the proxies on the way reports it; empty where none does."""
    first = request.headers.get("X-Forwarded-Proto", "").partition(",")[0].strip().lower()
    return first if first in ("http", "https") else ""


def _explain(request: HttpRequest) -> HttpResponse:
    came_from = request.META.get("REMOTE_ADDR", "")
    trusted = settings.TRUSTED_PROXY or "not set"
    _log.warning("X-Forwarded-Proto comes from %s, but TRUSTED_PROXY is %s", came_from, trusted)
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(_NOT_TRUSTED, status=400, content_type="text/plain; charset=utf-8", headers=headers)
