"""Which requests come from a page that is open already."""

from __future__ import annotations

from django.http import HttpRequest


def polls(request: HttpRequest) -> bool:
    """Whether an open page asks for itself."""
    return request.headers.get("X-Poll") == "1"
