"""How often the runs of a deployment complete, and how often at the first try."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from dashboard.domain import retries
from dashboard.domain.states import Outcome
from dashboard.models import Deployment, Key, Run
from dashboard.services.status.coverage import Coverage
from dashboard.web import formatting

FINISHED = (Outcome.COMPLETED, Outcome.FAILED)  # what a rate is made of: how the rest ended is not known
_SPANS = (("24 h", timedelta(hours=24)), ("7 d", timedelta(days=7)), ("30 d", timedelta(days=30)))


@dataclass(frozen=True)
class Rate:
    """Completed of finished over a span; share is empty where nothing finished."""

    span: str
    share: str
    completed: int
    finished: int
    reach: str


@dataclass(frozen=True)
class FirstTry:
    """How many executions completed at their first try, of those that came to an end.

    Which runs are tries of one execution is inferred. of: how many of the latest runs it is worked out from
    """

    share: str
    good: int
    ended: int
    of: int


def rates(deployment: Deployment, coverage: Coverage, now: datetime) -> tuple[Rate, ...]:
    """Its rates over a day, a week and a month, in one query."""
    return rates_of([deployment], {deployment.account: coverage}, now)[deployment.key]


def rates_of(
    deployments: Collection[Deployment], coverages: Mapping[str, Coverage], now: datetime
) -> dict[Key, tuple[Rate, ...]]:
    """The same of several deployments, in one query for all; coverages: by account."""
    counted = {
        f"{status}_{place}": Count("pk", filter=Q(status=status, at__gte=now - length))
        for place, (_, length) in enumerate(_SPANS)
        for status in FINISHED
    }
    keys = [deployment.key for deployment in deployments]
    recent = Run.objects.for_deployments(keys).filter(at__gte=now - _SPANS[-1][1])
    grouped = recent.order_by().values("account", "deployment_id").annotate(**counted)
    rows = grouped.values_list("account", "deployment_id", *counted)
    numbers: dict[Key, list[int]] = {(account, id_): figures for account, id_, *figures in rows}
    nothing = [0] * len(counted)
    return {
        key: tuple(
            _rate(
                span,
                *numbers.get(key, nothing)[place * len(FINISHED) :][: len(FINISHED)],
                coverage=coverages[key[0]],
                since=now - length,
            )
            for place, (span, length) in enumerate(_SPANS)
        )
        for key in keys
    }


def _rate(span: str, completed: int, failed: int, *, coverage: Coverage, since: datetime) -> Rate:
    finished = completed + failed
    return Rate(
        span, formatting.percent(completed, finished), completed, finished, coverage.text_since(since)
    )


def first_try(latest: Sequence[Run]) -> FirstTry:
    """What its latest runs come to, once tries of one execution are folded."""
    tries = [run.as_try for run in latest]
    good, ended = retries.first_try(retries.executions(tries))
    return FirstTry(formatting.percent(good, ended), good, ended, len(latest))
