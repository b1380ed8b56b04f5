"""An instant that screens are shown of, and how far each account had been read by then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery

from dashboard.domain.times import later
from dashboard.filters import timespans
from dashboard.filters.timespans import Unusable
from dashboard.models import Feed, Watch
from dashboard.services.status.feeds import late_after
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting
from dashboard.web.components import ChoiceLink

DAY = timedelta(hours=24)  # of which runs are counted
_STEPS = (
    ("1 h earlier", timedelta(hours=-1)),
    ("10 min earlier", timedelta(minutes=-10)),
    ("10 min later", timedelta(minutes=10)),
    ("1 h later", timedelta(hours=1)),
)


@dataclass(frozen=True)
class PastReading:
    """How far an account had been read.

    since: from when on it had been read without a break; None where it had not been read completely yet
    until: the last complete reading that is known; stale: whether that was too long ago to be true then
    """

    account: str
    since: datetime | None
    until: datetime | None
    stale: bool

    def sentence(self, *, named: bool) -> str:
        """What is to be known of it beside the figures; empty where it was read as it should be."""
        whose = f"Account {self.account}" if named else "The API"
        if self.until is None:
            return f"{whose} had not been read completely yet."
        read = formatting.moment(self.until)
        return f"{whose} had been read last {read}: nothing newer was known." if self.stale else ""


@dataclass(frozen=True)
class PastMoment:
    """An instant, in the reader's zone, and the reading of each account until then."""

    at: datetime
    readings: tuple[PastReading, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is to be known of the readings."""
        named = len(self.readings) > 1
        return tuple(filter(None, (reading.sentence(named=named) for reading in self.readings)))

    @property
    def partly(self) -> bool:
        """Whether an account had not been read completely yet."""
        return any(reading.until is None for reading in self.readings)

    @property
    def stale(self) -> bool:
        """Whether what was known of an account was old by then."""
        return any(reading.stale for reading in self.readings)

    def watched_since(self, since: datetime) -> bool:
        """Whether every account had been read without a break since an instant, up to this one."""
        return all(row.since and row.since <= since and not row.stale for row in self.readings)

    def steps(self, address: Callable[[datetime], str], now: datetime) -> tuple[ChoiceLink, ...]:
        """The same page a little earlier and later, as far as that is over."""
        instants = ((word, later(self.at, step)) for word, step in _STEPS)
        return tuple(ChoiceLink(word, address(at)) for word, at in instants if at <= now)


def past_moment(text: str, snapshot: Snapshot) -> PastMoment:
    """The instant that a text means; raises Unusable where nothing can be shown of it. One query."""
    at = timespans.since(text, snapshot.now)
    if at > snapshot.now:
        raise Unusable("it is still to come")
    spans = Watch.objects.filter(account=OuterRef("account"), since__lte=at).order_by("-until")
    rows = Feed.objects.filter(account__in=snapshot.accounts).annotate(
        read_since=Subquery(spans.values("since")[:1]), read_until=Subquery(spans.values("until")[:1])
    )
    feeds = {row.account: row for row in rows}
    begun = min((row.remembers_from for row in feeds.values()), default=snapshot.now)
    # What is shown of the day before has to be there.
    if at < (shown_since := max(begun, later(snapshot.kept_since, DAY))):
        begin = formatting.moment(shown_since.astimezone(snapshot.now.tzinfo))
        raise Unusable(f"how it was can be shown since {begin}")
    return PastMoment(at, tuple(_reading(name, feeds.get(name), at) for name in snapshot.accounts))


def _reading(account: str, feed: Feed | None, at: datetime) -> PastReading:
    known = vars(feed) if feed else {}
    since, until = known.get("read_since"), known.get("read_until")
    if until is None:
        return PastReading(account, None, None, stale=False)
    return PastReading(account, since, min(until, at).astimezone(at.tzinfo), stale=at - until > late_after())
