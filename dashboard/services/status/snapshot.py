"""What one request knows of feeds, words and healths: each is read once, when it is first needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial

from django.conf import settings
from django.db.models import Count

from dashboard.domain.states import DeploymentStatus, FeedState, Health, Outcome
from dashboard.domain.times import before
from dashboard.models import Deployment, Feed, Run
from dashboard.models.run_search import Hits
from dashboard.services.notes.book import NO_NOTES, NoteBook, standing_notes
from dashboard.services.status import coverage
from dashboard.services.status.age import DataAge, data_age
from dashboard.services.status.coverage import Coverage
from dashboard.services.status.feeds import TRIGGERS, FeedView, account_names, feed_views, stored_feeds
from dashboard.services.status.first_reading import FirstReading
from dashboard.services.status.kept import CLOCK, Made, kept
from dashboard.services.status.scheduler import SilentScheduler, silent_schedulers


@dataclass(frozen=True)
class Snapshot:
    """The state of the mirror at one instant, made once per request and passed on in place of `now`.

    now: in the reader's zone
    keeps: whether what is worked out for this state of the mirror is kept for other requests
    reads_notes: whether what people wrote is shown; else only that something is acknowledged
    """

    now: datetime
    keeps: bool = False
    reads_notes: bool = True

    @cached_property
    def mark(self) -> tuple[object, ...]:
        """Changes as soon as any page could show something else, but for ages: a script counts these on.

        Health, countdowns and spans such as the last hour move with the clock alone, while nothing is read.
        """
        return (int(self.now.timestamp()) // CLOCK, *(_mark(feed) for feed in self.feeds))

    def kept(self, name: str, make: Callable[[], Made]) -> Made:
        """A part that depends on the state of the mirror alone; see `kept.kept`."""
        return kept(name, self._state, make) if self.keeps else make()

    @cached_property
    def _state(self) -> str:
        return repr(self.mark)

    @cached_property
    def feeds(self) -> list[FeedView]:
        """The feed of every configured account, in the order they are configured."""
        return feed_views(self._stored, self.now)

    def feeds_of(self, accounts: Collection[str]) -> list[FeedView]:
        """The feeds of those accounts; of all where none is named."""
        return [feed for feed in self.feeds if not accounts or feed.account in accounts]

    @cached_property
    def first_readings(self) -> tuple[FirstReading, ...]:
        """How far the accounts have been read that were never read completely."""
        return self.first_readings_of(())

    @property
    def so_far(self) -> str:
        """What a sentence that says there is none ends with, while accounts are read for the first time."""
        return ", as far as has been read" if self.first_readings else ""

    def first_readings_of(self, accounts: Collection[str]) -> tuple[FirstReading, ...]:
        """The same of some accounts; of all where none is named."""
        return tuple(
            FirstReading(
                feed.account,
                feed.runs_kept,
                self.deployments_of(feed.account),
                feed.coverage,
                failing=feed.trouble is not None,
                filling=feed.filling,
            )
            for feed in self.feeds_of(accounts)
            if feed.state == FeedState.NEVER
        )

    @property
    def failing_rule(self) -> str:
        """The name of an alert rule whose messages do not arrive; empty where there is none."""
        return next((vars(feed)["failing_rule"] or "" for feed in self._stored.values()), "")

    @cached_property
    def silent_schedulers(self) -> tuple[SilentScheduler, ...]:
        """Of which deployments nothing fires, of the accounts that are known as they are now."""
        fresh = [self._stored[feed.account] for feed in self.feeds if feed.fresh]
        return silent_schedulers(fresh, self.accounts)

    @property
    def any_quiet(self) -> bool:
        """Whether there is a quiet window at all."""
        return any(vars(feed)["any_quiet"] for feed in self._stored.values())

    @property
    def any_note(self) -> bool:
        """Whether there is a note at all, also one that has ended."""
        return any(vars(feed)["any_note"] for feed in self._stored.values())

    @cached_property
    def notes(self) -> NoteBook:
        """The notes that stand; read where there is any note."""
        if not self.any_note:
            return NO_NOTES
        standing = self.kept("notes", partial(standing_notes, self.now))
        return standing if self.reads_notes else standing.without_words

    @property
    def kept_since(self) -> datetime:
        """Since when runs are kept."""
        return before(self.now, coverage.retention())

    @cached_property
    def coverage(self) -> Coverage:
        """Since when every run of every account is known."""
        return coverage.of_all([feed.coverage for feed in self.feeds], self.now)

    @cached_property
    def age(self) -> DataAge:
        """How old the data of all accounts is."""
        return data_age([feed.read_at for feed in self.feeds], self.now)

    @property
    def accounts(self) -> tuple[str, ...]:
        """What the configured accounts are called."""
        return account_names()

    @cached_property
    def statuses(self) -> tuple[str, ...]:
        """Every outcome a run can be filtered by: the known ones, then others that the API has sent."""
        return (*Outcome.KNOWN, *sorted(self.statuses_seen - {*Outcome.KNOWN, ""}))

    @cached_property
    def statuses_seen(self) -> set[str]:
        """Every outcome that a run was ever seen to have."""
        return self._seen("status")

    @cached_property
    def triggers(self) -> tuple[str, ...]:
        """Every trigger a run can be filtered by."""
        return (*TRIGGERS, *sorted(self._seen("trigger_type") - {*TRIGGERS, ""}))

    @cached_property
    def deployment_statuses(self) -> tuple[str, ...]:
        """Every status a deployment can be filtered by: the documented ones, then others that it had."""
        seen = self.kept("deployment-statuses", _deployment_statuses_seen)
        return (*DeploymentStatus.KNOWN, *sorted(seen - {*DeploymentStatus.KNOWN, ""}))

    @property
    def metadata_keys(self) -> tuple[str, ...]:
        """The keys of deployments' metadata that are listed."""
        keys: tuple[str, ...] = settings.METADATA_KEYS
        return keys

    def hits(self, text: str) -> Hits | None:
        """What a text that is searched for means among runs; None where there is no text."""
        if text and text not in self._hits:
            self._hits[text] = Run.objects.find(text)
        return self._hits.get(text)

    @cached_property
    def healths(self) -> dict[str, int]:
        """How many deployments have each health, worst first; archived ones are counted too."""
        numbers: Counter[str] = Counter()
        for (_, health), number in self._health_counts.items():
            numbers[health] += number
        return {health: numbers[health] for health in Health.ORDER if numbers[health]}

    def deployments_of(self, account: str) -> int:
        """How many deployments of an account have been read, archived ones too."""
        return sum(number for (owner, _), number in self._health_counts.items() if owner == account)

    @cached_property
    def judged_at(self) -> dict[str, datetime]:
        """The accounts of which nothing newer is known, each with the instant of its last complete reading.

        Their deployments and runs are judged as of then: whether something came late, or went on for too
        long since, is not known. They are the stale ones, and those that are configured no more.
        """
        stale = {feed.account: feed.read_at for feed in self.feeds if feed.state == FeedState.STALE}
        left = {name: feed.succeeded_at for name, feed in self._stored.items() if name not in self.accounts}
        return {name: at for name, at in (stale | left).items() if at}

    def judged_as_of(self, account: str) -> datetime | None:
        """As of when the figures of an account are judged; None before its first complete reading."""
        feed = self._stored.get(account)
        return self.instant_of(account) if feed and feed.succeeded_at else None

    def instant_of(self, account: str) -> datetime:
        """When what is known of an account is judged: now, or its last complete reading where it is stale."""
        return self.judged_at.get(account, self.now)

    @cached_property
    def _health_counts(self) -> dict[tuple[str, str], int]:
        """How many deployments of each account have each health."""
        return self.kept("healths", self._count_healths)

    def _count_healths(self) -> dict[tuple[str, str], int]:
        rows = Deployment.objects.order_by()
        counted = rows.values_list("account", "health_rank").annotate(n=Count("pk"))
        return {(account, Health.ORDER[place]): number for account, place, number in counted}

    @cached_property
    def _hits(self) -> dict[str, Hits]:
        return {}

    @cached_property
    def _stored(self) -> dict[str, Feed]:
        return stored_feeds()

    def _seen(self, kind: str) -> set[str]:
        return {word for feed in self._stored.values() for word in feed.words.get(kind, [])}


def _deployment_statuses_seen() -> set[str]:
    return {*Deployment.objects.order_by().values_list("status", flat=True).distinct()}


def _mark(feed: FeedView) -> tuple[object, ...]:
    """What every page shows of a feed, but for its age, and its version, which stands for the rest."""
    return feed.account, feed.version, feed.state, feed.coverage.text, feed.skipped_records, feed.trouble
