"""The address that a request came from; of proxies only the trusted one is believed."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The address of whoever asks.

    Behind the trusted proxy it is the last one of `X-Forwarded-For`, which the proxy itself wrote; from
    anyone else that header is a claim, and is not read.
    """
    came_from: str = request.META.get("REMOTE_ADDR", "")
    if not through_proxy(request):
        return came_from
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    return forwarded if _is_address(forwarded) else came_from


def through_proxy(request: HttpRequest) -> bool:
    """Whether the proxy that is trusted brought this request; without one nobody is."""
    return bool(settings.TRUSTED_PROXY) and request.META.get("REMOTE_ADDR") == settings.TRUSTED_PROXY


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
