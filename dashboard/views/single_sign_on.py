"""Single sign-on: to the provider, and back."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dashboard.access.oidc_provider import ProviderUnavailable

_CHECKED_UNTIL = "oidc_id_token_expiration"  # where the library keeps it, in seconds
_log = logging.getLogger(__name__)


class RecheckMiddleware:
    """Has the provider say again, every `OIDC_RECHECK_MINUTES`, that a person may look.

    A page that is opened leads there and back, without anything to press where the person is still signed in
    there. What cannot lead anywhere, such as an open page that asks for itself, is answered for as long
    again, and then the session ends.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or lead to the provider."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, _args: Any, _kwargs: Any) -> HttpResponse | None:
        """Lead there before a page, where it is time."""
        lasts = settings.OIDC_RENEW_ID_TOKEN_EXPIRY_SECONDS
        if not lasts or not request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        overdue = time.time() - request.session.get(_CHECKED_UNTIL, 0)
        if overdue >= lasts:
            logout(request)
        elif overdue >= 0 and _opens_page(request):
            return redirect(f"{reverse('single-sign-on')}?{urlencode({'next': request.get_full_path()})}")
        return None


def _opens_page(request: HttpRequest) -> bool:
    """Whether a browser shows the answer as a page, so that it can be led elsewhere first."""
    mode = request.headers.get("Sec-Fetch-Mode", "navigate")
    return request.method == "GET" and mode == "navigate" and "HX-Request" not in request.headers


@login_not_required
@never_cache
@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    """Lead to the provider, which asks who it is."""
    return _answer(request, "Begin")


@login_not_required
@never_cache
@require_GET
def finish(request: HttpRequest) -> HttpResponse:
    """Back from the provider: let in whom it vouches for."""
    return _answer(request, "Finish")


def _answer(request: HttpRequest, name: str) -> HttpResponse:
    if settings.DASHBOARD_AUTH != "oidc":
        raise Http404("There is no single sign-on here.")
    # Only here: the libraries are an extra, which nobody needs who signs in another way.
    from jwt import PyJWTError
    from requests import RequestException

    from dashboard.access import oidc

    try:
        response: HttpResponse = getattr(oidc, name).as_view()(request)
    except (ProviderUnavailable, RequestException, PyJWTError, LookupError) as error:
        _log.warning("single sign-on: %s: %.200s", type(error).__name__, error)
        sentence = "The single sign-on service did not answer as it should. Try again in a moment."
        context = {"title": "Signing in did not work", "sentence": sentence, "status": 503}
        return render(request, "error.html", context, status=503)
    return response
