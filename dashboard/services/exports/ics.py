"""The calendar as a feed for calendar programs: promises, what became of them, and what is projected.

Names, times and schedules only: no prompt, no error, nothing of a record. A file is bounded in time and
in size, says what it leaves out, and is made once for each version of the mirror.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from django.core.cache import caches

from dashboard.domain.cron import FREQUENT_PER_DAY
from dashboard.domain.text import shortened
from dashboard.filters import SEEN, Query
from dashboard.models import Deployment
from dashboard.services.calendar.date_range import DateRange, date_range
from dashboard.services.deployments import list as deployment_list
from dashboard.services.exports import ics_instants
from dashboard.services.exports.ics_entries import EntryWriter
from dashboard.services.exports.ics_file import CalendarFile
from dashboard.services.exports.ics_instants import RecordedInstants
from dashboard.services.status.snapshot import Snapshot

BACK, AHEAD = 7, 35  # days: what a calendar program shows around today
_LONGEST_NAME = 500  # characters
CHUNK = 1_000  # deployments looked at together
_LASTS = 900  # seconds: while nothing is read, what is to come becomes past, and filters by health move


def feed(query: Query, snapshot: Snapshot, url_of: Callable[[str], str]) -> bytes:
    """An iCalendar file of the deployments a query is about: a week back, five weeks ahead.

    Deployments that fire frequently stand in it with what is promised and what did not run as promised.
    url_of: makes a path of this site into an address that a calendar program can open
    """
    key = _key(query, snapshot, url_of)
    body: bytes | None = caches["calendars"].get(key)
    if body is None:
        body = _made(query, snapshot, url_of)
        caches["calendars"].set(key, body, timeout=_LASTS)
    return body


def _key(query: Query, snapshot: Snapshot, url_of: Callable[[str], str]) -> str:
    """What decides all that is in a file."""
    feeds = [(feed.account, feed.version, feed.state) for feed in snapshot.feeds]
    lasts = int(snapshot.now.timestamp()) // _LASTS
    asked = url_of(query.of("/calendar.ics", *SEEN))
    return sha256(repr((feeds, lasts, asked)).encode()).hexdigest()


def _made(query: Query, snapshot: Snapshot, url_of: Callable[[str], str]) -> bytes:
    """A file, with what is on record and promised of every deployment before what is projected of any."""
    now, dates = snapshot.now, _dates(query, snapshot.now)
    file = CalendarFile(dates)
    ordered = deployment_list.matching(query).order_by("name", "pk")
    keys = list(ordered.values_list("pk", flat=True))
    writers: list[tuple[EntryWriter, RecordedInstants]] = []
    for rows in _chunks(keys):
        for row in ics_instants.recorded(rows, dates, now):
            writer = EntryWriter(row.deployment, now, url_of)
            if file.take(writer.entries(row.states)):
                writers.append((writer, row))
        if file.full:
            break
    unprojected = 0
    for writer, row in writers:
        states = row.projected(dates, now)
        if states and (file.full or not file.take(writer.entries(states, projected=True))):
            unprojected += 1
    name = shortened(f"Agent runs: {query.words}" if query.words else "Agent runs", _LONGEST_NAME)
    cut = any(row.cut for _, row in writers)
    return file.body(name, _left_out(len(keys) - len(writers), unprojected, cut=cut), now)


def _chunks(keys: Sequence[int]) -> Iterator[list[Deployment]]:
    """The deployments of those keys in their order, some at a time."""
    for start in range(0, len(keys), CHUNK):
        rows = Deployment.objects.in_bulk(keys[start : start + CHUNK])
        yield [rows[key] for key in keys[start : start + CHUNK] if key in rows]


def _left_out(deployments: int, unprojected: int, *, cut: bool) -> str:
    """What a file is without, in a sentence; empty where nothing is missing."""
    parts = [f"{deployments:,} {_noun(deployments)}"] if deployments else []
    parts += [f"what is projected for {unprojected:,} {_noun(unprojected)}"] if unprojected else []
    parts += [f"older entries of deployments that fire {FREQUENT_PER_DAY} times a day or more"] if cut else []
    if not parts:
        return ""
    few = "The filters of the calendar choose fewer deployments"
    return f"Left out, to keep this file small: {'; '.join(parts)}. {few}."


def _noun(number: int) -> str:
    return "deployment" if number == 1 else "deployments"


def _dates(query: Query, now: datetime) -> DateRange:
    today = date_range(query.with_values(view="day", date="", tz="UTC"), now)
    first, last = today.day - timedelta(days=BACK), today.day + timedelta(days=AHEAD)
    return replace(today, first=first, last=last)
