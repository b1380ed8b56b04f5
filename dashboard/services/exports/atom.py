"""Runs as an Atom feed for feed readers: what ended how, newest first.

Names, outcomes and the beginning of an error only: no prompt, nothing else of a record.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import datetime

from django.utils.feedgenerator import Atom1Feed

from dashboard.filters import Query
from dashboard.models import Run
from dashboard.services.runs.rows import RunRow, rows

NEWEST = 100  # entries: more than happens between two looks of a feed reader


def feed(query: Query, now: datetime, url_of: Callable[[str], str]) -> str:
    """An Atom document of the newest runs that a query asks for.

    url_of: makes a path of this site into an address that a feed reader can open
    """
    words = query.words
    ignored = "; ".join(f"{it.name}={it.value} was ignored: {it.why}" for it in query.ignored)
    found = Atom1Feed(
        title=_text(f"Agent runs: {words}" if words else "Agent runs"),
        link=url_of("/runs/"),
        description="",
        subtitle=_text(ignored) or None,
        feed_url=url_of(query.here),
        language="en",
    )
    latest = Run.objects.matching(query, now).newest_first()[:NEWEST]
    for row in rows(latest, now):
        _add(found, row, url_of)
    return str(found.writeString("utf-8"))


def _add(found: Atom1Feed, row: RunRow, url_of: Callable[[str], str]) -> None:
    """One run; its id stays the same while its outcome changes."""
    found.add_item(
        title=_text(f"{row.status}: {row.deployment_name or 'no deployment'}"),
        link=url_of(row.url),
        description=_text(": ".join(filter(None, (row.error_type, row.error_line))) or row.note),
        unique_id=_text(f"urn:agent-run:{row.account}:{row.id}"),
        pubdate=row.at,
        updateddate=row.at,
    )


def _text(said: str) -> str:
    """Without what XML has no way to write."""
    return "".join(it for it in said if it in "\t\n" or unicodedata.category(it) not in ("Cc", "Cs", "Cn"))
