"""Where the settings of a reader are kept: with the person where people sign in, else in a cookie.

Whoever signs in takes the person's settings along in the session, so that no page asks for them. Another
browser of the same person follows at its next sign-in, and may be set otherwise until then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from dashboard.domain.reader_settings import ReaderSettings
from dashboard.models import ReaderChoice
from dashboard.web import reader

_KEPT_AS = "view"  # the key in a session, and the name of the cookie
_YEAR = 31_536_000  # seconds


class ReaderMiddleware:
    """Shows pages as their reader has chosen; what needs no person is shown as to anybody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, beginning with nothing chosen."""
        reader.use(ReaderSettings())
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, _args: Any, _kwargs: Any) -> None:
        """Use the settings of whoever asks for a page."""
        if getattr(view, "login_required", True):
            chosen = chosen_by(request)
            reader.use(chosen)
            if chosen.zone:
                timezone.activate(chosen.zone)  # until ReaderZoneMiddleware ends the request


def chosen_by(request: HttpRequest) -> ReaderSettings:
    """What whoever asks has chosen."""
    if not request.user.is_authenticated:
        return ReaderSettings.parse(request.COOKIES.get(_KEPT_AS, ""))
    if settings.DASHBOARD_AUTH == "proxy":
        return _of_person(request.user)
    return ReaderSettings.parse(request.session.get(_KEPT_AS, ""))


def keep(request: HttpRequest, response: HttpResponse, chosen: ReaderSettings) -> None:
    """Keep what whoever asks has chosen."""
    if not request.user.is_authenticated:
        secure = request.is_secure()
        path = settings.SESSION_COOKIE_PATH
        response.set_cookie(
            _KEPT_AS, chosen.text, max_age=_YEAR, path=path, secure=secure, httponly=True, samesite="Lax"
        )
        return
    ReaderChoice.objects.update_or_create(user=request.user, defaults={"settings": chosen.text})
    if settings.DASHBOARD_AUTH != "proxy":
        request.session[_KEPT_AS] = chosen.text


def take_along(request: HttpRequest, user: User, **_signal: Any) -> None:
    """Put the settings of a person who signs in into the session."""
    if text := _of_person(user).text:
        request.session[_KEPT_AS] = text


def _of_person(user: User) -> ReaderSettings:
    choice: ReaderChoice | None = getattr(user, "reader_choice", None)
    return ReaderSettings.parse(choice.settings) if choice else ReaderSettings()


user_logged_in.connect(take_along)
