"""Days of which not every run is known: what the calendar writes on them, so that they do not look empty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dashboard.domain.states import FeedState
from dashboard.models import Gap
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.status.feeds import FeedView

NOT_READ, NOT_KEPT, PARTLY = "not read", "not kept", "partly not read"
_EVER = datetime.min.replace(tzinfo=UTC)


class UnreadNote(NamedTuple):
    """What is not known of a day: in a word or two, and in full."""

    short: str
    text: str


class Hole(NamedTuple):
    """A stretch of time of which not every run of an account is known; word: why."""

    since: datetime
    until: datetime
    word: str = NOT_READ


def unread_days(dates: DateRange, feeds: Sequence[FeedView], now: datetime) -> dict[date, UnreadNote]:
    """The days, up to now, of which not every run of these accounts is known."""
    gaps = Gap.objects.filter(account__in=[feed.account for feed in feeds])
    known = list(gaps.values_list("account", "until_at", "from_at"))
    holes = {
        feed.account: [
            *_holes(feed, now),
            *(Hole(since, until) for account, since, until in known if account == feed.account),
        ]
        for feed in feeds
    }
    notes = {}
    for day in dates.days:
        begin, end = dates.midnight(day), min(dates.midnight(day + timedelta(days=1)), now)
        texts = {account: _text(begin, end, of, dates.zone) for account, of in holes.items()}
        if begin < end and any(texts.values()):
            notes[day] = _note(texts)
    return notes


def _holes(feed: FeedView, now: datetime) -> Iterator[Hole]:
    """What is not known of an account, but for the gaps that are still being read."""
    yield Hole(_EVER, feed.coverage.kept_since, NOT_KEPT)
    if feed.read_from is None:
        yield Hole(feed.coverage.kept_since, now)
        return
    yield Hole(feed.coverage.kept_since, feed.read_from)
    if feed.state == FeedState.STALE and feed.read_at:
        yield Hole(feed.read_at, now)


def _text(begin: datetime, end: datetime, holes: Iterable[Hole], zone: ZoneInfo) -> str:
    """What is not known of one account between two instants; empty where all is."""
    clipped = sorted(Hole(max(hole.since, begin), min(hole.until, end), hole.word) for hole in holes)
    inside = [hole for hole in clipped if hole.since < hole.until]
    if not inside:
        return ""
    word = NOT_KEPT if all(hole.word == NOT_KEPT for hole in inside) else NOT_READ
    since, until = inside[0].since, max(hole.until for hole in inside)
    if len(_merged(inside)) > 1:
        return PARTLY
    first, last = (f"{at.astimezone(zone):%H:%M}" for at in (since, until))
    if since == begin:
        return word if until == end else f"{word} before {last}"
    return f"{word} since {first}" if until == end else f"{word} from {first} to {last}"


def _merged(holes: Iterable[Hole]) -> list[Hole]:
    """Holes in order of time, those that touch as one."""
    merged: list[Hole] = []
    for hole in holes:
        if merged and hole.since <= merged[-1].until:
            merged[-1] = merged[-1]._replace(until=max(merged[-1].until, hole.until))
        else:
            merged.append(hole)
    return merged


def _note(texts: dict[str, str]) -> UnreadNote:
    """What is not known of a day; texts: of each account."""
    same = set(texts.values())
    if len(same) == 1:
        [text] = same
        return UnreadNote(text if text in (NOT_READ, NOT_KEPT) else PARTLY, text)
    return UnreadNote(PARTLY, "; ".join(f"{account}: {text}" for account, text in texts.items() if text))
