"""Forms of pages that were opened before a sign-out or a sign-in in another tab: they lead on."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth import middleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from dashboard.views import assets, refresh, sign_in
from dashboard.web import urls

_SIGN_IN_FORMS = ("sign-in", "sign-in-code", "first-sign-in", "set-password")
_HARMLESS = {"sign-out": sign_in.sign_out, "refresh": refresh.ask}


class LoginRequiredMiddleware(middleware.LoginRequiredMiddleware):
    """Leads whoever is signed out to the sign-in page, then to a page, never to a form's address."""

    # The stubs know only the redirect that Django itself answers with.
    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponse:  # type: ignore[override]
        """To the sign-in page."""
        if request.method == "POST":
            return _to_sign_in(request)
        return super().handle_no_permission(request, view_func)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to a form whose token does not fit.

    One of ours that is out of date leads on where that changes nothing, or where the browser names the page
    it stands on as ours. One from elsewhere is refused.
    """
    from_elsewhere = not reason.startswith("CSRF ")  # Django checks the origin first, then the token
    answer = None if from_elsewhere else _lead_on(request, has_cookie="cookie" not in reason)
    return answer or assets.forbidden(request, reason=reason)


def _lead_on(request: HttpRequest, *, has_cookie: bool) -> HttpResponse | None:
    match = request.resolver_match
    name = match.url_name if match else ""
    signed_in = request.user.is_authenticated
    if name in _SIGN_IN_FORMS and signed_in:
        return sign_in.lead_on(request)
    if name == "sign-in":
        return sign_in.ask_again(request) if has_cookie else None
    if not signed_in:
        return _to_sign_in(request) if _needs_sign_in(match) else None
    # An origin that is not ours was refused before; an old browser names none.
    stale = _HARMLESS.get(name or "") if "Origin" in request.headers else None
    return stale(request) if stale else None


def _needs_sign_in(match: Any) -> bool:
    return settings.DASHBOARD_AUTH in ("login", "oidc") and getattr(match.func, "login_required", True)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    return redirect_to_login(_page_of_form(request))


def _page_of_form(request: HttpRequest) -> str:
    """The page on which a form stood, as the browser names it; the first page where it names none of ours."""
    referer = request.headers.get("Referer", "")
    if not urls.of_this_site(referer, request):
        return reverse("overview")
    parts = urlsplit(referer)
    return urlunsplit(("", "", parts.path, parts.query, "")) or reverse("overview")
