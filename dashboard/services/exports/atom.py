"""Runs as an Atom feed for feed readers: what ended how, newest first.

Names, outcomes and the beginning of an error only: no prompt, nothing else of a record.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils.feedgenerator import Atom1Feed

from dashboard.domain.states import Outcome
from dashboard.filters import Query
from dashboard.models import Run
from dashboard.services.runs import tries
from dashboard.services.runs.rows import RunRow, rows
from dashboard.services.status.snapshot import Snapshot

_AUTHOR = "Agent runs"  # a feed is not valid without one
_UNKNOWN_END = timedelta(seconds=1)  # after the beginning, where no time of the end is reported
NEWEST = 100  # entries: more than happens between two looks of a feed reader


def feed(query: Query, snapshot: Snapshot, url_of: Callable[[str], str]) -> str:
    """An Atom document of the newest runs that a query asks for.

    url_of: makes a path of this site into an address that a feed reader can open
    """
    words = query.words
    ignored = [f"{dropped.name}={dropped.value} was ignored: {dropped.why}" for dropped in query.ignored]
    channel = Atom1Feed(
        title=_text(f"Agent runs: {words}" if words else "Agent runs"),
        link=url_of(query.of("/runs/")),
        description="",
        subtitle=_text("; ".join((*ignored, *query.remarks))) or None,
        feed_url=url_of(query.here),
        feed_guid=url_of(query.url()),
        author_name=_AUTHOR,
        language="en",
    )
    # A run whose time is not known is not the newest, and an entry has to have a time.
    runs = Run.objects.matching(query, snapshot.now).dated()
    latest = list(runs.newest_first()[:NEWEST])
    latest = tries.fold(latest).runs if query.one("retries") else latest
    for run, row in zip(latest, rows(latest, snapshot), strict=True):
        _add(channel, run, row, snapshot.now, url_of)
    return str(channel.writeString("utf-8"))


def _add(channel: Atom1Feed, run: Run, row: RunRow, now: datetime, url_of: Callable[[str], str]) -> None:
    """One run; its id stays the same while its outcome changes. No date lies in the future."""
    channel.add_item(
        title=_text(f"{row.badge.word}: {row.deployment_name or 'no deployment'}"),
        link=url_of(row.url),
        description=_text(": ".join(filter(None, (row.error_type, row.error_line))) or row.note),
        unique_id=_text(f"urn:agent-run:{row.account}:{row.id}"),
        pubdate=min(run.at, now),
        updateddate=min(_updated(run), now),
    )


def _updated(run: Run) -> datetime:
    """When it came to its outcome, so that a feed reader shows it again."""
    record = run.record
    times = [at for at in (record.started_at, record.completed_at, run.gone_at) if at and at > run.at]
    ended_unseen = timedelta() if run.status in Outcome.OPEN else _UNKNOWN_END
    return max(times, default=run.at + ended_unseen)


def _text(text: str) -> str:
    """Without what XML has no way to write."""
    return "".join(
        character
        for character in text
        if character in "\t\n" or unicodedata.category(character) not in ("Cc", "Cs", "Cn")
    )
