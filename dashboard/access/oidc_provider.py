"""Single sign-on: where the provider's endpoints are, and whom of those it vouches for is let in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import httpx

_TIMEOUT = 10.0  # seconds
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


class ProviderUnavailable(Exception):  # noqa: N818 - what is wrong names it
    """The provider did not answer, or not as a provider does."""


@lru_cache(maxsize=4)
def provider(issuer: str) -> Mapping[str, str]:
    """The endpoints that a provider publishes, read once. Raises ProviderUnavailable."""
    try:
        response = httpx.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", timeout=_TIMEOUT)
        published = response.raise_for_status().json()
        if published["issuer"] != issuer:
            raise ProviderUnavailable(f"it calls itself {published['issuer']!r}")
        return {name: str(published[name]) for name in _ENDPOINTS}
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise ProviderUnavailable(type(error).__name__) from error


def vouched_for(token: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The claims that decide who somebody is: an address and whether it is verified come from one source.

    token: the claims of the signed token, whose address is taken where it has one
    more: what the provider answers when it is asked about the person
    """
    source = token if "email" in token else more
    named = {name: source[name] for name in ("email", "email_verified") if name in source}
    groups = more.get("groups", token.get("groups"))
    return named | ({"groups": groups} if groups is not None else {})


def username(claims: Mapping[str, Any], domains: Collection[str], groups: Collection[str]) -> str:
    """The name of the person that a provider vouches for; empty for one who may not look.

    It is the address that the provider has verified. Where domains are given it has to be of one of
    them, exactly; where groups are given the person has to be in one of them.
    """
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str):
        return ""
    if domains and email.rpartition("@")[2].lower() not in domains:
        return ""
    mine = claims.get("groups")
    if groups and not (isinstance(mine, list) and any(group in groups for group in mine)):
        return ""
    return email.lower()
