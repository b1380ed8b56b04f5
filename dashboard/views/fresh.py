"""A page that has not changed is answered in a few hundred bytes, before anything of it is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response

from dashboard.access import visits
from dashboard.services.status.etag import freshness
from dashboard.services.status.kept import CLOCK
from dashboard.views import shared_pages
from dashboard.views.snapshot import snapshot_of
from dashboard.web import bundles, reader
from dashboard.web.polls import polls

Given = ParamSpec("Given")
View = Callable[Concatenate[HttpRequest, Given], HttpResponse]


def fresh(view: View[Given]) -> View[Given]:
    """Give what a view shows an entity tag, and answer 304 where the reader has it already.

    The page is made once for all readers, in each process, until something changes: what such a view shows
    must not depend on who asks.
    """

    @wraps(view)
    def answered(request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        data = freshness(snapshot_of(request))
        if not polls(request):
            visits.note(request, snapshot_of(request).now)
        shared_tag = _tag(request, data.mark, "")
        request.poll_tag = shared_tag  # type: ignore[attr-defined] # the page hands it to its script
        tag = shared_tag if polls(request) else _tag(request, data.mark, request.user.get_username())
        answer = _unchanged(request, tag) or _shared(request, shared_tag) or view(request, *args, **kwargs)
        answer.headers.setdefault("ETag", tag)
        if data.age_s is not None:
            answer.headers["X-Read-Age"] = str(data.age_s)
        if made := getattr(request, "shared_page", None):
            cache.set(_name(request, shared_tag), made, timeout=CLOCK)
        return answer

    return answered


def _unchanged(request: HttpRequest, tag: str) -> HttpResponse | None:
    """The empty answer, if the reader sent the tag of what would be shown.

    `*` names no tag: whether there is such a page at all is only known once it is built.
    """
    if request.headers.get("If-None-Match") == "*":
        return None
    answer = get_conditional_response(request, etag=tag)
    return answer if isinstance(answer, HttpResponse) else None


def _shared(request: HttpRequest, tag: str) -> HttpResponse | None:
    """The page with this tag, where it has been made already."""
    made = cache.get(_name(request, tag))
    return shared_pages.answer(request, made) if made else None


def _name(request: HttpRequest, tag: str) -> str:
    """What the page of a tag is kept as: a whole one, or the parts that an open page asks for."""
    return f"{'whole' if shared_pages.whole(request) else 'parts'}-{tag[1:-1]}"


def _tag(request: HttpRequest, mark: tuple[object, ...], person: str) -> str:
    """Everything that decides what a page shows, as a tag that reveals none of it."""
    decides = (
        mark,
        bundles.version(),
        request.build_absolute_uri("/"),
        request.path,
        sorted(request.GET.lists()),
        timezone.get_current_timezone_name(),
        reader.current(),
        person,
    )
    return f'"{hashlib.sha256(repr(decides).encode()).hexdigest()[:32]}"'
