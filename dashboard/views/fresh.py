"""A page that has not changed is answered in a few hundred bytes, before anything of it is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response

from dashboard import stylesheet
from dashboard.services.freshness import freshness

Given = ParamSpec("Given")
View = Callable[Concatenate[HttpRequest, Given], HttpResponse]
# Which part of a page is asked for decides what is answered.
PARTS = ("HX-Request", "HX-Target", "HX-History-Restore-Request")


def fresh(view: View[Given]) -> View[Given]:
    """Give what a view shows an entity tag, and answer 304 where the reader has it already."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        found = freshness(timezone.now())
        request.entity_tag = _tag(request, found.mark)  # type: ignore[attr-defined] # the page names its own tag
        answer = _unchanged(request) or view(request, *args, **kwargs)
        answer.headers.setdefault("ETag", request.entity_tag)  # type: ignore[attr-defined]
        if found.age_s is not None:
            answer.headers["X-Read-Age"] = str(found.age_s)
        return answer

    return answered


def _unchanged(request: HttpRequest) -> HttpResponse | None:
    """The empty answer, if the reader has told the tag of what would be shown.

    `*` names no tag: whether there is such a page at all is only known once it is built.
    """
    if request.headers.get("If-None-Match") == "*":
        return None
    found = get_conditional_response(request, etag=request.entity_tag)  # type: ignore[attr-defined]
    return found if isinstance(found, HttpResponse) else None


def _tag(request: HttpRequest, mark: tuple[object, ...]) -> str:
    """Everything that decides what a page shows, as a tag that tells none of it."""
    decides = (
        mark,
        stylesheet.sheet()[1],
        request.path,
        sorted(request.GET.lists()),
        [request.headers.get(name) for name in PARTS],
        timezone.get_current_timezone_name(),
        request.user.get_username(),
    )
    return f'"{hashlib.sha256(repr(decides).encode()).hexdigest()[:32]}"'
