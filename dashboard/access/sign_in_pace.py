"""How fast passwords may be tried: answered before anything is hashed, which is what a flood would cost.

A limit for each address slows whoever tries many names from it. It locks nobody out: a place becomes free
every few seconds, right passwords take none, and a browser in which somebody has signed in before has places
of its own, so that a team behind one address is not shut out by a guesser among them (the "device cookies"
of OWASP). What is counted is kept in each process and forgotten with it.
"""

from __future__ import annotations

import secrets
from ipaddress import IPv6Address

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse

from dashboard.access import client_ip
from dashboard.access.pace import Pace

PLACES = 10  # tries at once
SECONDS_PER_PLACE = 3.0  # after that; a hash takes a quarter of a second
_COOKIE_LASTS = 365 * 24 * 3600  # seconds
_SALT = "known-browser"
_PACE = Pace(caches["sign-in"], holds=PLACES, drains=1 / SECONDS_PER_PLACE)


def take_place(request: HttpRequest) -> int:
    """Take a place for one try; the seconds until there is one where all are taken, else 0."""
    seconds = _PACE.wait(_whose(request), 1)
    if not seconds:
        _PACE.add(_whose(request), 1)
    return seconds


def give_back(request: HttpRequest) -> None:
    """Free the place of a try whose password was right."""
    _PACE.add(_whose(request), -1)


def know_browser(request: HttpRequest, response: HttpResponse) -> None:
    """Let a browser in which somebody signed in keep places of its own."""
    response.set_signed_cookie(
        settings.KNOWN_BROWSER_COOKIE_NAME,
        _known(request) or secrets.token_urlsafe(16),
        salt=_SALT,
        max_age=_COOKIE_LASTS,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.BEHIND_TLS,
        httponly=True,
        samesite="Lax",
    )


def _whose(request: HttpRequest) -> str:
    """Whose places they are: the browser's own, or its address's; of IPv6 the network of a household's."""
    if browser := _known(request):
        return f"browser-{browser}"
    address = client_ip.parsed(client_ip.address(request))
    if address is None:
        return "no-address"
    return f"address-{int(address) >> 64 if isinstance(address, IPv6Address) else address}"


def _known(request: HttpRequest) -> str:
    name = settings.KNOWN_BROWSER_COOKIE_NAME
    return request.get_signed_cookie(name, "", salt=_SALT, max_age=_COOKIE_LASTS) or ""
