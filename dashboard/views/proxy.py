"""`DASHBOARD_AUTH=proxy`: a reverse proxy signs people in and names them in a header.

The header is believed from the trusted proxy's own address and from nowhere else. Nothing is kept between
requests, so there is no session that could be used to walk around the proxy.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from dashboard.access import client_ip, users
from dashboard.views import assets

_NOBODY = "The proxy in front of this site named nobody who may look."
_AROUND = "This site is reached through its proxy, which signs people in."


class ProxyMiddleware(LoginRequiredMiddleware):
    """Takes the person from the proxy's header; without one only what is open to all is answered."""

    def process_request(self, request: HttpRequest) -> None:
        """Whoever the proxy names, each time anew; nobody, whatever a cookie holds, when it names nobody."""
        trusted = client_ip.through_proxy(request)
        username = request.headers.get(settings.PROXY_USER_HEADER, "") if trusted else ""
        request.user = users.named(username) or AnonymousUser()

    # The stubs know only the redirect that Django itself answers with.
    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponse:  # type: ignore[override]
        """Refuse with the reason, in one line of the log, since strangers may come often."""
        reason = _NOBODY if client_ip.through_proxy(request) else _AROUND
        return assets.forbidden(request, PermissionDenied(reason))
