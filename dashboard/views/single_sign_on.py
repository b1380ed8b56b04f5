"""Single sign-on: to the provider, and back."""

from __future__ import annotations

import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dashboard.access.oidc_provider import ProviderUnavailable

_log = logging.getLogger(__name__)


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
