"""How a page is rendered in its frame."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control

from dashboard.services.layout import layout, read_only_layout
from dashboard.services.lists.listing import fixed_url
from dashboard.services.status import feeds
from dashboard.services.status.snapshot import Snapshot
from dashboard.views.fresh import polls
from dashboard.views.own_views import links_of


def now() -> datetime:
    """The instant a request is about, in the reader's zone. Taken once."""
    return timezone.localtime()


def page(
    request: HttpRequest, template: str, here: str, title: str, snapshot: Snapshot, **context: Any
) -> HttpResponse:
    """A page in its frame. Kept by nobody: Back would show a copy, whose ages begin when it was made."""
    user = request.user if request.user.is_authenticated and not polls(request) else None
    person, has_password = (user.get_username(), user.has_usable_password()) if user else ("", False)
    framing = {
        "frame": layout(here, title, snapshot, person, has_password=has_password),
        "base": "base.html",
        "read_only": False,
        "polled": polls(request),
        "tag": getattr(request, "poll_tag", ""),
        "here": request.get_full_path(),
        "saved": links_of(request, here),
    }
    if is_read_only(request):
        frame = read_only_layout(title, snapshot, request.GET.getlist("account"))
        framing |= {"frame": frame, "base": "read_only.html", "read_only": True}
    response = render(request, template, framing | context)
    patch_cache_control(response, private=True, no_store=True)
    return response


def is_read_only(request: HttpRequest) -> bool:
    """Whether a page is shown to whoever holds a link to just this page."""
    return getattr(request, "read_only", False)


def own_path(request: HttpRequest) -> dict[str, str]:
    """The path that a page's own links lead to, where it is not the usual one: that of a read-only link."""
    return {"path": request.path} if is_read_only(request) else {}


def list_page(request: HttpRequest, here: str, title: str, snapshot: Snapshot, listing: Any) -> HttpResponse:
    """A page that is a list; its filter in words is part of its title."""
    words = listing.filter.words
    title = f"{title}: {words}" if words else title
    fixed = fixed_url(listing.filter, snapshot.now)
    response = page(request, f"{here}/page.html", here, title, snapshot, page=listing, fixed=fixed)
    return with_clean_url(request, response, listing.url)


def with_clean_url(request: HttpRequest, response: HttpResponse, url: str) -> HttpResponse:
    """Have htmx put the clean URL of what is shown into the history, if the reader took a step to it."""
    if "HX-Request" in request.headers and not polls(request):
        response["HX-Push-Url"] = url
    return response


def account_of(request: HttpRequest) -> str:
    """The account that a page of one thing is asked for, of those that share its id; empty for any.

    Raises Http404 where no such account is configured.
    """
    name: str = request.GET.get("account", "")
    if name and name not in feeds.account_names():
        raise Http404(f"No account {name} is configured.")
    return name
