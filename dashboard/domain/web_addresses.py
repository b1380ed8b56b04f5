"""Whether a text is an address on the web: one that can be asked, or one that a reader can be sent to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_NO_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f\"<>\\]")
_HOST = re.compile(r"\w([\w-]|\.(?!\.))*|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")


def is_link(text: str) -> bool:
    """Whether a reader can be sent there from a page: an http or https address without a password."""
    if not text.startswith(("http://", "https://")) or _NO_ADDRESS.search(text):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        return False


def complaint(url: str) -> str:
    """Why an address cannot be used, as a sentence without its subject; empty for one that can.

    The address itself is part of it, unless it may hold a password.
    """
    if "@" in url:
        return "has to be an address without @: no user name and no password belong there"
    why = _complaint(url)
    return f"{why}; it is {url!r}" if why else ""


def _complaint(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        return "has to begin with https:// or http://"
    if re.search(r"[\s\x00-\x1f\x7f]", url):
        return "has to be an address without spaces"
    if "?" in url or "#" in url:
        return "has to be an address without ? and #"
    return "" if _names_a_host(url) else "has to name a host, and a port from 1 to 65535 if it names one"


def _names_a_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(_HOST.fullmatch(parts.hostname or "")) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        return False
