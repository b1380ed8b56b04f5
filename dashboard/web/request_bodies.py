"""Requests that carry more than any form here: refused by what they announce, before a byte is read."""

from __future__ import annotations

import re
from collections.abc import Callable

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
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if request.META.get("HTTP_TRANSFER_ENCODING"):
            return _refuse(411, _UNKNOWN_LENGTH)
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if not _LENGTH.fullmatch(announced) or int(announced) > limit:
            return _refuse(413, _TOO_LONG.format(limit=limit))
        return self.get_response(request)


def _refuse(status: int, why: str) -> HttpResponse:
    return HttpResponse(why, status=status, content_type="text/plain; charset=utf-8")
