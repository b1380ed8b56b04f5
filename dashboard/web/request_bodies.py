"""Requests that carry more than any form here: refused by what they announce, before a byte is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_LENGTH = re.compile(r"[0-9]{1,18}")
_TOO_LONG = "A form of this site is never longer than {limit:,} bytes. Nothing of this request was read.\n"
_UNKNOWN_LENGTH = "This request does not say how long it is. Nothing of it was read.\n"


class BodyLimitMiddleware:
    """Answers 413 to a body that is too long, 411 to one of unknown length.

    No form takes files, so what is read at all fits into memory, and nothing is ever kept in a folder.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on what is short enough."""
        if request.META.get("HTTP_TRANSFER_ENCODING"):
            return _refuse(411, _UNKNOWN_LENGTH)
        if short_length(request.META) is None:
            return _refuse(413, _TOO_LONG.format(limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE))
        return self.get_response(request)


def short_length(environ: Mapping[str, Any]) -> int | None:
    """How many bytes a request announces; None where that is no number, or more than a form may have."""
    announced = environ.get("CONTENT_LENGTH") or "0"
    length = int(announced) if _LENGTH.fullmatch(announced) else None
    return None if length is None or length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE else length


def _refuse(status: int, why: str) -> HttpResponse:
    return HttpResponse(why, status=status, content_type="text/plain; charset=utf-8")
