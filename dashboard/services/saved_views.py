"""Saved views: the address of a page with its filters under a name, a person's own or the team's.

The address alone is always enough: a saved view adds a name and a place, and nothing to what is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias
from urllib.parse import unquote, urlencode, urlsplit

from django.db import transaction
from django.http import QueryDict
from django.urls import Resolver404, resolve

from dashboard.filters import Query
from dashboard.filters.timespans import Unusable
from dashboard.models import SavedView
from dashboard.services.lists.questions import read_question
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import urls

Views: TypeAlias = list[SavedView]
NAME_LENGTH = 60
# The pages whose filters can be saved, by the name of their route.
PAGES: Mapping[str, str] = {
    "deployments": "Deployments",
    "runs": "Runs",
    "failures": "Failures",
    "calendar": "Calendar",
    "timeline": "Timeline",
    "handover": "Hand-over",
    "wallboard": "Wallboard",
}

RULED = ("deployments", "runs", "failures")  # those of which rules of alerts are made


@dataclass(frozen=True)
class SavedViewRow:
    """A saved view in the list of all.

    about: what its page is called and what of it is shown, in words
    problem: why its filters no longer mean what they meant, or nothing
    rule: the page that makes a rule of alerts of it; empty where none can be made
    above, below: whether there is another one of its page before and after it
    """

    view: SavedView
    about: str
    problem: str
    rule: str
    above: bool
    below: bool


def visible(user_id: int | None) -> Views:
    """The views that a person sees, in order; None for a reader who is nobody."""
    return list(SavedView.objects.of_person(user_id))


def rows(views: Views, snapshot: Snapshot) -> list[SavedViewRow]:
    """All views as their list shows them, page by page."""
    listed: list[SavedViewRow] = []
    for page, word in PAGES.items():
        of_page = [view for view in views if view.page == page]
        listed += [
            SavedViewRow(
                view,
                *_about(view, word, snapshot),
                rule_url(view) if page in RULED else "",
                place > 0,
                place < len(of_page) - 1,
            )
            for place, view in enumerate(of_page)
        ]
    return listed


def ruled(views: Views) -> tuple[SavedLink, ...]:
    """Those of which a rule of alerts can be made, each with the page that makes one of it."""
    return tuple(SavedLink(view.name, rule_url(view)) for view in views if view.page in RULED)


def rule_url(view: SavedView) -> str:
    """The page that makes a rule of a view."""
    return f"{urls.on_site('/rules/')}?{urlencode({'of': urls.on_site(view.address)})}"


def question_of(path: str, snapshot: Snapshot) -> tuple[str, Query]:
    """The page of a path within this site, and what it asks. Raises Unusable where none can be saved."""
    try:
        parts = urlsplit(path)
        page = resolve(unquote(parts.path)).url_name or ""
    except (ValueError, Resolver404):
        raise Unusable("There is no such page") from None
    if page not in PAGES:
        raise Unusable(f"Only a page of these can be saved: {', '.join(PAGES.values())}")
    return page, read_question(page, QueryDict(parts.query), snapshot)


def save(name: str, address: str, owner_id: int | None, snapshot: Snapshot) -> SavedView:
    """Save the view of that address, last in its place. Raises Unusable with the reason.

    owner_id: whose it is; None for the team's
    """
    page, query = question_of(urls.within_site(address.strip()), snapshot)
    if query.ignored:
        wrong = query.ignored[0]
        raise Unusable(f"The filter {wrong.name}={wrong.value} means nothing: {wrong.why}")
    with transaction.atomic():
        view = SavedView.objects.create(
            owner_id=owner_id, name=name, page=page, address=urls.within_site(query.here)
        )
        view.position = view.pk
        view.save(update_fields=["position"])
    return view


def change(do: str, view: SavedView, views: Views, name: str = "") -> None:
    """Do one thing with a view. Raises KeyError where there is no such thing to do.

    do: a key of the table below; views: all that its reader sees; name: the new one
    """
    _ACTIONS[do](view, views, name.strip()[:NAME_LENGTH])


@dataclass(frozen=True)
class SavedLink:
    """A saved view as a link."""

    name: str
    url: str


@dataclass(frozen=True)
class SavedLinks:
    """What the frame of a page shows of saved views.

    pinned: those in the bar; of_page: those of the page that is shown; start: the reader's start page
    """

    pinned: tuple[SavedLink, ...] = ()
    of_page: tuple[SavedLink, ...] = ()
    start: str = "/"


def links(views: Views, page: str, start: str) -> SavedLinks:
    """The links that a page shows.

    page: the name of its route; start: the number of the view that is the reader's start page, or nothing
    """
    return SavedLinks(
        pinned=tuple(_link(view) for view in views if view.pinned),
        of_page=tuple(_link(view) for view in views if view.page == page),
        start=urls.on_site(next((view.address for view in views if str(view.pk) == start), "/")),
    )


def _link(view: SavedView) -> SavedLink:
    return SavedLink(view.name, urls.on_site(view.address))


def _rename(view: SavedView, _views: Views, name: str) -> None:
    if name:
        view.name = name
        view.save(update_fields=["name"])


def _pin(view: SavedView, _views: Views, _name: str) -> None:
    view.pinned = not view.pinned
    view.save(update_fields=["pinned"])


def _move(by: int, view: SavedView, views: Views, _name: str) -> None:
    """Change places with the next one of the same page, before or behind it."""
    of_page = [other for other in views if other.page == view.page]
    place = of_page.index(view) + by
    if 0 <= place < len(of_page):
        other = of_page[place]
        view.position, other.position = other.position, view.position
        SavedView.objects.bulk_update([view, other], ["position"])


def _delete(view: SavedView, _views: Views, _name: str) -> None:
    view.delete()


_ACTIONS: Mapping[str, Callable[[SavedView, Views, str], None]] = {
    "rename": _rename,
    "pin": _pin,
    "up": partial(_move, -1),
    "down": partial(_move, 1),
    "delete": _delete,
}


def _about(view: SavedView, page: str, snapshot: Snapshot) -> tuple[str, str]:
    """What it shows, in words, and why its filters no longer mean what they meant, where that is so."""
    try:
        _, query = question_of(view.address, snapshot)
    except Unusable as error:
        return page, str(error)
    problem = "; ".join(f"{wrong.name}={wrong.value}: {wrong.why}" for wrong in query.ignored)
    return (f"{page}: {query.words}" if query.words else page), problem
