"""`DASHBOARD_AUTH=proxy`: a reverse proxy signs people in and names them in a header.

The header is believed from the trusted proxy's own address and from nowhere else. Nothing is kept between
requests, so there is no session that could be used to walk around the proxy.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from dashboard import callers
from dashboard.services import people


class ProxyMiddleware(LoginRequiredMiddleware):
    """Takes the person from the proxy's header; without one only what is open to all is answered."""

    def process_request(self, request: HttpRequest) -> None:
        """Whoever the proxy names, each time anew; nobody, whatever a cookie says, when it names nobody."""
        told = request.headers.get(settings.PROXY_USER_HEADER, "") if callers.through_proxy(request) else ""
        request.user = people.named(told) or AnonymousUser()

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> NoReturn:
        """Refuse, and say which of the two it was."""
        if callers.through_proxy(request):
            raise PermissionDenied("The proxy in front of this site named nobody who may look.")
        raise PermissionDenied("This site is reached through its proxy, which signs people in.")
