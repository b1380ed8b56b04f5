"""The address that a request came from; of proxies only trusted ones are believed."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The address of whoever asks.

    Behind a trusted proxy it is the last one of `X-Forwarded-For` that is no trusted proxy itself: the
    proxies wrote it. From anyone else that header is a claim, and is not read.
    """
    came_from: str = request.META.get("REMOTE_ADDR", "")
    if not through_proxy(request):
        return came_from
    reader = came_from
    for entry in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        forwarded = parsed(entry.strip())
        if forwarded is None:
            return reader
        reader = str(forwarded)
        if not _is_trusted(forwarded):
            return reader
    return reader


def through_proxy(request: HttpRequest) -> bool:
    """Whether a proxy that is trusted brought this request; without one nobody is."""
    came_from = parsed(request.META.get("REMOTE_ADDR", ""))
    return came_from is not None and _is_trusted(came_from)


def _is_trusted(ip: IPv4Address | IPv6Address) -> bool:
    return any(ip in network for network in _networks(settings.TRUSTED_PROXY))


@lru_cache(maxsize=8)
def _networks(listed: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(network) for network in listed.split(",") if network)


def parsed(text: str) -> IPv4Address | IPv6Address | None:
    """A text as an IP address; None where it is none."""
    try:
        return ip_address(text)
    except ValueError:
        return None
