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

from dashboard.services.status.etag import CLOCK, freshness
from dashboard.views.snapshot import snapshot_of
from dashboard.web import bundles, reader

Given = ParamSpec("Given")
View = Callable[Concatenate[HttpRequest, Given], HttpResponse]


def fresh(view: View[Given]) -> View[Given]:
    """Give what a view shows an entity tag, and answer 304 where the reader has it already.

    An open page that asks for itself is answered without its person: one rendering does for all readers.
    """

    @wraps(view)
    def answered(request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        data = freshness(snapshot_of(request))
        request.poll_tag = _tag(request, data.mark, "")  # type: ignore[attr-defined] # the page hands it to its script
        tag = _tag(request, data.mark, "" if polls(request) else request.user.get_username())
        answer = _unchanged(request, tag) or _kept(request, tag) or view(request, *args, **kwargs)
        answer.headers.setdefault("ETag", tag)
        if data.age_s is not None:
            answer.headers["X-Read-Age"] = str(data.age_s)
        if polls(request) and answer.status_code == 200:
            cache.set(tag, answer.content, timeout=CLOCK)
        return answer

    return answered


def polls(request: HttpRequest) -> bool:
    """Whether an open page asks for itself."""
    return request.headers.get("X-Poll") == "1"


def _unchanged(request: HttpRequest, tag: str) -> HttpResponse | None:
    """The empty answer, if the reader sent the tag of what would be shown.

    `*` names no tag: whether there is such a page at all is only known once it is built.
    """
    if request.headers.get("If-None-Match") == "*":
        return None
    answer = get_conditional_response(request, etag=tag)
    return answer if isinstance(answer, HttpResponse) else None


def _kept(request: HttpRequest, tag: str) -> HttpResponse | None:
    """What another open page was answered with this tag."""
    content = cache.get(tag) if polls(request) else None
    return None if content is None else HttpResponse(content, headers={"Cache-Control": "private, no-store"})


def _tag(request: HttpRequest, mark: tuple[object, ...], person: str) -> str:
    """Everything that decides what a page shows, as a tag that reveals none of it."""
    decides = (
        mark,
        bundles.version(),
        request.path,
        sorted(request.GET.lists()),
        timezone.get_current_timezone_name(),
        reader.current(),
        person,
    )
    return f'"{hashlib.sha256(repr(decides).encode()).hexdigest()[:32]}"'
