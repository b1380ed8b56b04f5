"""What a read-only link can open: one line per view, each with the way its filters are frozen.

A view that is listed here shows no prompt, no variable and no raw record to whoever holds the link.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import SplitResult, unquote, urlsplit

from django.http import QueryDict
from django.urls import Resolver404, ResolverMatch, resolve

from dashboard.filters import SEEN, Query
from dashboard.filters.parameters import GROUP
from dashboard.filters.query import CURSOR
from dashboard.filters.timespans import Unusable
from dashboard.services.exports import status_badge
from dashboard.services.lists.questions import read_question
from dashboard.services.status.snapshot import Snapshot
from dashboard.views.page import now
from dashboard.web import urls


@dataclass(frozen=True)
class Kind:
    """One kind of view.

    word: what it is called; made_from: the page whose address it is made from, in words
    pages: the names of the routes that may be given, the view's own included
    file: how the address of the link ends
    freeze: the one canonical address of what is asked for; raises Unusable with the reason
    paged: whether a visitor may turn its pages, and choose in which order a list is read
    """

    word: str
    made_from: str
    pages: tuple[str, ...]
    file: str
    freeze: Callable[[ResolverMatch, QueryDict], str]
    paged: bool = False

    def frozen(self, path: str) -> str:
        """The canonical path, within the site, of the view that another one asks for. Raises Unusable."""
        parts = _split(path)
        try:
            match = resolve(unquote(parts.path))
        except Resolver404:
            raise Unusable(f"there is no such page; it is made from {self.made_from}") from None
        if match.url_name not in self.pages:
            raise Unusable(f"it is made from {self.made_from}; that is the address of another page")
        return urls.within_site(self.freeze(match, QueryDict(parts.query)))

    def target(self, frozen: str) -> tuple[ResolverMatch, str]:
        """The view of an address, and the query string it is given."""
        parts = _split(frozen)
        return resolve(unquote(parts.path)), parts.query


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url.strip())
    except ValueError:
        raise Unusable("it cannot be read as an address") from None


def _usable(query: Query) -> Query:
    if query.ignored:
        wrong = query.ignored[0]
        raise Unusable(f"the filter {wrong.name}={wrong.value} cannot be frozen: {wrong.why}")
    return query


def _wallboard(_match: ResolverMatch, given: QueryDict) -> str:
    return _usable(read_question("wallboard", given, Snapshot(now()))).here


def _calendar(_match: ResolverMatch, given: QueryDict) -> str:
    return _usable(read_question("calendar", given, Snapshot(now()))).of("/calendar.ics", *SEEN)


def _atom(_match: ResolverMatch, given: QueryDict) -> str:
    return _usable(read_question("runs.atom", _filters_of(given), Snapshot(now()))).here


def _metrics(_match: ResolverMatch, given: QueryDict) -> str:
    return _usable(read_question("metrics", _filters_of(given), Snapshot(now()))).here


def _page(match: ResolverMatch, given: QueryDict) -> str:
    """The first page: a visitor turns it."""
    path = {"path": urls.within_site(urls.failure(**match.kwargs))} if match.kwargs else {}
    return _usable(read_question(match.url_name or "", _first_page(given), Snapshot(now()), **path)).here


def _file(form: str, match: ResolverMatch, given: QueryDict) -> str:
    page = (match.url_name or "").partition("-")[0]
    return _usable(read_question(f"{page}.{form}", _first_page(given), Snapshot(now()))).here


def _first_page(given: QueryDict) -> QueryDict:
    kept = given.copy()
    for name in (CURSOR, "page"):  # `page` is of the lanes of a day
        kept.pop(name, None)
    return kept


def _filters_of(given: QueryDict) -> QueryDict:
    """The filters alone: where a list was paged to and how it was sorted is none."""
    kept = given.copy()
    for name in (CURSOR, "sort", "limit", GROUP):
        kept.pop(name, None)
    return kept


def _badge(match: ResolverMatch, given: QueryDict) -> str:
    deployment_id, account = match.kwargs["deployment_id"], given.get("account", "")
    address = status_badge.address_of(deployment_id, account)
    if not address:
        raise Unusable("no such deployment has been read")
    return address


_LISTS = ("runs", "deployments", "failures")
KINDS = {
    "page": Kind(
        "Page to read",
        "a list, a group of failures, a calendar or a timeline, such as /runs/?status=failed",
        (*_LISTS, "failure", "timeline", "calendar"),
        "page",
        _page,
        paged=True,
    ),
    "calendar": Kind(
        "Calendar feed",
        "a calendar, such as /calendar/?health=failing",
        ("calendar", "calendar-feed"),
        "calendar.ics",
        _calendar,
    ),
    "wallboard": Kind(
        "Wallboard",
        "a wallboard, such as /wallboard/?health=failing",
        ("wallboard",),
        "",
        _wallboard,
    ),
    "atom": Kind(
        "Atom feed",
        "a list of runs, such as /runs/?status=failed",
        ("runs", "runs-feed"),
        "runs.atom",
        _atom,
    ),
    "badge": Kind(
        "Status badge",
        "the page of one deployment, such as /deployments/dep_…/",
        ("deployment", "badge"),
        "badge.svg",
        _badge,
    ),
    "metrics": Kind(
        "Metrics",
        "a list of deployments, such as /deployments/?environment_id=env_…",
        ("deployments", "metrics"),
        "metrics",
        _metrics,
    ),
}


for form in ("csv", "json"):
    KINDS[form] = Kind(
        f"{form.upper()} file",
        "a list, such as /runs/?status=failed",
        (*_LISTS, *(f"{name}-{form}" for name in _LISTS)),
        f"export.{form}",
        partial(_file, form),
    )


def kinds_of(url: str) -> dict[str, Kind]:
    """The kinds of link that can be made from a page; all of them where there are none."""
    try:
        name = resolve(unquote(_split(urls.within_site(url)).path)).url_name
    except (Resolver404, Unusable):
        name = ""
    return {key: kind for key, kind in KINDS.items() if name in kind.pages} or KINDS
