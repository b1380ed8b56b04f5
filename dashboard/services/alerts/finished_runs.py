"""The runs that finished since the rules about runs were looked at last: a queue between reading and looking.

A run is read while it goes on, and again once it is over: its row keeps its place, so that no index shows
which runs are new to a rule. What is stored is therefore noted, in the transaction that stores it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from dashboard.domain.thresholds import CLOCK_TOLERANCE, MESSAGES_KEPT
from dashboard.models import AlertRule, FinishedRun

_MOST = 1_000  # runs of one look: the rest waits for the next one


def keep(account: str, finished: Mapping[str, datetime], now: datetime) -> None:
    """Note runs for the next look, inside a transaction; none where no rule is about any of them.

    finished: by the id of the run, when it ended; what ended before there was a rule is history
    """
    made = AlertRule.objects.about_runs().order_by("made_at").values_list("made_at", flat=True)
    if finished and (first := made.first()):
        FinishedRun.objects.bulk_create(
            (
                FinishedRun(account=account, run_id=run_id, ended_at=ended_at)
                for run_id, ended_at in finished.items()
                if is_since(first, ended_at, now)
            ),
            ignore_conflicts=True,
            batch_size=200,
        )


def take(account: str) -> dict[str, datetime]:
    """Those that wait, the first read ones first; taken and looked at in one transaction."""
    waiting = list(FinishedRun.objects.filter(account=account).order_by("pk")[:_MOST])
    FinishedRun.objects.filter(pk__in=[row.pk for row in waiting]).delete()
    return {row.run_id: row.ended_at for row in waiting}


def is_since(made_at: datetime, ended_at: datetime, now: datetime) -> bool:
    """Whether a run ended since a rule was made, by two clocks that may differ.

    A rule that was made later than now, as the clock was set back, is one of now. What ended longer ago than
    is known what was sent may have been sent.
    """
    return ended_at >= max(min(made_at, now) - CLOCK_TOLERANCE, now - MESSAGES_KEPT)
