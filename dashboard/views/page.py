"""How a page is rendered: in its frame, or only the part that htmx swaps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django_htmx.middleware import HtmxDetails

from dashboard.services.layout import layout
from dashboard.services.status import feeds
from dashboard.services.status.snapshot import Snapshot
from dashboard.views.fresh import polls

_REGION = "list"  # the id of the part of a list page that is swapped


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
        "polled": polls(request),
        "tag": getattr(request, "poll_tag", ""),
        "here": request.get_full_path(),
    }
    response = render(request, template, framing | context)
    patch_cache_control(response, private=True, no_store=True)
    return response


def list_page(request: HttpRequest, here: str, title: str, snapshot: Snapshot, listing: Any) -> HttpResponse:
    """A list: whole, or only its region where htmx asks for that."""
    words = listing.filter.words
    title = f"{title}: {words}" if words else title
    if wants_region(request):
        return region(request, f"{here}/_list.html", here, title, snapshot, listing)
    return varying(page(request, f"{here}/page.html", here, title, snapshot, page=listing))


def region(
    request: HttpRequest, template: str, here: str, title: str, snapshot: Snapshot, listing: Any
) -> HttpResponse:
    """The part of a page that htmx swaps; the clean URL of what it shows is pushed."""
    response = varying(page(request, template, here, title, snapshot, page=listing))
    response["HX-Push-Url"] = listing.url
    return response


def varying(response: HttpResponse) -> HttpResponse:
    """Say that the same URL gives a page or a part of it, by who asks."""
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def account_of(request: HttpRequest) -> str:
    """The account that a page of one thing is asked for, of those that share its id; empty for any.

    Raises Http404 where no such account is configured.
    """
    name: str = request.GET.get("account", "")
    if name and name not in feeds.account_names():
        raise Http404(f"No account {name} is configured.")
    return name


def wants_region(request: HttpRequest) -> bool:
    """Whether only the region is asked for.

    A restored history entry is given the whole page: it must never show a bare fragment.
    """
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined] # the middleware puts it there
    return bool(htmx) and htmx.target == _REGION and not htmx.history_restore_request
