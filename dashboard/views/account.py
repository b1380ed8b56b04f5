"""One's own account: the password, and one-time codes beside it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import User
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from dashboard.access import audit, one_time_codes, sessions, sign_in_pace
from dashboard.domain.states import Deed
from dashboard.views.page import now, page
from dashboard.views.sign_in import only_with_passwords
from dashboard.views.sign_in_forms import DeviceForm, PasswordForm, entries, errors_of
from dashboard.views.snapshot import snapshot_of

_SALT = "code-device"
_SETUP_LASTS = 3600  # seconds


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; every other session of the same person ends with it."""
    user = _with_password(request)
    form = PasswordChangeForm(user, request.POST or None)
    changed = form.is_valid()
    if changed:
        update_session_auth_hash(request, form.save())
        _end_other_sessions(request, user)
        audit.record(Deed.PASSWORD, audit.actor(request))
    context = {"fields": entries(form, "new-password"), "errors": errors_of(form), "changed": changed}
    context["codes"] = one_time_codes.device_of(user) is not None
    return page(request, "account/password.html", "password", "Password", snapshot_of(request), **context)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def codes(request: HttpRequest) -> HttpResponse:
    """Turn one-time codes on or off; either ends every other session of the person."""
    user = _with_password(request)
    device = one_time_codes.device_of(user)
    form = (PasswordForm if device else DeviceForm)(request.POST or None)
    seed = _seed(request)
    recovery = []
    if request.method == "POST" and _is_right(request, user, form):
        if device:
            one_time_codes.end(user)
            audit.record(Deed.CODES_OFF, audit.actor(request))
            device, form, seed = None, DeviceForm(), one_time_codes.new_seed()
            _end_other_sessions(request, user)
        elif recovery := one_time_codes.begin(user, seed, form.cleaned_data["code"], now()):
            audit.record(Deed.CODES_ON, audit.actor(request))
            device, form = one_time_codes.device_of(user), PasswordForm()
            _end_other_sessions(request, user)
        else:
            form.add_error("code", "That is not what the device shows now. Check its clock, and try again.")
    context: dict[str, Any] = {
        "on": device is not None,
        "recovery": recovery,
        "setup": None if device else one_time_codes.setup(seed, user.username),
        "signed": signing.dumps(seed, salt=_SALT),
        "fields": entries(form, "current-password"),
        "errors": errors_of(form),
    }
    return page(request, "account/codes.html", "codes", "One-time codes", snapshot_of(request), **context)


def _seed(request: HttpRequest) -> str:
    """The seed of the setup that was shown; a new one where none was, or long ago."""
    try:
        seed: str = signing.loads(request.POST.get("setup", ""), salt=_SALT, max_age=_SETUP_LASTS)
    except signing.BadSignature:
        return one_time_codes.new_seed()
    return seed


def _is_right(request: HttpRequest, user: User, form: DeviceForm | PasswordForm) -> bool:
    """Whether the form is filled in by whoever knows the password; trying it is slowed as at the sign-in."""
    if not form.is_valid():
        return False
    if seconds := sign_in_pace.take_place(request):
        form.add_error(None, f"Too many tries, so nothing was checked. Try again in {seconds} s.")
        return False
    if not user.check_password(form.cleaned_data["password"]):
        form.add_error("password", "That is not your password.")
        return False
    sign_in_pace.give_back(request)
    return True


def _with_password(request: HttpRequest) -> User:
    only_with_passwords()
    if not (isinstance(request.user, User) and request.user.has_usable_password()):
        raise Http404("There is no password to change: this site does not keep one for you.")
    return request.user


def _end_other_sessions(request: HttpRequest, user: User) -> None:
    sessions.end_all(user.pk, request.session.session_key or "")
