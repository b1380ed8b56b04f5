"""The people who may look, for administrators: who they are, and what may be done with each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.access import audit, people
from dashboard.access.audit import Actor
from dashboard.access.people import PersonRefused
from dashboard.domain.states import Role
from dashboard.domain.text import clean, sentence
from dashboard.views.page import page
from dashboard.views.permissions import only_administrators
from dashboard.views.snapshot import snapshot_of

_MANAGING = "manage people"

_REFUSED = 409  # what was asked does not go with how things are


class InviteForm(forms.Form):
    """Who is invited, and what they may do."""

    name = forms.CharField(label="Name", max_length=150)
    role = forms.ChoiceField(label="Role", choices=[(role, role) for role in Role.ALL])


@dataclass(frozen=True)
class OneTimeLink:
    """A link that was made just now for somebody: the only time that its address is known."""

    name: str
    address: str


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Everybody who may look, and a form for one more."""
    only_administrators(request, _MANAGING)
    form = InviteForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _shown(request, form)
    name, role = form.cleaned_data["name"], form.cleaned_data["role"]
    try:
        token = people.invite(name, role, audit.actor(request))
    except PersonRefused as error:
        form.add_error("name", sentence(str(error)))
        return _shown(request, form, status=_REFUSED)
    return _shown(request, InviteForm(), made=_link(request, name, token))


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Do with a person what the button says."""
    only_administrators(request, _MANAGING)
    do = request.POST.get("do", "")
    by = audit.actor(request)
    try:
        user = people.get(pk)
        if do == "reset":
            token = people.reset(user, by)
            return _shown(request, InviteForm(), made=_link(request, user.username, token))
        _ways(do)(user, by)
    except PersonRefused as error:
        return _shown(request, InviteForm(), refused=sentence(str(error)), status=_REFUSED)
    return redirect(f"{reverse('people')}#person-{pk}")


def _ways(do: str) -> Callable[[User, Actor], None]:
    ways: dict[str, Callable[[User, Actor], None]] = {
        "disable": people.disable,
        "enable": people.enable,
        "sign-out": people.sign_out,
        Role.ADMINISTRATOR: lambda user, by: people.change_role(user, Role.ADMINISTRATOR, by),
        Role.VIEWER: lambda user, by: people.change_role(user, Role.VIEWER, by),
    }
    if do not in ways:
        raise Http404("Nothing of that kind can be done with a person.")
    return ways[do]


def _shown(
    request: HttpRequest,
    form: InviteForm,
    *,
    made: OneTimeLink | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    part, after = clean(request.GET.get("q", "")), clean(request.GET.get("after", ""))
    context = {
        "form": form,
        "made": made,
        "refused": refused,
        "q": part,
        "after": after,
        "people": people.page(part, after),
        "passwords": settings.DASHBOARD_AUTH == "login",
    }
    response = page(request, "people/page.html", "people", "People", snapshot_of(request), **context)
    response.status_code = status
    add_never_cache_headers(response)
    return response


def _link(request: HttpRequest, name: str, token: str) -> OneTimeLink:
    path = reverse("set-password", args=[token]) if token else ""
    return OneTimeLink(name, request.build_absolute_uri(path) if path else "")
