"""What the demonstration remembers of health: what its runs show of the time before its start.

Health is written as it is judged, so a real account has none of before its first reading, and its timeline
fills as time goes by. The demonstration is there to be looked at in its first minutes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from operator import attrgetter
from typing import NamedTuple

from dashboard.domain.states import Health, HealthCause, Outcome
from dashboard.models import Deployment, HealthChange, Run, Watch
from dashboard.services.cloud.accounts import Account
from dashboard.services.sync.context import SyncContext

_BEFORE = timedelta(days=8)  # how far back the run is looked for that decided what stood at the beginning
_JUDGED_BY = {Outcome.FAILED: Health.FAILING, Outcome.COMPLETED: Health.OK}


class _Ended(NamedTuple):
    """A run that decides, when it was over, and when somebody watched again."""

    run_id: str
    at: datetime
    seen_at: datetime
    health: str


def remember_health(reader: SyncContext, account: Account) -> None:
    """Write down how health changed before the first reading; once, and only of the demonstration."""
    watches = list(Watch.objects.filter(account=account.name).order_by("since")) if account.promised else []
    judged = HealthChange.objects.filter(account=account.name)
    first = judged.order_by("at").first()
    # With one watch nothing is remembered yet of before the start.
    if len(watches) < 2 or first is None or first.at <= watches[0].until:
        return
    since = watches[0].since
    with reader.writing():
        judged.filter(after=Health.UNREAD).delete()
        ended = _ended(account.name, watches, since - _BEFORE)
        deployments = {row.deployment_id: row for row in Deployment.objects.filter(account=account.name)}
        changes = judged.order_by("deployment_id", "at")
        for deployment_id, rows in groupby(changes, key=attrgetter("deployment_id")):
            if deployment := deployments.get(deployment_id):
                _rewrite(deployment, ended[deployment_id], list(rows), since)


def _ended(account: str, watches: Sequence[Watch], since: datetime) -> dict[str, list[_Ended]]:
    """The runs of each deployment that decide its health, in the order in which they were over."""
    runs = Run.objects.filter(account=account, status__in=_JUDGED_BY).within(since, None)
    ended: dict[str, list[_Ended]] = defaultdict(list)
    for deployment_id, run_id, at, duration_ms, status in runs.values_list(
        "deployment_id", "run_id", "at", "duration_ms", "status"
    ):
        over = at + timedelta(milliseconds=duration_ms or 0)
        back = next((watch.since for watch in watches if watch.until > over), over)
        ended[deployment_id].append(_Ended(run_id, at, max(over, back), _JUDGED_BY[status]))
    for rows in ended.values():
        rows.sort(key=lambda row: (row.seen_at, row.at))
    return ended


def _rewrite(
    deployment: Deployment, ended: Sequence[_Ended], judged: Sequence[HealthChange], since: datetime
) -> None:
    """Put what its runs show before what was judged since the first reading."""
    first, *later = judged
    began = _began(deployment, first, since) if not later else first.at
    past = [row for row in _past(deployment, ended, since) if row.at < began]
    if past and past[-1].after == first.after:
        past[-1].until_at = first.until_at
        first.delete()
    elif past:
        first.at, first.before, first.cause = began, past[-1].after, HealthCause.CLOCK
        first.save()
        past[-1].until_at = began
    else:
        first.at, first.before, first.cause = min(began, since), "", HealthCause.FIRST
        first.save()
    for row, following in pairwise(past):
        row.until_at = following.at
    HealthChange.objects.bulk_create(past)
    standing = HealthChange.objects.filter(
        account=deployment.account, deployment_id=deployment.deployment_id, until_at=None
    )
    for row in standing:
        Deployment.objects.filter(pk=deployment.pk).update(health_since=row.at)


def _began(deployment: Deployment, first: HealthChange, since: datetime) -> datetime:
    """When what stands since the first reading began: its runs do not show that."""
    known = {
        Health.SILENT: deployment.silent_since,
        Health.BLOCKED: deployment.skipped_since,
        Health.STUCK: deployment.open_since,
        Health.PAUSED_BY_ERROR: deployment.paused_since,
        Health.PAUSED: deployment.paused_since,
    }.get(first.after)
    return max(min(known or first.at, first.at), since)


def _past(deployment: Deployment, ended: Sequence[_Ended], since: datetime) -> Iterator[HealthChange]:
    """The changes from one judgement to the other, the first as of when somebody began to watch."""
    stood = next((run for run in reversed(ended) if run.seen_at <= since), None)
    health = ""
    for _, runs in groupby(
        [*([stood] if stood else []), *(run for run in ended if run.seen_at > since)],
        key=lambda run: max(run.seen_at, since),
    ):
        *_, run = runs
        if run.health != health:
            yield HealthChange(
                account=deployment.account,
                deployment_id=deployment.deployment_id,
                at=max(run.seen_at, since),
                judged_at=max(run.seen_at, since),
                before=health,
                after=run.health,
                cause=HealthCause.RUN if health else HealthCause.FIRST,
                run_id=run.run_id,
                moment=run.at,
            )
        health = run.health
