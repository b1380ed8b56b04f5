"""What is said of the data itself: whose it is, how old, how far back, and what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from dashboard.domain.states import Outcome
from dashboard.models import Feed, Gap
from dashboard.services.cloud.accounts import Account

# A feed is late once three turns have gone by without a whole one; fewer are the weather of a network.
_LATE_TURNS = 3
_SHORTEST_LATE = timedelta(seconds=30)
TRIGGERS = ("schedule", "manual", "retry")


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a feed: a clause of ours, and the API's own words.

    since: when it began; retry_at: when the API is asked again, where that was put off
    """

    sentence: str
    since: datetime
    api_message: str = ""
    status: int | None = None
    request_id: str = ""
    retry_at: datetime | None = None


@dataclass(frozen=True)
class FeedView:
    """One account's feed as a page shows it.

    state: `never` read, `reading` history still, `live`, or `stale`
    read_at: when the last whole cycle went through
    attempted_at: when the last cycle ended, well or not; asked_at: when one was asked for that has not begun
    complete_since: every run since then is here; complete: that is as far as runs are kept
    read_share: how much of that span has been read, from 0 to 1
    """

    account: str
    simulated: bool
    state: str
    read_at: datetime | None
    complete_since: datetime | None
    complete: bool
    read_share: float
    runs_read: int
    skipped_records: int
    version: int
    trouble: Trouble | None
    attempted_at: datetime | None = None
    asked_at: datetime | None = None

    @property
    def history(self) -> str:
        """How far back it reaches, in words."""
        if self.complete_since is None:
            return "nothing read yet"
        if self.complete:
            return f"complete for {settings.RUN_RETENTION_DAYS} days"
        return f"complete since {timezone.localtime(self.complete_since):%-d %b %H:%M}"

    @property
    def fresh(self) -> bool:
        """Whether what is told of the account is true now, however far back it reaches."""
        return self.state in ("live", "reading")

    @property
    def text(self) -> str:
        """Its state in words, and why."""
        return f"{self.state}: {self.trouble.sentence}" if self.trouble else self.state


def feeds(now: datetime | None = None, among: Collection[str] = ()) -> list[FeedView]:
    """The feed of every configured account, in the order they are configured.

    among: the accounts that are asked for; all where none is named
    """
    views = feed_views(stored_feeds(), now or timezone.now())
    return [view for view in views if not among or view.account in among]


def stored_feeds() -> dict[str, Feed]:
    """What is stored of each account ever read, with where its newest gap begins; one query."""
    gaps = Gap.objects.filter(account=OuterRef("account")).order_by("-from_at").values("from_at")[:1]
    return {feed.account: feed for feed in Feed.objects.annotate(gap_from=Subquery(gaps))}


def feed_views(stored: Mapping[str, Feed], now: datetime) -> list[FeedView]:
    """The feed of every configured account at that instant, in the order they are configured."""
    return [_view(account, stored.get(account.name), now) for account in accounts()]


def reach(views: Sequence[FeedView], since: datetime) -> str:
    """How whole the runs since an instant are, in a clause: `all read`, `read back to 3 Nov 14:00`."""
    back = [view.complete_since for view in views if view.complete_since]
    if len(back) < len(views) or not back:
        return "not all accounts read yet" if back else "nothing read yet"
    oldest = max(back)
    return "all read" if oldest <= since else f"read back to {timezone.localtime(oldest):%-d %b %H:%M}"


def accounts() -> tuple[Account, ...]:
    """The configured accounts."""
    configured: tuple[Account, ...] = settings.ACCOUNTS
    return configured


def account_names() -> tuple[str, ...]:
    """What the configured accounts are called."""
    return tuple(account.name for account in accounts())


def accounts_kept() -> set[str]:
    """Every account of which there may be something: the configured ones, and those read before."""
    return {*account_names(), *Feed.objects.values_list("account", flat=True)}


def retention_days() -> int:
    """For how many days runs are kept."""
    days: int = settings.RUN_RETENTION_DAYS
    return days


def statuses() -> tuple[str, ...]:
    """Every outcome a run can be asked for: the known ones, then whatever else the API has said."""
    return (*Outcome.KNOWN, *sorted(statuses_seen() - {*Outcome.KNOWN, ""}))


def statuses_seen() -> set[str]:
    """Every outcome that a run was ever seen to have."""
    return _seen("status")


def triggers() -> tuple[str, ...]:
    """Every trigger a run can be asked for."""
    return (*TRIGGERS, *sorted(_seen("trigger_type") - {*TRIGGERS, ""}))


def _seen(kind: str) -> set[str]:
    return {word for words in Feed.objects.values_list("words", flat=True) for word in words.get(kind, [])}


def _view(account: Account, feed: Feed | None, now: datetime) -> FeedView:
    gap_from: datetime | None = getattr(feed, "gap_from", None)
    trouble = _trouble(account, feed, now) if feed else None
    horizon = now - timedelta(days=settings.RUN_RETENTION_DAYS)
    since = (gap_from or horizon) if feed and feed.polled_at else None
    return FeedView(
        account=account.name,
        simulated=account.simulated,
        state=_state(feed, trouble, gap_from, now),
        read_at=feed.succeeded_at if feed else None,
        complete_since=since,
        complete=since == horizon,
        read_share=min(max((now - since) / (now - horizon), 0.0), 1.0) if since else 0.0,
        runs_read=feed.runs_read if feed else 0,
        skipped_records=feed.malformed if feed else 0,
        version=feed.version if feed else 0,
        trouble=trouble,
        attempted_at=feed.attempted_at if feed else None,
        asked_at=feed.asked_at if feed else None,
    )


def _state(feed: Feed | None, trouble: Trouble | None, gap_from: datetime | None, now: datetime) -> str:
    if feed is None or feed.polled_at is None:
        return "never"
    if trouble:
        return "stale"
    return "reading" if gap_from else "live"


def _trouble(account: Account, feed: Feed, now: datetime) -> Trouble | None:
    if feed.failing_since:
        return Trouble(
            sentence=_sentence(account, feed),
            since=feed.failing_since,
            api_message=feed.error_message,
            status=feed.error_status,
            request_id=feed.error_request_id,
            retry_at=feed.retry_at,
        )
    late = max(_SHORTEST_LATE, _LATE_TURNS * timedelta(seconds=settings.SYNC_INTERVAL))
    if feed.attempted_at and now - feed.attempted_at > late:
        return Trouble("nothing reads the API any more, the sync has stopped reporting", feed.attempted_at)
    return None


def _sentence(account: Account, feed: Feed) -> str:
    sentences = {
        "NotAccepted": f"the API does not accept the token of account {account.name} ({account.token_from})",
        "Forbidden": f"the token of account {account.name} ({account.token_from}) may not list this",
        "Throttled": "the API limits how often it may be asked",
        "Nonsense": "the API's answer is not what it documents",
    }
    answered = f"the API answers {feed.error_status}"
    return sentences.get(feed.error_family) or (
        answered if feed.error_status else "the API cannot be reached"
    )
