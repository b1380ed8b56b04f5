"""Where things are on this site. An id is opaque: it stays one step of an address, whatever is in it."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote


def run(run_id: str) -> str:
    """The page of a run."""
    return f"/runs/{quote(run_id, safe='')}/"


def deployment(deployment_id: str) -> str:
    """The page of a deployment."""
    return f"/deployments/{quote(deployment_id, safe='')}/"


def slot(deployment_id: str, at: datetime) -> str:
    """The day of a promised instant in the calendar, of that deployment alone; `at` in the reader's zone."""
    return f"/calendar/?view=day&date={at:%Y-%m-%d}&q={quote(deployment_id, safe='')}"


def runs_of(deployment_id: str) -> str:
    """The list of a deployment's runs."""
    return f"/runs/?deployment_id={quote(deployment_id, safe='')}"
