"""`DASHBOARD_AUTH=oidc`: the settings of mozilla-django-oidc, and what is checked beyond its own checks.

Loaded only in that mode: the library is an extra.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.backends import signed_cookies
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import import_from_settings
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

from dashboard.access import oidc_provider, users
from dashboard.web import urls

_ENDPOINTS = {
    "OIDC_OP_AUTHORIZATION_ENDPOINT": "authorization_endpoint",
    "OIDC_OP_TOKEN_ENDPOINT": "token_endpoint",
    "OIDC_OP_USER_ENDPOINT": "userinfo_endpoint",
    "OIDC_OP_JWKS_ENDPOINT": "jwks_uri",
}
_LONGEST_NEXT = 1_000  # characters of an address to return to: what a cookie has room for
_ASK_THE_PERSON = ("login_required", "interaction_required", "consent_required", "account_selection_required")
_LONGEST_SUBJECT = 255  # characters, as the standard has it
_NOBODY = "Single sign-on let nobody in: it was broken off, or you are not one of those who may look."


def _setting(name: str, *default: Any) -> Any:
    """A setting of the library; the endpoints come from the provider."""
    if endpoint := _ENDPOINTS.get(name):
        return oidc_provider.provider(settings.OIDC_ISSUER)[endpoint]
    return import_from_settings(name, *default)


class Backend(OIDCAuthenticationBackend):  # type: ignore[misc] # the library carries no types
    """Checks also whom a token is from and for, and lets in only who may look."""

    get_settings = staticmethod(_setting)

    def verify_token(self, token: str, **kwargs: Any) -> Any:
        """The claims of a token with a good signature and nonce, from our provider, for us, that runs out."""
        claims = super().verify_token(token, **kwargs)
        meant = claims.get("aud")
        audience = meant if isinstance(meant, list) else [meant]
        if settings.OIDC_RP_CLIENT_ID not in audience:
            raise SuspiciousOperation("The token is for somebody else.")
        if claims.get("iss") != settings.OIDC_ISSUER:
            raise SuspiciousOperation("The token is from somebody else.")
        if "nonce" in kwargs:  # the token of a sign-in, not a signed answer about a person
            _check_sign_in(claims, audience)
        return claims

    def get_or_create_user(self, access_token: str, id_token: str, payload: Any) -> User | None:
        """The person, made at the first visit; None for one who may not look."""
        more = self.get_userinfo(access_token, id_token, payload)
        if more.get("sub") != payload["sub"]:
            raise SuspiciousOperation("The two answers of the provider are about two people.")
        claims = oidc_provider.vouched_for(payload, more)
        self.request.named_by_provider = claims.get("email", "")
        name = oidc_provider.username(claims, settings.OIDC_ALLOWED_DOMAINS, settings.OIDC_ALLOWED_GROUPS)
        return users.identified(settings.OIDC_ISSUER, payload["sub"], name) if name else None


def _check_sign_in(claims: Any, audience: list[Any]) -> None:
    if not isinstance(claims.get("exp"), int | float):
        raise SuspiciousOperation("The token never runs out.")
    if not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= _LONGEST_SUBJECT:
        raise SuspiciousOperation("The token is about nobody.")
    azp = claims.get("azp")
    if azp != settings.OIDC_RP_CLIENT_ID and (azp is not None or len(audience) > 1):
        raise SuspiciousOperation("The token was made for somebody else to use.")


class Attempt(signed_cookies.SessionStore):
    """What a sign-in that has begun is known by: in a cookie, so that whoever never returns leaves no row."""

    def get_session_cookie_age(self) -> int:
        """Seconds that a sign-in may take."""
        return 600


class _Attempting:
    """A step of a sign-in: the library finds the attempt where it looks for a session."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take the step; the attempt goes back into its cookie, the person's session stays what it was."""
        cookie = settings.OIDC_ATTEMPT_COOKIE_NAME
        _ = request.user.is_authenticated  # known by the session, before there is another in its place
        self.own_session, self.attempt = request.session, Attempt(request.COOKIES.get(cookie))
        request.session = self.attempt
        try:
            response: HttpResponse = super().dispatch(request, *args, **kwargs)  # type: ignore[misc] # of the view
        finally:
            request.session = self.own_session
        if self.attempt.get("oidc_states"):
            self.attempt.save()
            response.set_cookie(
                cookie,
                self.attempt.session_key or "",
                max_age=self.attempt.get_session_cookie_age(),
                path=settings.SESSION_COOKIE_PATH,
                secure=settings.BEHIND_TLS,
                httponly=True,
                samesite="Lax",
            )
        else:
            response.delete_cookie(cookie, path=settings.SESSION_COOKIE_PATH, samesite="Lax")
        return response


class Begin(_Attempting, OIDCAuthenticationRequestView):  # type: ignore[misc] # it carries no types
    """Leads to the provider."""

    get_settings = staticmethod(_setting)

    def get(self, request: HttpRequest) -> HttpResponse:
        """To the provider, which leads back here."""
        response: HttpResponse = super().get(request)
        if len(self.attempt.get("oidc_login_next") or "") > _LONGEST_NEXT:
            self.attempt["oidc_login_next"] = None
        return response

    def get_extra_params(self, request: HttpRequest) -> dict[str, str]:
        """Whoever is signed in here is only asked whether that still holds, without a page in between."""
        return {"prompt": "none"} if request.user.is_authenticated else {}


class Finish(_Attempting, OIDCAuthenticationCallbackView):  # type: ignore[misc] # it carries no types
    """Where the provider leads back to."""

    get_settings = staticmethod(_setting)
    success_url = "/"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Let in whom the provider vouches for; lead to the page that was wanted, else to the first one."""
        wanted = urls.page_to_return_to(request.session.get("oidc_login_next") or "", request)
        self.success_url = wanted or reverse("overview")
        response: HttpResponse = super().get(request)
        return response

    def login_success(self) -> HttpResponse:
        """The session stands on its own from here on, until it is time to ask the provider again."""
        self.attempt = self.request.session
        self.request.session = self.own_session
        self.user.backend = "django.contrib.auth.backends.ModelBackend"
        response: HttpResponse = super().login_success()
        return response

    def login_failure(self) -> HttpResponse:
        """Refuse with a sentence; whoever only has to sign in at the provider again is led there."""
        self.request.session = self.own_session
        logout(self.request)
        if self.request.GET.get("error") in _ASK_THE_PERSON:
            return redirect_to_login(self.success_url)
        raise PermissionDenied(_NOBODY)
