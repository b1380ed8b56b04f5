"""Read-only links: the list, making and revoking them, and what each of them opens."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.access import audit, client_ip, link_pace, share_links, users
from dashboard.domain.text import sentence
from dashboard.filters.query import CURSOR
from dashboard.filters.timespans import Unusable
from dashboard.views.link_kinds import KINDS, Kind, kinds_of
from dashboard.views.page import now, page
from dashboard.views.permissions import only_administrators, only_people
from dashboard.views.snapshot import snapshot_of
from dashboard.web import urls

_LASTS = {"never": None, "7d": 7, "30d": 30, "90d": 90, "365d": 365}  # days
_USUALLY = "90d"
_EXPIRES = [(key, f"in {days} days" if days else "never") for key, days in _LASTS.items()]
# How a page is read, which shows nothing else.
_READING, _READING_A_CALENDAR = (CURSOR, "sort", "limit"), ("page",)
_DEAD = (
    "This link opens nothing: it was revoked, has expired, or what it shows or its owner is gone. Ask"
    " whoever gave it to you for a new one."
)

_PEOPLE_ALONE = "make or revoke links"


class LinkForm(forms.Form):
    """What a new link is called, what it opens, and for how long."""

    name = forms.CharField(label="Name", max_length=100)
    kind = forms.ChoiceField(label="Opens", choices=[(key, kind.word) for key, kind in KINDS.items()])
    of = forms.CharField(label="Address of the page whose filters it keeps", max_length=8_000)
    expires = forms.ChoiceField(label="Expires", choices=_EXPIRES)

    def clean(self) -> dict[str, Any]:
        """With the address in its canonical form, or why there is none."""
        given = self.cleaned_data
        try:
            if "kind" in given and "of" in given:
                given["query"] = KINDS[given["kind"]].frozen(urls.within_site(given["of"].strip()))
        except Unusable as error:
            self.add_error("of", sentence(str(error)))
        return given


@dataclass(frozen=True)
class Made:
    """A link that was made just now: the only time that its address is known."""

    name: str
    address: str


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Every link with its last use, and a form for a new one."""
    of = request.GET.get("of", reverse("calendar"))
    initial = {"of": of, "kind": next(iter(kinds_of(of))), "expires": _USUALLY}
    form = LinkForm(request.POST or None, initial=initial)
    made = _make(request, form) if request.method == "POST" and form.is_valid() else None
    shown = LinkForm(initial=initial) if made else form
    administrator = users.is_administrator(request.user)
    name = request.user.get_username()
    links = [
        (link, share_links.may_revoke(link, name, administrator=administrator))
        for link in share_links.all_links()
    ]
    context = {"links": links, "kinds": KINDS, "form": shown, "made": made}
    context["administrator"] = administrator
    response = page(request, "links/page.html", "links", "Links", snapshot_of(request), **context)
    add_never_cache_headers(response)
    return response


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a link, at once and for good."""
    only_people(request, _PEOPLE_ALONE)
    link = _one(pk)
    administrator = users.is_administrator(request.user)
    if not share_links.may_revoke(link, request.user.get_username(), administrator=administrator):
        raise PermissionDenied("Only whoever made a link, or an administrator, can revoke it.")
    share_links.revoke(link, now(), audit.actor(request))
    return redirect("links")


@require_POST
def take_over(request: HttpRequest, pk: int) -> HttpResponse:
    """An administrator answers from now on for a link whose owner is gone."""
    only_people(request, _PEOPLE_ALONE)
    only_administrators(request, "take over a link")
    share_links.take_over(_one(pk), audit.actor(request))
    return redirect("links")


@login_not_required
@require_safe
def opened(request: HttpRequest, token: str, file: str = "") -> HttpResponseBase:
    """Exactly the view that the link was made for, for whoever holds it; what else is asked is ignored."""
    at = now()
    link = share_links.working(token, at)
    kind = KINDS.get(link.kind) if link else None
    frozen = share_links.address_of(link) if link else ""
    if link is None or kind is None or kind.file != file or not _still_there(kind, frozen):
        raise Http404(_DEAD)
    if seconds := link_pace.wait(link):
        return _too_much(seconds)
    share_links.note_use(link, at, client_ip.address(request))
    response = link_pace.counted(link, lambda: _answer(request, kind, frozen))
    response["Referrer-Policy"] = "no-referrer"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"  # a badge is shown by pages of other sites
    return response


def _too_much(seconds: int) -> HttpResponse:
    """The answer to more readers of one link than there is time for."""
    text = f"This link is asked for more than it may be. Try again in {seconds} s.\n"
    headers = {"Retry-After": str(seconds), "Cache-Control": "no-store"}
    return HttpResponse(text, status=429, content_type="text/plain; charset=utf-8", headers=headers)


def _one(pk: int) -> Any:
    link = share_links.get(pk)
    if link is None:
        raise Http404("There is no such link.")
    return link


def _make(request: HttpRequest, form: LinkForm) -> Made:
    only_people(request, _PEOPLE_ALONE)
    given = form.cleaned_data
    days = _LASTS[given["expires"]]
    link, token = share_links.make(
        given["name"],
        given["kind"],
        given["query"],
        made_by=request.user.get_username(),
        now=now(),
        lasts=timedelta(days=days) if days else None,
        address=client_ip.address(request),
    )
    path = reverse("link", args=[token]) + KINDS[link.kind].file
    return Made(link.name, request.build_absolute_uri(path))


def _still_there(kind: Kind, frozen: str) -> bool:
    """Whether the frozen address still means the same: a filter that became unusable must not fall away."""
    try:
        return _asked_by(kind.frozen(frozen)) == _asked_by(frozen)
    except Unusable:
        return False


def _asked_by(address: str) -> tuple[str, list[str]]:
    """The path and the names of the parameters; a value may be written another way, as `1d` is `24h`."""
    parts = urlsplit(address)
    return parts.path, sorted(name for name, _ in parse_qsl(parts.query))


def _answer(request: HttpRequest, kind: Kind, frozen: str) -> HttpResponse:
    """The answer to the frozen query, the same for everybody: what the visitor adds is gone.

    In which order a list is read, and how far, is the visitor's own: it shows the same rows.
    """
    match, query = kind.target(frozen)
    asked = copy(request)
    asked.META = {**request.META, "QUERY_STRING": query}
    given = QueryDict(query, mutable=True)
    for name in _read_by_visitor(kind, match.url_name):
        if name in request.GET:
            given[name] = request.GET[name]
    asked.GET = given  # type: ignore[assignment] # the stubs know only what cannot be changed
    asked.user = AnonymousUser()
    asked.read_only = True  # type: ignore[attr-defined] # see views/page.py
    response: HttpResponse = match.func(asked, *match.args, **match.kwargs)
    return response


def _read_by_visitor(kind: Kind, page_name: str | None) -> tuple[str, ...]:
    if not kind.paged:
        return ()
    return _READING_A_CALENDAR if page_name == "calendar" else _READING
