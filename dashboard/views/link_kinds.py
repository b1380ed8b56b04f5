"""What a read-only link can open: one line per view, each with the way its filters are frozen.

A view that is listed here shows no prompt, no variable and no raw record to whoever holds the link.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from django.http import HttpResponse, QueryDict
from django.urls import Resolver404, ResolverMatch, resolve

from dashboard.filters import SEEN, Query
from dashboard.filters.timespans import Unusable
from dashboard.services.exports import status_badge
from dashboard.services.lists.questions import read_question
from dashboard.services.status.snapshot import Snapshot
from dashboard.views import badges, calendar, metrics, runs, wallboard
from dashboard.views.page import now


@dataclass(frozen=True)
class Kind:
    """One kind of view.

    word: what it is called; made_from: the page whose address it is made from, in words
    pages: the names of the routes that may be given, the view's own included
    file: how the address of the link ends
    freeze: the one canonical address of what is asked for; raises Unusable with the reason
    view: what answers
    """

    word: str
    made_from: str
    pages: tuple[str, ...]
    file: str
    freeze: Callable[[ResolverMatch, QueryDict], str]
    view: Callable[..., HttpResponse]

    def frozen(self, url: str) -> str:
        """The canonical address of the view that a pasted address asks for. Raises Unusable."""
        parts = _split(url)
        try:
            match = resolve(unquote(parts.path))
        except Resolver404:
            raise Unusable(f"there is no such page; it is made from {self.made_from}") from None
        if match.url_name not in self.pages:
            raise Unusable(f"it is made from {self.made_from}; that is the address of another page")
        return self.freeze(match, QueryDict(parts.query))

    def target(self, frozen: str) -> tuple[dict[str, Any], str]:
        """What the view is called with, and the query string it is given."""
        parts = _split(frozen)
        return resolve(unquote(parts.path)).kwargs, parts.query


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


def _filters_of(given: QueryDict) -> QueryDict:
    """The filters alone: where a list was paged to and how it was sorted is none."""
    kept = given.copy()
    for name in ("cursor", "sort", "limit"):
        kept.pop(name, None)
    return kept


def _badge(match: ResolverMatch, given: QueryDict) -> str:
    deployment_id, account = match.kwargs["deployment_id"], given.get("account", "")
    address = status_badge.address_of(deployment_id, account)
    if not address:
        raise Unusable("no such deployment has been read")
    return address


KINDS = {
    "calendar": Kind(
        "Calendar feed",
        "a calendar, such as /calendar/?health=failing",
        ("calendar", "calendar-feed"),
        "calendar.ics",
        _calendar,
        calendar.subscription,
    ),
    "wallboard": Kind(
        "Wallboard",
        "a wallboard, such as /wallboard/?health=failing",
        ("wallboard",),
        "",
        _wallboard,
        wallboard.index,
    ),
    "atom": Kind(
        "Atom feed",
        "a list of runs, such as /runs/?status=failed",
        ("runs", "runs-feed"),
        "runs.atom",
        _atom,
        runs.newest,
    ),
    "badge": Kind(
        "Status badge",
        "the page of one deployment, such as /deployments/dep_…/",
        ("deployment", "badge"),
        "badge.svg",
        _badge,
        badges.one,
    ),
    "metrics": Kind(
        "Metrics",
        "a list of deployments, such as /deployments/?environment_id=env_…",
        ("deployments", "metrics"),
        "metrics",
        _metrics,
        metrics.index,
    ),
}


def made_from(url: str) -> str:
    """The kind of link that is made from a page; the first one where none is."""
    try:
        name = resolve(unquote(_split(url).path)).url_name
    except (Resolver404, Unusable):
        name = ""
    return next((key for key, kind in KINDS.items() if name in kind.pages), next(iter(KINDS)))
