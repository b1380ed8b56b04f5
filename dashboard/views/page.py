"""How a page is rendered in its frame."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_cache_control

from dashboard.services.layout import layout, read_only_layout
from dashboard.services.lists.listing import fixed_url
from dashboard.services.status import feeds
from dashboard.services.status.snapshot import Snapshot
from dashboard.views import shared_pages
from dashboard.views.own_views import links_of
from dashboard.views.shared_pages import SharedPage

_FRAMING = {"base": "base.html", "read_only": False, "shared": False, "part": False, "tag": ""}


def now() -> datetime:
    """The instant a request is about, in the reader's zone. Taken once."""
    return timezone.localtime()


def page(
    request: HttpRequest, template: str, here: str, title: str, snapshot: Snapshot, **context: Any
) -> HttpResponse:
    """A page in its frame: made for all who may see it, or for whoever asks where its view is not `fresh`."""
    if is_read_only(request):
        return _read_only_page(request, template, title, snapshot, context)
    if not getattr(request, "poll_tag", ""):
        return _own_page(request, template, here, title, snapshot, context)
    return _shared_page(request, template, here, title, snapshot, context)


def is_read_only(request: HttpRequest) -> bool:
    """Whether a page is shown to whoever holds a link to just this page."""
    return getattr(request, "read_only", False)


def own_path(request: HttpRequest) -> dict[str, str]:
    """The path that a page's own links lead to within the site, where it is not the usual one: of a link."""
    return {"path": request.path_info} if is_read_only(request) else {}


def list_page(request: HttpRequest, here: str, title: str, snapshot: Snapshot, listing: Any) -> HttpResponse:
    """A page that is a list; its filter in words is part of its title."""
    words = listing.filter.words
    title = f"{title}: {words}" if words else title
    fixed = fixed_url(listing.filter, snapshot.now)
    return page(request, f"{here}/page.html", here, title, snapshot, page=listing, fixed=fixed)


def _read_only_page(
    request: HttpRequest, template: str, title: str, snapshot: Snapshot, context: dict[str, Any]
) -> HttpResponse:
    framing = {
        "frame": read_only_layout(title, snapshot, request.GET.getlist("account")),
        "base": "read_only.html",
        "read_only": True,
        "here": request.get_full_path(),
    }
    content = render_to_string(template, framing | context).encode()
    made = SharedPage(content, "", snapshot.now, read_only=True)
    request.shared_page = made  # type: ignore[attr-defined] # `fresh` keeps it
    return shared_pages.answer(request, made)


def _own_page(
    request: HttpRequest, template: str, here: str, title: str, snapshot: Snapshot, context: dict[str, Any]
) -> HttpResponse:
    framing = _FRAMING | {
        "frame": layout(here, title, snapshot, shared_pages.who_asks(request)),
        "here": request.get_full_path(),
        "saved": links_of(request, here),
    }
    return _kept_by_nobody(render(request, template, framing | context))


def _shared_page(
    request: HttpRequest, template: str, here: str, title: str, snapshot: Snapshot, context: dict[str, Any]
) -> HttpResponse:
    framing = _FRAMING | {
        "frame": layout(here, title, snapshot),
        "shared": True,
        "part": not shared_pages.whole(request),
        "tag": request.poll_tag,  # type: ignore[attr-defined] # `fresh` has made it
        "here": request.get_full_path(),
    }
    content = render_to_string(template, framing | context).encode()
    made = SharedPage(content, here, snapshot.now, getattr(context.get("page"), "url", ""))
    request.shared_page = made  # type: ignore[attr-defined] # `fresh` keeps it
    return shared_pages.answer(request, made)


def _kept_by_nobody(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, private=True, no_store=True)
    return response


def account_of(request: HttpRequest) -> str:
    """The account that a page of one thing is asked for, of those that share its id; empty for any.

    Raises Http404 where no such account is configured.
    """
    name: str = request.GET.get("account", "")
    if name and name not in feeds.account_names():
        raise Http404(f"No account {name} is configured.")
    return name
