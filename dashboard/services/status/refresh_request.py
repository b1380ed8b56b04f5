"""Asking the sync for a cycle at once, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dashboard.models import Feed
from dashboard.services.status import database, feeds
from dashboard.services.status.feeds import FeedView, Trouble
from dashboard.web import formatting

PATIENCE = timedelta(seconds=10)  # until a question counts as unanswered


@dataclass(frozen=True)
class RefreshRequest:
    """A question to the sync: when it was put, and how many runs had been read by then."""

    at: datetime
    runs: int

    def __str__(self) -> str:
        return f"{self.at.timestamp() * 1000:.0f}-{self.runs}"

    @classmethod
    def parse(cls, text: str) -> RefreshRequest:
        """What `str` made of one. Raises ValueError for anything else."""
        at, _, runs = text.partition("-")
        try:
            return cls(datetime.fromtimestamp(int(at) / 1000, UTC), int(runs))
        except OverflowError as error:
            raise ValueError(text) from error


@dataclass(frozen=True)
class RefreshAnswer:
    """What came of it, in words; settled: nothing more will."""

    text: str
    settled: bool


def ask(now: datetime) -> RefreshRequest:
    """Ask for a cycle of every account; whoever asks while one is awaited waits for the same.

    The runs are counted before the sync can see the question: its answer may come at once.
    Raises DatabaseBusy where the question cannot be written down now.
    """
    asked = RefreshRequest(now, _runs(feeds.feeds(now)))
    unasked = Feed.objects.filter(account__in=feeds.account_names(), asked_at=None)
    if unasked.exists():
        with database.writing_soon():
            unasked.update(asked_at=now)
    return asked


def answer(asked: RefreshRequest, now: datetime) -> RefreshAnswer:
    """What has come of a question by now."""
    views = feeds.feeds(now)
    if all(view.attempted_at is None for view in views):
        return RefreshAnswer("The first reading is under way", settled=True)
    if any(_awaited(view, asked.at) for view in views):
        return _unanswered(now - asked.at)
    if troubles := [_describe(view.trouble, now) for view in views if view.trouble]:
        return RefreshAnswer(f"Not read: {'; '.join(troubles)}", settled=True)
    return RefreshAnswer(f"Read just now: {_number(_runs(views) - asked.runs)}", settled=True)


def _awaited(view: FeedView, asked_at: datetime) -> bool:
    """Whether an answer is still to come."""
    return view.asked_at is not None or view.attempted_at is None or view.attempted_at < asked_at


def _describe(trouble: Trouble, now: datetime) -> str:
    later = f", next try {formatting.distance(trouble.retry_at, now)}" if trouble.retry_at else ""
    return trouble.sentence + later


def _unanswered(waited: timedelta) -> RefreshAnswer:
    if waited < PATIENCE:
        return RefreshAnswer("Asked, reading", settled=False)
    return RefreshAnswer(
        f"Asked; not answered within {PATIENCE.seconds} s, the page follows when it is", settled=True
    )


def _runs(views: list[FeedView]) -> int:
    return sum(view.runs_read for view in views)


def _number(new: int) -> str:
    return "no new run" if new <= 0 else f"{new:,} new run{'s' if new > 1 else ''}"
