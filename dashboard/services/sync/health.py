"""Health as a written fact: judged by the one writer, as of the last complete reading, each change kept.

The rule is `models.deployment_queries.health_cases`. It is applied in the transaction of every page to the
deployments that this touched, and at the end of a cycle to all, as the clock alone changes some.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from dashboard.domain.states import Health, HealthCause
from dashboard.models import Deployment, Feed, HealthChange, Key, Run
from dashboard.models.latest_per_deployment import latest
from dashboard.services.sync.evidence import evidence
from dashboard.services.sync.upsert import update

_BATCH = 500
_ENDED_BY_A_NEW_RUN = (Health.LATE, Health.SILENT, Health.UNKNOWN, Health.NEVER_RAN)


def judge(account: str, deployment_ids: Collection[str]) -> int:
    """Write down the health of these deployments where it has become another one; of how many it has.

    To be called inside a transaction of the writer.
    """
    ids = sorted(deployment_ids)
    return sum(_judge(account, ids[start : start + _BATCH]) for start in range(0, len(ids), _BATCH))


def outdated(account: str) -> list[str]:
    """The deployments of an account whose health is to be written anew."""
    rows = _outdated(account, judged_at(account), timezone.now())
    return list(rows.values_list("deployment_id", flat=True))


def differences(account: str) -> list[tuple[str, str, str]]:
    """The deployments whose stored health is not what the rule gives: id, what is stored, what it gives."""
    rows = _outdated(account, judged_at(account)).order_by("deployment_id")
    return [(row.deployment_id, row.health, _by_rule(row)) for row in rows]


def judged_at(account: str) -> datetime:
    """As of when an account is judged: its last complete reading, or now while there was none.

    A reading dated ahead, by a clock that was set back since, does not judge by what is still to come.
    """
    read_at = Feed.objects.filter(account=account).values_list("succeeded_at", flat=True).first()
    return min(read_at or timezone.now(), timezone.now())


def _outdated(account: str, at: datetime, now: datetime | None = None) -> QuerySet[Deployment]:
    return Deployment.objects.filter(account=account).judged_otherwise(at, now)


def _judge(account: str, ids: Sequence[str]) -> int:
    as_of, now = judged_at(account), timezone.now()
    to_write = list(_outdated(account, as_of, now).filter(deployment_id__in=ids).defer("record_json"))
    _take_back(account, [row for row in to_write if row.health_since and row.health_since > now], now)
    rows = [row for row in to_write if not row.health_since or row.health != _by_rule(row)]
    changes = [_change(row, as_of, now) for row in rows]
    _name_runs(changes, rows)
    _end_former(account, [row.deployment_id for row in rows], now)
    HealthChange.objects.bulk_create(changes)
    for row in rows:
        row.health_rank, row.health_since = Health.ORDER.index(_by_rule(row)), now
    update(to_write, ["health_rank", "health_since"])
    return len(to_write)


def _take_back(account: str, rows: Sequence[Deployment], now: datetime) -> None:
    """The clock was set back: forget the changes of a time that is still to come; what was before stands."""
    ids = [row.deployment_id for row in rows]
    if not ids:
        return
    changes = HealthChange.objects.filter(account=account, deployment_id__in=ids)
    changes.filter(at__gt=now).delete()
    changes.filter(until_at__gt=now).update(until_at=None)
    standing = {row.deployment_id: row for row in changes.filter(until_at=None)}
    for row in rows:
        former = standing.get(row.deployment_id)
        row.health_since = former.at if former else None
        if former:
            row.health_rank = Health.ORDER.index(former.after)


def _by_rule(row: Deployment) -> str:
    place: int = row.rank_by_rule  # type: ignore[attr-defined] # what `judged_otherwise` adds
    return Health.ORDER[place]


def _change(row: Deployment, as_of: datetime, now: datetime) -> HealthChange:
    before, after = row.health if row.health_since else "", _by_rule(row)
    why = evidence(row, before, after)
    return HealthChange(
        account=row.account,
        deployment_id=row.deployment_id,
        at=now,
        judged_at=as_of,
        before=before,
        after=after,
        cause=why.cause,
        run_id=why.run_id,
        moment=why.moment,
    )


def _name_runs(changes: Sequence[HealthChange], rows: Sequence[Deployment]) -> None:
    """Name the newest run in those that a run has caused, and that name none.

    What only a run that was read since could have ended, and none was, its record has ended: a promise was
    taken back, or its schedule is another one.
    """
    nameless = {row.key: row for row in changes if row.cause == HealthCause.RUN and not row.run_id}
    caused = [row for row in rows if row.key in nameless]
    judged = _judged_at([row for row in nameless.values() if row.before in _ENDED_BY_A_NEW_RUN])
    newest = latest(Run.objects.dated(), caused, 1, "run_id", "first_read_at")
    for key, (run, *_) in newest.items():
        if key in judged and run.first_read_at <= judged[key]:
            nameless[key].cause = HealthCause.RECORD
        else:
            nameless[key].run_id, nameless[key].moment = run.run_id, run.at


def _judged_at(changes: Collection[HealthChange]) -> dict[Key, datetime]:
    """As of which complete reading what stands until these changes was judged; no query for none."""
    ids = [change.deployment_id for change in changes]
    standing = HealthChange.objects.filter(deployment_id__in=ids, until_at=None) if ids else ()
    judged = {row.key: row.judged_at for row in standing}
    return {change.key: judged[change.key] for change in changes if change.key in judged}


def _end_former(account: str, ids: Sequence[str], now: datetime) -> None:
    """What stood until now stands no more; a clock that was set back cuts off what it has yet to come to."""
    former = HealthChange.objects.filter(account=account, deployment_id__in=ids)
    former.filter(Q(until_at=None) | Q(until_at__gt=now)).update(until_at=now)
