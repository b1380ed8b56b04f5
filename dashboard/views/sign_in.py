"""Signing in and out, and the one-time links by which somebody chooses a password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.access import audit, client_ip, one_time_codes, people, sign_in_pace, users
from dashboard.domain.states import Deed
from dashboard.views.page import now
from dashboard.views.sign_in_forms import CodeForm, FirstPersonForm, NewPasswordForm, entries, errors_of
from dashboard.web import urls

_OUR_OWN = "django.contrib.auth.backends.ModelBackend"  # who knows a person by a name and a password
_TOO_LONG = "That took too long, so nothing was checked. Enter name and password again."
_NOT_CHECKED = "Many passwords were tried from your address, so nothing was checked."
_WRONG_CODE = "That code is not right, or was used before. Enter the one that is shown now."


@login_not_required
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for name and password; afterwards lead where the person wanted to go."""
    wanted = _safe(request)
    if settings.DASHBOARD_AUTH == "oidc":
        return render(request, "account/single_sign_on.html", {"next": wanted})
    only_with_passwords()
    if request.method == "POST" and (seconds := sign_in_pace.take_place(request)):
        return _too_fast(request, seconds)
    form = AuthenticationForm(request, request.POST or None)
    if not form.is_valid():
        return _ask(request, form, errors_of(form), wanted)
    user = form.get_user()
    if one_time_codes.device_of(user):
        sign_in_pace.give_back(request)
        return _ask_code(request, one_time_codes.ticket(user), [])
    return _let_in(request, user)


@login_not_required
@sensitive_post_parameters("code", "ticket")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second step of whoever has one-time codes."""
    only_with_passwords()
    if request.method != "POST":
        return redirect("sign-in")
    ticket = request.POST.get("ticket", "")
    waiting = one_time_codes.of_ticket(ticket)
    if waiting is None:
        return _ask(request, AuthenticationForm(request), [_TOO_LONG], _safe(request))
    if seconds := sign_in_pace.take_place(request):
        return _later(_ask_code(request, ticket, [f"{_NOT_CHECKED} Try again in {seconds} s."]), seconds)
    user, device = waiting
    given = CodeForm(request.POST)
    outcome = one_time_codes.use(device, given.cleaned_data["code"] if given.is_valid() else "", now())
    if outcome.right:
        if outcome.recovered:
            audit.record(Deed.RECOVERED, audit.Actor(user.username, client_ip.address(request)))
        return _let_in(request, user)
    audit.record(Deed.REFUSED, audit.Actor(user.username, client_ip.address(request)), "wrong one-time code")
    if outcome.wait:
        errors = [f"Too many wrong codes. Wait {outcome.wait} s, or use a recovery code."]
        return _later(_ask_code(request, ticket, errors), outcome.wait)
    return _ask_code(request, ticket, [_WRONG_CODE])


def _ask_code(request: HttpRequest, ticket: str, errors: list[str]) -> HttpResponse:
    context = {"fields": entries(CodeForm(), ""), "errors": errors, "ticket": ticket, "next": _safe(request)}
    return render(request, "account/code.html", context)


def _let_in(request: HttpRequest, user: User) -> HttpResponse:
    login(request, user, _OUR_OWN)
    sign_in_pace.give_back(request)
    response = lead_on(request)
    sign_in_pace.know_browser(request, response)
    return response


def lead_on(request: HttpRequest) -> HttpResponse:
    """To the page that the person wanted, else to the first one."""
    return redirect(_safe(request) or "overview")


def ask_again(request: HttpRequest) -> HttpResponse:
    """The form anew, with a token that fits: of a tab opened before a sign-in and a sign-out in another."""
    only_with_passwords()
    form = AuthenticationForm(request, initial={"username": request.POST.get("username", "")})
    error = "This form was out of date, so nothing was checked. Enter the password again."
    response = _ask(request, form, [error], _safe(request))
    add_never_cache_headers(response)
    return response


def only_with_passwords() -> None:
    """Answer 404 where people sign in in another way."""
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
    return _ask_later(request, f"{_NOT_CHECKED} Try again in {seconds} s.", seconds)


def _ask_later(request: HttpRequest, error: str, seconds: int) -> HttpResponse:
    form = AuthenticationForm(request, initial={"username": request.POST.get("username", "")})
    return _later(_ask(request, form, [error], _safe(request)), seconds)


def _later(response: HttpResponse, seconds: int) -> HttpResponse:
    response.status_code = 429
    response["Retry-After"] = str(seconds)
    add_never_cache_headers(response)
    return response


def _ask(request: HttpRequest, form: AuthenticationForm, errors: list[str], wanted: str) -> HttpResponse:
    context = {"fields": entries(form, "current-password"), "errors": errors, "next": wanted}
    return render(request, "account/sign_in.html", context)


@login_not_required
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def first_sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """Let the first person in by the link that the server printed; it is dead once there is one."""
    only_with_passwords()
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
        return redirect("overview")
    context = {"fields": entries(form, "new-password"), "errors": errors_of(form), "next": "", "token": token}
    return render(request, "account/first_sign_in.html", context)


@login_not_required
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_password(request: HttpRequest, token: str) -> HttpResponse:
    """Let an invited person, or one whose account was reset, choose a password by a link that works once."""
    only_with_passwords()
    user = people.of_link(token)
    if user is None:
        raise Http404("This link is used up or too old. An administrator can make a new one.")
    form = NewPasswordForm(request.POST or None)
    form.username = user.username
    if form.is_valid():
        chosen = people.choose_password(token, form.cleaned_data["password"], client_ip.address(request))
        return _let_in(request, chosen) if chosen else redirect("sign-in")
    context = {"fields": entries(form, "new-password"), "errors": errors_of(form), "name": user.username}
    return render(request, "account/set_password.html", context)


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
