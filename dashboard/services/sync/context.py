"""What the rooms of the sync share: one account, its API, the right to write, and the clock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from dashboard.domain.states import Outcome
from dashboard.models import Feed
from dashboard.services import cloud
from dashboard.services.alerts import finished_runs
from dashboard.services.notes import ending
from dashboard.services.status.feeds import TRIGGERS
from dashboard.services.sync import health, rollups
from dashboard.services.sync.absences import Absences
from dashboard.services.sync.fill_progress import FillProgress
from dashboard.services.sync.lease import Tenure
from dashboard.services.sync.store import store_runs
from dashboard.services.sync.stored import Stored
from dashboard.services.sync.vocabulary import with_more

QUIET = 3  # requests a cycle may cost when nothing has changed


@dataclass
class SyncContext:
    """One account being read.

    tenure: the holding of the lease that this cycle began under
    keeps: how long runs are kept
    late: whether the time for this cycle is over; asked between pages
    absences: what was missing from earlier answers, and has to be missing again to be believed
    progress: how fast history is read, from cycle to cycle
    oldest_first: whether the oldest gap is read first in this cycle, and not the newest
    head_read: whether the newest page was read in this cycle
    malformed: records of this cycle that could not be read, each once; head_malformed: on the newest page
    spent: requests of this cycle so far, as pages asked for
    touched: deployments whose runs have changed since slots were settled last
    to_judge: deployments whose health may have changed in this transaction
    answered_at: when the last page of runs was given, by the clock of the API, where that is known
    """

    account: str
    api: cloud.Cloud
    tenure: Tenure
    keeps: timedelta
    late: Callable[[], bool] = lambda: False
    absences: Absences = field(default_factory=Absences)
    progress: FillProgress = field(default_factory=FillProgress)
    oldest_first: bool = False
    head_read: bool = False
    spent: int = 0
    malformed: int = 0
    head_malformed: int = 0
    touched: set[str] = field(default_factory=set)
    to_judge: set[str] = field(default_factory=set)
    answered_at: datetime | None = None

    @property
    def read_at(self) -> datetime:
        """When what has been read was read: no run in it can have begun later.

        By the later one of two clocks: one that is behind must not make every run one of the future.
        """
        now = timezone.now()
        return max(now, self.answered_at or now)

    @property
    def keep_from(self) -> datetime:
        """Runs before this instant are past keeping."""
        return timezone.now() - self.keeps

    def feed(self) -> Feed:
        """The account's feed, made on first use."""
        if feed := Feed.objects.filter(account=self.account).first():
            return feed
        with self.writing():
            return Feed.objects.create(account=self.account)

    def pages(self, walk: Iterator[cloud.Page[cloud.RunRecord]]) -> Iterator[cloud.Page[cloud.RunRecord]]:
        """The pages of a walk over runs, counted."""
        for page in walk:
            self.spent += 1
            self.malformed += page.malformed
            self.answered_at = page.answered_at
            yield page

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction that only the writer gets; what it changes is judged at its end."""
        with self.tenure.writing():
            yield
            judged = health.judge(self.account, self.to_judge)
            if self._follow_notes() or judged:
                self.changed()
            self.to_judge.clear()

    def refresh(self, deployment_ids: Collection[str]) -> None:
        """Bring the run figures of those deployments up to date, inside a transaction."""
        rollups.refresh(self.account, deployment_ids)
        self.to_judge.update(deployment_ids)

    def judge_all(self) -> None:
        """Judge every deployment: the clock, and how far the account has been read, change health too.

        What is acknowledged follows, and notes end whose date has come.
        """
        outdated = {*health.outdated(self.account), *ending.to_follow(self.account)}
        overdue = ending.any_overdue(timezone.now())
        if outdated or overdue:
            with self.writing():
                self.to_judge.update(outdated)
                if overdue:
                    ending.end_overdue(timezone.now())
                    self.changed()

    def _follow_notes(self) -> bool:
        """End what this transaction makes untrue of what is acknowledged; whether anything changed."""
        return bool(self.to_judge) and ending.follow(self.account, self.to_judge, timezone.now())

    def store(self, page: cloud.Page[cloud.RunRecord], *, refresh: bool = True) -> Stored:
        """Write a page of runs, inside a transaction; `refresh` brings the deployments up to date too."""
        stored = store_runs(self.account, page.records, self.read_at, self.keep_from)
        self.touched |= stored.touched
        if refresh:
            self.refresh(stored.touched)
        finished_runs.keep(self.account, stored.finished, self.read_at)
        if stored:
            self.learn_words(stored.statuses, stored.triggers)
            self.changed(runs=stored.new)
        return stored

    def changed(self, *, runs: int = 0, deleted: int = 0) -> None:
        """Say that a page would show something else now; how many runs are new, and how many were deleted."""
        Feed.objects.filter(account=self.account).update(
            version=F("version") + 1,
            runs_read=F("runs_read") + runs,
            runs_kept=F("runs_kept") + runs - deleted,
        )

    def learn_words(self, statuses: Collection[str] = (), triggers: Collection[str] = ()) -> None:
        """Note what runs of the account can be filtered by, inside a transaction."""
        feed = self.feed()
        learnt = {
            "status": with_more(feed.words.get("status", []), statuses, (*Outcome.KNOWN, "")),
            "trigger_type": with_more(feed.words.get("trigger_type", []), triggers, (*TRIGGERS, "")),
        }
        if learnt != feed.words:
            Feed.objects.filter(pk=feed.pk).update(words=learnt)
