"""Signing in and out, and the one-time link for the first person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.access import sign_in_pace, users
from dashboard.views.page import page
from dashboard.views.snapshot import snapshot_of
from dashboard.web import urls

_OUR_OWN = "django.contrib.auth.backends.ModelBackend"  # who knows a person by a name and a password


class FirstPersonForm(forms.Form):
    """The name and the password that the first person chooses."""

    username = forms.CharField(label="Username", max_length=150, validators=[UnicodeUsernameValidator()])
    password = forms.CharField(label="Password", strip=False, widget=forms.PasswordInput)

    def clean_password(self) -> str:
        """The password, if it is one that holds."""
        password: str = self.cleaned_data["password"]
        validate_password(password, User(username=self.cleaned_data.get("username", "")))
        return password


@dataclass(frozen=True)
class FormField:
    """One field of a form, as its template draws it."""

    name: str
    label: str
    type: str
    value: str
    autocomplete: str
    errors: list[str]


@login_not_required
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for name and password; afterwards lead where the person wanted to go."""
    wanted = _safe(request)
    if settings.DASHBOARD_AUTH == "oidc":
        return render(request, "account/single_sign_on.html", {"next": wanted})
    _only_with_passwords()
    if request.method == "POST" and (seconds := sign_in_pace.take_place(request)):
        return _too_fast(request, seconds)
    form = AuthenticationForm(request, request.POST or None)
    if form.is_valid():
        return _let_in(request, form.get_user())
    return _ask(request, form, _errors(form), wanted)


def _let_in(request: HttpRequest, user: User) -> HttpResponse:
    login(request, user)
    sign_in_pace.give_back(request)
    response = lead_on(request)
    sign_in_pace.know_browser(request, response)
    return response


def lead_on(request: HttpRequest) -> HttpResponse:
    """To the page that the person wanted, else to the first one."""
    return redirect(_safe(request) or "/")


def ask_again(request: HttpRequest) -> HttpResponse:
    """The form anew, with a token that fits: of a tab opened before a sign-in and a sign-out in another."""
    _only_with_passwords()
    form = AuthenticationForm(request, initial={"username": request.POST.get("username", "")})
    error = "This form was out of date, so nothing was checked. Enter the password again."
    response = _ask(request, form, [error], _safe(request))
    add_never_cache_headers(response)
    return response


def _only_with_passwords() -> None:
    if settings.DASHBOARD_AUTH != "login":
        raise Http404("Nobody signs in with a password here.")


def locked_out(request: HttpRequest, _answer: HttpResponse | None, _credentials: Any) -> HttpResponse:
    """The answer once a password was wrong too often; also to whoever then has the right one."""
    minutes = round(settings.AXES_COOLOFF_TIME.total_seconds() / 60)
    error = (
        f"Too many wrong passwords for this name from your address. Wait {minutes} minutes, then try again."
    )
    return _ask_later(request, error, 60 * minutes)


def _too_fast(request: HttpRequest, seconds: int) -> HttpResponse:
    """The answer to more tries from one address than anybody types; nothing was checked."""
    error = f"Many passwords were tried from your address, so nothing was checked. Try again in {seconds} s."
    return _ask_later(request, error, seconds)


def _ask_later(request: HttpRequest, error: str, seconds: int) -> HttpResponse:
    form = AuthenticationForm(request, initial={"username": request.POST.get("username", "")})
    response = _ask(request, form, [error], _safe(request))
    response.status_code = 429
    response["Retry-After"] = str(seconds)
    add_never_cache_headers(response)
    return response


def _ask(request: HttpRequest, form: AuthenticationForm, errors: list[str], wanted: str) -> HttpResponse:
    context = {"fields": _entries(form, "current-password"), "errors": errors, "next": wanted}
    return render(request, "account/sign_in.html", context)


@login_not_required
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def first_sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """Let the first person in by the link that the server printed; it is dead once there is one."""
    _only_with_passwords()
    if not users.is_first_link(token):
        raise Http404(
            "This link is used up or too old. A restart prints a new one while nobody has an account."
        )
    form = FirstPersonForm(request.POST or None)
    if form.is_valid():
        user = users.create_first(**form.cleaned_data)
        if user is None:
            return redirect("sign-in")
        login(request, user, _OUR_OWN)
        return redirect("/")
    context = {"fields": _entries(form, "new-password"), "errors": _errors(form), "next": "", "token": token}
    return render(request, "account/first_sign_in.html", context)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; every other session of the same person ends with it."""
    _only_with_passwords()
    if not (isinstance(request.user, User) and request.user.has_usable_password()):
        raise Http404("There is no password to change: this site does not keep one for you.")
    form = PasswordChangeForm(request.user, request.POST or None)
    changed = form.is_valid()
    if changed:
        update_session_auth_hash(request, form.save())
    context = {"fields": _entries(form, "new-password"), "errors": _errors(form), "changed": changed}
    return page(request, "account/password.html", "password", "Password", snapshot_of(request), **context)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and have the browser forget the pages it kept."""
    logout(request)
    response = redirect("sign-in")
    response["Clear-Site-Data"] = '"cache"'
    return response


def _safe(request: HttpRequest) -> str:
    """Where to go afterwards: a page of this site, or nowhere in particular."""
    return urls.page_to_return_to(request.POST.get("next", request.GET.get("next", "")), request)


def _entries(form: forms.Form | PasswordChangeForm, autocomplete: str) -> list[FormField]:
    """The fields as the template draws them; what was typed as a password is never sent back."""
    return [
        FormField(
            name=field.name,
            label=str(field.label),
            type="text" if field.name == "username" else "password",
            value=str(field.value() or "") if field.name == "username" else "",
            autocomplete={"username": "username", "old_password": "current-password"}.get(
                field.name, autocomplete
            ),
            errors=[str(error) for error in field.errors],
        )
        for field in form
    ]


def _errors(form: forms.Form) -> list[str]:
    return [str(error) for error in form.non_field_errors()]
