"""One cycle of one account: what is asked, in which order, and what is written down of trouble.

The newest runs come first, then unfinished ones, deployments, and history with the time that is left.
A quiet cycle costs at most three requests.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DataError
from django.utils import timezone

from dashboard.domain.text import one_line
from dashboard.models import Deployment, Feed, Gap
from dashboard.services import cloud
from dashboard.services.alerts import daily, rules, watching
from dashboard.services.cloud.accounts import Account
from dashboard.services.sync import (
    demo_health,
    demo_past,
    metadata,
    retention,
    run_history,
    slots,
    unfinished_runs,
)
from dashboard.services.sync.absences import Absences
from dashboard.services.sync.context import QUIET, SyncContext
from dashboard.services.sync.deployments import Deployments
from dashboard.services.sync.failures import describe_failure
from dashboard.services.sync.fill_progress import FillProgress
from dashboard.services.sync.lease import Tenure
from dashboard.services.sync.packing import Packing
from dashboard.services.sync.scheduler import SchedulerWatch

# After a token that was not accepted, or an API that asks for patience, it is asked again after this at most;
# at once where a reader asks for it, or the token has been replaced.
_PAUSE = timedelta(seconds=30)
# What makes asking on pointless: the same answer would come to every question.
_HOPELESS = (cloud.NotAccepted, cloud.Throttled, cloud.Unavailable)
# What an answer of an unknown kind may lead to, in spite of all care.
_UNFORESEEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, DataError)

logger = logging.getLogger(__name__)


class AccountSync:
    """Keeps the mirror of one account true, one cycle at a time."""

    def __init__(self, account: Account, api: cloud.Cloud) -> None:
        """Read nothing yet."""
        self.account = account
        self.api = api
        self._deployments = Deployments()
        self._owes_deployments = True
        self._refreshed = False
        self._absences = Absences()
        self._progress = FillProgress()
        self._packing = Packing()
        self._scheduler = SchedulerWatch()
        self._oldest_first = False
        self._unsettled: set[str] = set()
        self._troubles: dict[str, cloud.CloudError] = {}
        self._refused_token: str | None = None
        self._not_before: datetime | None = None

    def cycle(self, tenure: Tenure, late: Callable[[], bool]) -> bool:
        """Ask the API once around; whether all went well. Raises LeaseLost when another one writes.

        tenure: the holding of the lease under which it writes
        late: says between two pages of history that the time is over
        """
        if not self._may_ask():
            return False
        reader = SyncContext(
            self.account.name,
            self.api,
            tenure,
            timedelta(days=settings.RUN_RETENTION_DAYS),
            late,
            self._absences,
            self._progress,
            oldest_first=self._oldest_first,
            touched=self._unsettled,
        )
        self._oldest_first = not self._oldest_first
        self._begin(reader)
        retention.widen(reader)
        trouble = self._ask(reader)
        with reader.writing():
            self._note(reader, trouble)
        if trouble is None:
            if self.complete():
                demo_past.remember(reader, self.account)
            slots.settle_due(reader)
            self._unsettled = set()
        retention.prune(reader)
        self._packing.step(reader)
        reader.judge_all()
        demo_health.remember_health(reader, self.account)
        if trouble is None:
            self._scheduler.look(reader)
        self._alert(reader, well=trouble is None)
        return trouble is None

    def _alert(self, reader: SyncContext, *, well: bool) -> None:
        """Hold what was read against the rules of alerts; nothing, where there is no rule."""
        if rules.any_rule():
            with reader.writing():
                if well:
                    watching.look(reader.account, timezone.now())
                else:
                    watching.cannot_see(reader.feed(), timezone.now())
                daily.write_due(timezone.now())

    def complete(self) -> bool:
        """Whether history has been read as far back as it is kept."""
        return not Gap.objects.filter(account=self.account.name).exists()

    def _may_ask(self) -> bool:
        now = timezone.now()
        # Further ahead than any pause is: the clock was set back, and the pause says nothing.
        if self._not_before is None or not now < self._not_before <= now + _PAUSE:
            return True
        if self._refused_token not in (None, self.account.read_token()):
            return True
        return Feed.objects.filter(account=self.account.name, asked_at__isnull=False).exists()

    def _begin(self, reader: SyncContext) -> None:
        """Whoever has asked for a cycle is given this one; whoever asks from now on, the next."""
        feed = reader.feed()
        if feed.asked_at:
            with reader.writing():
                Feed.objects.filter(pk=feed.pk).update(asked_at=None)

    def _ask(self, reader: SyncContext) -> cloud.CloudError | None:
        """Take the steps in turn; the first trouble there is.

        What a step has run into lasts until the same step has been answered: one that had nothing to ask,
        or was not come to, proves nothing.
        """
        self._refresh_once(reader)
        steps = (self._read_runs, self._read_deployments, run_history.fill, run_history.audit)
        for step in steps:
            try:
                if step(reader):
                    self._troubles.pop(step.__name__, None)
            except cloud.CloudError as error:
                self._troubles[step.__name__] = error
                if isinstance(error, _HOPELESS):
                    break
            except _UNFORESEEN as error:
                kind = describe_failure(error).kind
                self._troubles[step.__name__] = cloud.Nonsense(f"an answer that cannot be read: {kind}")
        return next(
            (self._troubles[step.__name__] for step in steps if step.__name__ in self._troubles), None
        )

    def _refresh_once(self, reader: SyncContext) -> None:
        """A process that was killed may have left figures and slots behind: set them right at the start."""
        if not self._refreshed:
            reader.touched |= _all_deployments(reader.account)
            with reader.writing():
                reader.refresh(reader.touched)
            metadata.rewrite(reader)
            self._refreshed = True

    def _read_runs(self, reader: SyncContext) -> bool:
        """Read the newest page and the unfinished runs below it; True."""
        seen = run_history.read_head(reader)
        unfinished_runs.reread(reader, seen, QUIET - reader.spent - self._owes_deployments)
        return True

    def _read_deployments(self, reader: SyncContext) -> bool:
        """Read a page, unless the unfinished runs used up all requests; then it goes first the next time.

        Gives whether the place where it failed last has been answered.
        """
        if reader.spent < QUIET or self._owes_deployments:
            self._owes_deployments = False
            return self._deployments.read(reader)
        self._owes_deployments = True
        return False

    def _note(self, reader: SyncContext, trouble: cloud.CloudError | None) -> None:
        """Write down how the cycle went."""
        now = timezone.now()
        feed = reader.feed()
        shown_before, kind_before = _shown(feed), _kind(feed)
        feed.attempted_at, feed.malformed = now, max(feed.malformed, reader.malformed)
        if feed.polled_at:
            feed.history_from = max(feed.history_from or reader.keep_from, reader.keep_from)
        if trouble is None:
            feed.succeeded_at = now
            slots.watch(reader)
        self._refused_token = self.account.read_token() if isinstance(trouble, cloud.NotAccepted) else None
        self._not_before = feed.retry_at = _not_before(trouble, now)
        describe(feed, trouble, now)
        feed.save(update_fields=_NOTED)
        if shown_before != _shown(feed):
            reader.changed()
        if kind_before != _kind(feed):
            _log(self.account, trouble)


_NOTED = [
    *("attempted_at", "succeeded_at", "malformed", "failing_since", "retry_at", "error_family"),
    *("error_status", "error_type", "error_message", "error_request_id", "history_from"),
]


def describe(feed: Feed, trouble: cloud.CloudError | None, now: datetime) -> None:
    """Put the trouble, or that there is none, into the feed's fields."""
    feed.failing_since = min(feed.failing_since or now, now) if trouble else None
    feed.error_family = type(trouble).__name__ if trouble else ""
    feed.error_status = trouble.status if trouble else None
    feed.error_type = trouble.type[:256] if trouble else ""
    feed.error_message = trouble.message[:2000] if trouble else ""
    feed.error_request_id = trouble.request_id[:256] if trouble else ""


def _not_before(trouble: cloud.CloudError | None, now: datetime) -> datetime | None:
    if isinstance(trouble, cloud.NotAccepted):
        return now + _PAUSE
    if trouble and trouble.retry_after:
        return now + min(timedelta(seconds=trouble.retry_after), _PAUSE)
    return None


def _shown(feed: Feed) -> tuple[object, ...]:
    """What a page shows of how the reading goes."""
    return feed.failing_since, feed.error_message, feed.malformed


def _kind(feed: Feed) -> tuple[object, ...]:
    """What has to change for another line of the log: messages of one kind may differ each time."""
    return feed.error_family, feed.error_status


def _log(account: Account, trouble: cloud.CloudError | None) -> None:
    if trouble is None:
        logger.info("%s: all is well", account.name)
    else:
        logger.warning(
            "%s: %s: %s (request %s)",
            account.name,
            type(trouble).__name__,
            one_line(trouble.message),
            one_line(trouble.request_id),
        )


def _all_deployments(account: str) -> set[str]:
    return set(Deployment.objects.filter(account=account).values_list("deployment_id", flat=True))
