"""`DASHBOARD_AUTH=oidc`: the settings of mozilla-django-oidc, and what is checked beyond its own checks.

Loaded only in that mode: the library is an extra.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpResponse
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import import_from_settings
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

from dashboard.access import oidc_provider, users

_ENDPOINTS = {
    "OIDC_OP_AUTHORIZATION_ENDPOINT": "authorization_endpoint",
    "OIDC_OP_TOKEN_ENDPOINT": "token_endpoint",
    "OIDC_OP_USER_ENDPOINT": "userinfo_endpoint",
    "OIDC_OP_JWKS_ENDPOINT": "jwks_uri",
}
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
        """The claims of a token with a good signature and nonce, from our provider and for us."""
        claims = super().verify_token(token, **kwargs)
        meant = claims.get("aud")
        if settings.OIDC_RP_CLIENT_ID not in (meant if isinstance(meant, list) else [meant]):
            raise SuspiciousOperation("The token is for somebody else.")
        if claims.get("iss") != settings.OIDC_ISSUER:
            raise SuspiciousOperation("The token is from somebody else.")
        return claims

    def get_or_create_user(self, access_token: str, id_token: str, payload: Any) -> User | None:
        """The person, made at the first visit; None for one who may not look."""
        more = self.get_userinfo(access_token, id_token, payload)
        if more.get("sub") != payload.get("sub"):
            raise SuspiciousOperation("The two answers of the provider are about two people.")
        name = oidc_provider.username(
            {**payload, **more}, settings.OIDC_ALLOWED_DOMAINS, settings.OIDC_ALLOWED_GROUPS
        )
        return users.named(name)


class Begin(OIDCAuthenticationRequestView):  # type: ignore[misc] # it carries no types
    """Leads to the provider."""

    get_settings = staticmethod(_setting)


class Finish(OIDCAuthenticationCallbackView):  # type: ignore[misc] # it carries no types
    """Where the provider leads back to."""

    def login_success(self) -> HttpResponse:
        """The session stands on its own from here on: no page of it asks the provider."""
        self.user.backend = "django.contrib.auth.backends.ModelBackend"
        response: HttpResponse = super().login_success()
        return response

    def login_failure(self) -> NoReturn:
        """Refuse with a sentence; the sign-in page would only lead back to the provider."""
        raise PermissionDenied(_NOBODY)
