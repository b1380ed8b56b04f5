"""Webhooks: a message as a signed POST, and only to where it may go.

Signed as https://github.com/standard-webhooks/standard-webhooks describes it. The name of the host is looked
up once, and what it leads to is checked and then connected to: a name that leads into the own network the
second time gets nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import socket
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from dashboard.filters.timespans import Unusable
from dashboard.services.cloud.transport import AGENT

TIMEOUT = 5.0  # seconds for each step of one try


class NotSent(Exception):  # noqa: N818 - it says what happened
    """A message did not arrive; says why in a few words."""


def check(url: str) -> None:
    """Whether an address can be a webhook's. Raises Unusable with the reason."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise Unusable("it cannot be read as an address") from None
    if not parts.hostname or parts.username is not None:
        raise Unusable("it needs the name of a host, and no name of a person")
    if parts.scheme != "https" and not is_listed(parts.hostname):
        raise Unusable("it has to begin with https://, but for addresses that WEBHOOK_NETWORKS lists")


def post(url: str, secret: str, uid: str, seconds: int, body: bytes) -> None:
    """Send one message. Raises NotSent.

    uid: what the receiver knows it by; seconds: when it is sent, since 1970
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    address = _address_of(host, parts.port or {"https": 443}.get(parts.scheme, 80))
    headers = {
        "host": parts.netloc,
        "content-type": "application/json",
        "user-agent": AGENT,
        "webhook-id": uid,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature(secret, uid, seconds, body),
    }
    target = httpx.URL(url).copy_with(host=address)
    try:
        with (
            httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
            client.stream(
                "POST", target, content=body, headers=headers, extensions={"sni_hostname": host}
            ) as answer,
        ):
            status = answer.status_code
    except (httpx.HTTPError, OSError, ValueError) as error:
        raise NotSent(f"{type(error).__name__} at {host}") from error
    if not 200 <= status < 300:
        raise NotSent(f"{host} answers {status}")


def signature(secret: str, uid: str, seconds: int, body: bytes) -> str:
    """What proves that a message is ours and is as it was sent."""
    signed = f"{uid}.{seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key_of(secret), signed, hashlib.sha256)).decode()


def key_of(secret: str) -> bytes:
    """The bytes of a secret; none of one that is not `whsec_` and base64."""
    prefix, _, text = secret.partition("_")
    try:
        return base64.b64decode(text, validate=True) if prefix == "whsec" else b""
    except (binascii.Error, ValueError):
        return b""


def _address_of(host: str, port: int) -> str:
    """The first address of a host; raises NotSent where any of them is not to be connected to."""
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotSent(f"no address is known of {host}") from None
    addresses = [str(entry[4][0]).partition("%")[0] for entry in entries]
    if not all(may_be_asked(ipaddress.ip_address(address)) for address in addresses):
        raise NotSent(f"{host} is in the own network, and WEBHOOK_NETWORKS does not list it")
    return addresses[0]


def is_listed(host: str) -> bool:
    """Whether a host is an address, by number, that WEBHOOK_NETWORKS lists."""
    return _listed(_literal(host))


def may_be_asked(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is of the public network, or listed."""
    mapped = getattr(address, "ipv4_mapped", None) or address
    return (mapped.is_global and not mapped.is_multicast) or _listed(mapped)


def _listed(address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    return address is not None and any(address in network for network in settings.WEBHOOK_NETWORKS)


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
