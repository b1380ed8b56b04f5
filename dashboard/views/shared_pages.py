"""A page that is made once for all who may see it; what is one reader's own is put in afterwards.

No reader is known where the page is made, so nothing of one can be shown to another. To an open page, which
asks for what differs, it is sent as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control, patch_vary_headers

from dashboard.access import users, visits
from dashboard.services.handover.page import VisitSummary, since_visit
from dashboard.services.layout import Person, person
from dashboard.views.own_views import links_of
from dashboard.views.snapshot import snapshot_of
from dashboard.web.polls import polls

# The marks in a page, in the order of the template. No text of a record can look like one: it is escaped.
_OWN = ("start", "pinned", "token", "who", "saved", "password", "visit")
_HELD = b'data-held="0"'


@dataclass(frozen=True)
class SharedPage:
    """What is kept of a page.

    here: which one it is; made_at: the instant that its ages are counted from
    clean_url: what the history of a browser shows for it; empty for what was asked
    read_only: whether a link opens it, so that nothing of any reader is in it
    """

    content: bytes
    here: str
    made_at: datetime
    clean_url: str = ""
    read_only: bool = False


def whole(request: HttpRequest) -> bool:
    """Whether a whole page is asked for, rather than what an open page puts in its parts."""
    return "HX-Request" not in request.headers and not polls(request)


def answer(request: HttpRequest, shared: SharedPage) -> HttpResponse:
    """That page for whoever asks. No browser keeps it: Back would show a copy, whose ages begin anew."""
    held = round((snapshot_of(request).now - shared.made_at).total_seconds())
    content = shared.content.replace(_HELD, b'data-held="%d"' % held, 1) if held > 0 else shared.content
    own = whole(request) and not shared.read_only
    response = HttpResponse(_with_own(request, content, shared.here) if own else content)
    if shared.clean_url and "HX-Request" in request.headers and not polls(request):
        response["HX-Push-Url"] = shared.clean_url
    patch_cache_control(response, private=True, no_store=True)
    patch_vary_headers(response, ["HX-Request"])
    return response


def who_asks(request: HttpRequest) -> Person:
    """Whoever has signed in, as pages show it."""
    user = request.user
    if not user.is_authenticated:
        return person("")
    administrator = users.is_administrator(user)
    return person(user.get_username(), has_password=user.has_usable_password(), administrator=administrator)


def _since_visit(request: HttpRequest, here: str) -> VisitSummary | None:
    """What happened since this reader was here last, on the page that shows it."""
    left_at = visits.left_at(request) if here == "overview" else None
    return since_visit(left_at, snapshot_of(request)) if left_at else None


def _with_own(request: HttpRequest, content: bytes, here: str) -> bytes:
    context = {
        "person": who_asks(request),
        "saved": links_of(request, here),
        "here": request.get_full_path(),
        "visit": _since_visit(request, here),
    }
    parts = render_to_string("components/own_parts.html", context, request).encode().split(b"<!--own-->")
    for name, part in zip(_OWN, parts, strict=True):
        content = content.replace(b"<!--own:%s-->" % name.encode(), part.strip(), 1)
    return content
