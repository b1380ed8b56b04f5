"""Where things are on this site. An id is opaque: it stays one step of an address, whatever is in it.

What a page links to begins with the site's sub-path, where it is served under one. Kept addresses, of saved
views, links and rules, begin behind it, so that they outlive a move.

An id is known only within its account: where several accounts are configured an address names it,
and where there is one it stays plain.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote, unquote, urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from dashboard.domain.times import to_the_second


def on_site(path: str) -> str:
    """The address of a path within this site, as a page links to it."""
    return f"{settings.SUB_PATH}{path}"


def within_site(address: str) -> str:
    """The path within this site of an address that a page links to; any other address as it is."""
    begins = on_site("/")
    return address[len(begins) - 1 :] if address.startswith(begins) else address


def run(run_id: str, account: str = "") -> str:
    """The page of a run."""
    return _with(f"/runs/{_step(run_id)}/", whose(account))


def deployment(deployment_id: str, account: str = "") -> str:
    """The page of a deployment."""
    return _with(f"/deployments/{_step(deployment_id)}/", whose(account))


def slot(deployment_id: str, at: datetime, account: str = "") -> str:
    """The day of a promised instant in the calendar, of that deployment alone; `at` in the reader's zone."""
    return _with(
        "/calendar/", [("view", "day"), ("date", f"{at:%Y-%m-%d}"), *whose(account), ("q", deployment_id)]
    )


def badge(deployment_id: str, account: str = "") -> str:
    """The status badge of a deployment."""
    return _with(f"/badges/{_step(deployment_id)}.svg", whose(account))


def runs_of(deployment_id: str, account: str = "", path: str = "/runs/") -> str:
    """The list of a deployment's runs, or the file of them at another path."""
    return _with(path, [*whose(account), ("deployment_id", deployment_id)])


def runs_between(deployment_id: str, since: datetime, until: datetime, account: str = "") -> str:
    """The list of a deployment's runs from an instant on and until another one, in UTC; to the second."""
    times = [(name, to_the_second(at)) for name, at in (("since", since), ("until", until))]
    return _with("/runs/", [*whose(account), ("deployment_id", deployment_id), *times])


def as_it_was(at: datetime, path: str = "/") -> str:
    """The overview, or the wall, as it was at an instant; to the second."""
    return _with(path, [("at", to_the_second(at))])


def notes(**about: str) -> str:
    """The notes about something, where one is written: a `deployment` with its `account`, a `kind`."""
    return _with("/notes/", [(name, value) for name, value in about.items() if value])


def whose(account: str) -> list[tuple[str, str]]:
    """The parameter that names the account of an id; none where there is only one account."""
    return [("account", account)] if account and len(settings.ACCOUNTS) > 1 else []


@lru_cache(maxsize=10_000)
def _step(id_: str) -> str:
    """An id as one step of an address."""
    return quote(id_, safe="")


def row_id(id_: str, account: str) -> str:
    """What tells a row of a page from every other one: its id, and where there are several, its account."""
    return "@".join((id_, *(_step(name) for _, name in whose(account))))


def _with(path: str, pairs: list[tuple[str, str]]) -> str:
    address = on_site(path)
    return f"{address}?{urlencode(pairs, quote_via=quote)}" if pairs else address


def failure(fingerprint: str, filters: Iterable[tuple[str, str]] = ()) -> str:
    """The page of a group of failures, of those of its runs that the filters leave."""
    return _with(f"/failures/{_step(fingerprint)}/", list(filters))


def runs_failed_as(fingerprint: str, filters: Iterable[tuple[str, str]] = ()) -> str:
    """The list of the runs of a group of failures, with further filters of that list."""
    return f"{on_site('/runs/')}?{urlencode([*filters, ('fingerprint', fingerprint)])}"


def of_this_site(address: str, request: HttpRequest) -> bool:
    """Whether an address that a visitor names is one of this site; it may begin with the site's own name."""
    return url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure())


def page_to_return_to(address: str, request: HttpRequest) -> str:
    """A path of this site that a visitor names; empty where it is no such path."""
    return address if _is_under_site(address) and of_this_site(address, request) else ""


def _is_under_site(address: str) -> bool:
    """Whether a path is under the site's own, also once a browser has resolved the dots in it."""
    try:
        path = unquote(urlsplit(address).path).replace("\\", "/")
    except ValueError:
        return False
    resolved = posixpath.normpath(path) + ("/" if path.endswith("/") else "")
    return all(one.startswith(on_site("/")) for one in (address, resolved))
