"""The feeds: of each account, how far it has been read, how lately, and what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from dashboard.domain.states import FeedState
from dashboard.domain.thresholds import CLOCK_TOLERANCE
from dashboard.models import AlertRule, Feed, Gap, Note, QuietWindow
from dashboard.services.cloud.accounts import Account
from dashboard.services.status import coverage
from dashboard.services.status.coverage import Coverage
from dashboard.services.status.filling import Filling
from dashboard.web import formatting

# A feed is late once three turns have gone by without a complete one; fewer are the weather of a network.
_LATE_TURNS = 3
_SHORTEST_LATE = timedelta(seconds=30)
_SHORT_MESSAGE = 120  # characters of the API's words that are shown at once
TRIGGERS = ("schedule", "manual", "retry")


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a feed: a clause of ours, and the API's own words.

    since: when it began; retry_at: when the API is asked again, where that was put off
    setting: where the token is set that the sentence is about; empty where it is about something else
    """

    sentence: str
    since: datetime
    api_message: str = ""
    status: int | None = None
    request_id: str = ""
    retry_at: datetime | None = None
    setting: str = ""

    def for_visitors(self) -> Trouble:
        """As whoever holds a link may read it: without names of settings and without the API's own words."""
        sentence = self.sentence.replace(f" ({self.setting})", "")
        return replace(self, sentence=sentence, setting="", api_message="", request_id="")

    @property
    def long_message(self) -> bool:
        """Whether the API's words fill more than a line or two, so that a page shows their beginning only."""
        return len(self.api_message) > _SHORT_MESSAGE

    @property
    def own_sentence(self) -> str:
        """The clause as a sentence of its own, without a full stop."""
        return self.sentence[:1].upper() + self.sentence[1:].rstrip(".")


@dataclass(frozen=True)
class FeedView:
    """One account's feed as a page shows it.

    state: a word of `FeedState`
    read_at: when the last complete cycle ended
    attempted_at: when the last cycle ended, well or not; asked_at: when one was asked for that has not begun
    coverage: since when every run is known
    filling: how the reading of history comes forward; None where it is not known that any is left
    read_from: from when on runs are known at all, gaps aside; None before the first reading
    runs_read: how many were ever read; runs_kept: how many of them are in the mirror
    version: rises whenever something that a page shows has changed
    """

    account: str
    simulated: bool
    state: str
    read_at: datetime | None
    coverage: Coverage
    runs_read: int
    skipped_records: int
    version: int
    trouble: Trouble | None
    attempted_at: datetime | None = None
    asked_at: datetime | None = None
    runs_kept: int = 0
    read_from: datetime | None = None
    filling: Filling | None = None

    def for_visitors(self) -> FeedView:
        """As whoever holds a link may see it."""
        return replace(self, trouble=self.trouble and self.trouble.for_visitors())

    @property
    def fresh(self) -> bool:
        """Whether what is known of the account is true now, however far back that reaches."""
        return self.state in FeedState.FRESH

    @property
    def text(self) -> str:
        """Its state in words, and why."""
        return f"{self.state}: {self.trouble.sentence}" if self.trouble else self.state


def feeds(now: datetime | None = None, accounts: Collection[str] = ()) -> list[FeedView]:
    """The feed of every configured account, in the order they are configured.

    accounts: those that are asked for; all where none is named
    """
    views = feed_views(stored_feeds(), now or timezone.now())
    return [view for view in views if not accounts or view.account in accounts]


def stored_feeds() -> dict[str, Feed]:
    """What is stored of each account ever read; one query.

    With where its newest gap begins, the name of a rule whose messages do not arrive, where there is one, and
    whether there are notes and quiet windows at all.
    """
    return {feed.account: feed for feed in _question().all()}


@cache  # every page asks it: put together once, it is only compiled
def _question() -> QuerySet[Feed]:
    gaps = Gap.objects.filter(account=OuterRef("account")).order_by("-from_at").values("from_at")[:1]
    failing = AlertRule.objects.filter(failing_since__isnull=False).order_by("name").values("name")[:1]
    return Feed.objects.annotate(
        gap_from=Subquery(gaps),
        failing_rule=Subquery(failing),
        any_note=Exists(Note.objects.all()),
        any_quiet=Exists(QuietWindow.objects.all()),
    )


def feed_views(stored: Mapping[str, Feed], now: datetime) -> list[FeedView]:
    """The feed of every configured account at that instant, in the order they are configured."""
    return [_view(account, stored.get(account.name), now) for account in accounts()]


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


def late_after() -> timedelta:
    """How long after the last one a reading is late."""
    return max(_SHORTEST_LATE, _LATE_TURNS * timedelta(seconds=settings.SYNC_INTERVAL))


def retention_days() -> int:
    """For how many days runs are kept."""
    days: int = settings.RUN_RETENTION_DAYS
    return days


def _view(account: Account, feed: Feed | None, now: datetime) -> FeedView:
    gap_from: datetime | None = getattr(feed, "gap_from", None)
    history_from = feed.history_from if feed else None
    read, trouble = bool(feed and feed.polled_at), _trouble(account, feed, now) if feed else None
    beginning = coverage.of_account(now, read=read, gap_from=None, history_from=history_from)
    covered = coverage.of_account(now, read=read, gap_from=gap_from, history_from=history_from)
    return FeedView(
        account=account.name,
        simulated=account.simulated,
        state=_state(feed, trouble, gap_from, now),
        read_at=feed.succeeded_at if feed else None,
        coverage=covered,
        runs_read=feed.runs_read if feed else 0,
        skipped_records=feed.malformed if feed else 0,
        version=feed.version if feed else 0,
        trouble=trouble,
        attempted_at=feed.attempted_at if feed else None,
        asked_at=feed.asked_at if feed else None,
        runs_kept=feed.runs_kept if feed else 0,
        read_from=beginning.since,
        filling=_filling(feed, covered, trouble) if feed and gap_from else None,
    )


def _filling(feed: Feed, covered: Coverage, trouble: Trouble | None) -> Filling | None:
    """How history is filled; None for a gap that is closed before there is anything to say of it."""
    if feed.fill_share is None and feed.fill_speed is None:
        return None
    left = None if feed.fill_left_s is None else timedelta(seconds=feed.fill_left_s)
    since = trouble.since if trouble else None
    return Filling(feed.runs_kept, covered, feed.fill_share, feed.fill_speed, left, since)


def _state(feed: Feed | None, trouble: Trouble | None, gap_from: datetime | None, now: datetime) -> str:
    if feed is None or feed.succeeded_at is None:
        return FeedState.NEVER
    if trouble:
        return FeedState.STALE
    return FeedState.READING if gap_from else FeedState.LIVE


def _trouble(account: Account, feed: Feed, now: datetime) -> Trouble | None:
    if feed.failing_since:
        return Trouble(
            sentence=_sentence(account, feed),
            since=feed.failing_since,
            api_message=feed.error_message,
            status=feed.error_status,
            request_id=feed.error_request_id,
            retry_at=feed.retry_at,
            setting=account.token_from,
        )
    if feed.attempted_at and now - feed.attempted_at > late_after():
        return Trouble("nothing reads the API any more, the sync has stopped reporting", feed.attempted_at)
    if feed.attempted_at and feed.attempted_at - now > CLOCK_TOLERANCE:
        ahead = formatting.age(feed.attempted_at - now)
        return Trouble(f"the last reading is dated {ahead} ahead, a clock is off or was set back", now)
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
