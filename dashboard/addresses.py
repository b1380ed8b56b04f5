"""Where things are on this site. An id is opaque: it stays one step of an address, whatever is in it."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, urlencode


def run(run_id: str) -> str:
    """The page of a run."""
    return f"/runs/{quote(run_id, safe='')}/"


def deployment(deployment_id: str) -> str:
    """The page of a deployment."""
    return f"/deployments/{quote(deployment_id, safe='')}/"


def runs_of(deployment_id: str) -> str:
    """The list of a deployment's runs."""
    return f"/runs/?deployment_id={quote(deployment_id, safe='')}"


def failure(fingerprint: str) -> str:
    """The page of a group of failures."""
    return f"/failures/{quote(fingerprint, safe='')}/"


def runs_failed_as(fingerprint: str, narrowing: Iterable[tuple[str, str]] = ()) -> str:
    """The list of a group's runs, narrowed by further parameters of that list."""
    return f"/runs/?{urlencode([*narrowing, ('fingerprint', fingerprint)])}"
