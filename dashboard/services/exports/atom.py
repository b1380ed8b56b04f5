"""Runs as an Atom feed for feed readers: what ended how, newest first.

Names, outcomes and the beginning of an error only: no prompt, nothing else of a record.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from django.utils.feedgenerator import Atom1Feed

from dashboard.filters import Query
from dashboard.models import Run
from dashboard.services.runs.rows import RunRow, rows
from dashboard.services.status.snapshot import Snapshot

NEWEST = 100  # entries: more than happens between two looks of a feed reader


def feed(query: Query, snapshot: Snapshot, url_of: Callable[[str], str]) -> str:
    """An Atom document of the newest runs that a query asks for.

    url_of: makes a path of this site into an address that a feed reader can open
    """
    words = query.words
    ignored = [f"{dropped.name}={dropped.value} was ignored: {dropped.why}" for dropped in query.ignored]
    channel = Atom1Feed(
        title=_text(f"Agent runs: {words}" if words else "Agent runs"),
        link=url_of("/runs/"),
        description="",
        subtitle=_text("; ".join((*ignored, *query.remarks))) or None,
        feed_url=url_of(query.here),
        language="en",
    )
    latest = Run.objects.matching(query, snapshot.now, snapshot.judged_at).newest_first()[:NEWEST]
    for row in rows(latest, snapshot):
        _add(channel, row, url_of)
    return str(channel.writeString("utf-8"))


def _add(channel: Atom1Feed, row: RunRow, url_of: Callable[[str], str]) -> None:
    """One run; its id stays the same while its outcome changes."""
    channel.add_item(
        title=_text(f"{row.status}: {row.deployment_name or 'no deployment'}"),
        link=url_of(row.url),
        description=_text(": ".join(filter(None, (row.error_type, row.error_line))) or row.note),
        unique_id=_text(f"urn:agent-run:{row.account}:{row.id}"),
        pubdate=row.at,
        updateddate=row.at,
    )


def _text(text: str) -> str:
    """Without what XML has no way to write."""
    return "".join(
        character
        for character in text
        if character in "\t\n" or unicodedata.category(character) not in ("Cc", "Cs", "Cn")
    )
