"""How long the pages of a read-only link may take: a quarter of the time of a process, for all its readers.

A wall that asks every few seconds stays far below that. A calendar of a thousand deployments that many read
at once waits, and everybody else does not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from django.core.cache import caches
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase

from dashboard.access.pace import Pace
from dashboard.models import Link

AT_ONCE = 10.0  # seconds of work
_PACE = Pace(caches["links"], holds=AT_ONCE, drains=0.25)


def wait(link: Link) -> int:
    """Seconds until a link is answered again; 0 where it is now."""
    return _PACE.wait(str(link.pk), 0)


def counted(link: Link, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """An answer, made now; how long it takes is counted, also of what is made while it is sent."""
    began = time.monotonic()
    try:
        response = answer()
    finally:
        _PACE.add(str(link.pk), time.monotonic() - began)
    if isinstance(response, StreamingHttpResponse):
        response.streaming_content = _counted_parts(link, iter(response))
    return response


def _counted_parts(link: Link, parts: Iterator[bytes]) -> Iterator[bytes]:
    while True:
        began = time.monotonic()
        part = next(parts, None)
        _PACE.add(str(link.pk), time.monotonic() - began)
        if part is None:
            return
        yield part
