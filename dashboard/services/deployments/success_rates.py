"""How often the runs of a deployment complete, and how often at the first try."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from dashboard.domain import retries
from dashboard.domain.rates import Ended
from dashboard.domain.states import Outcome
from dashboard.models import Deployment, Key, Run
from dashboard.models.run import UNREPORTED
from dashboard.services.status.coverage import Coverage
from dashboard.web import formatting

_COUNTED = (  # the numbers of `Ended`, in its order
    Q(status=Outcome.COMPLETED),
    Q(status=Outcome.FAILED),
    UNREPORTED,
    ~Q(status__in=Outcome.KNOWN),
)
_SPANS = (("24 h", timedelta(hours=24)), ("7 d", timedelta(days=7)), ("30 d", timedelta(days=30)))


@dataclass(frozen=True)
class Rate:
    """Completed of finished over a span.

    share: empty where nothing finished, or outcomes are not known
    basis: of how many, in digits; empty where `remark` says all there is to say
    remark: why there is no rate though runs ended, or how many are not part of it; empty where there is
        nothing to say
    """

    span: str
    share: str
    basis: str
    ended: Ended
    reach: str
    remark: str


@dataclass(frozen=True)
class FirstTry:
    """How many executions completed at their first try, of those that came to an end.

    Which runs are tries of one execution is inferred. of: how many of the latest runs it is worked out from
    rescued: how many a retry completed
    """

    share: str
    good: int
    ended: int
    of: int
    rescued: int = 0

    @property
    def share_in_the_end(self) -> str:
        """The share of those that completed at the first try or by a retry."""
        return formatting.percent(self.good + self.rescued, self.ended)


def rates(deployment: Deployment, coverage: Coverage, now: datetime) -> tuple[Rate, ...]:
    """Its rates over a day, a week and a month, in one query."""
    return rates_of([deployment], {deployment.account: coverage}, now)[deployment.key]


def rates_of(
    deployments: Collection[Deployment], coverages: Mapping[str, Coverage], now: datetime
) -> dict[Key, tuple[Rate, ...]]:
    """The same of several deployments, in one query for all; coverages: by account."""
    counted = {
        f"number_{number}_{place}": Count("pk", filter=which & Q(at__gte=now - length))
        for place, (_, length) in enumerate(_SPANS)
        for number, which in enumerate(_COUNTED)
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
                Ended(*numbers.get(key, nothing)[place * len(_COUNTED) :][: len(_COUNTED)]),
                coverages[key[0]].text_since(now - length),
            )
            for place, (span, length) in enumerate(_SPANS)
        )
        for key in keys
    }


def _rate(span: str, ended: Ended, reach: str) -> Rate:
    share = formatting.percent(ended.completed, ended.finished) if ended.rated else ""
    note = remark(ended)
    basis = f"{ended.completed:,} of {ended.finished:,}" if share or not note else ""
    return Rate(span, share, basis, ended, reach, note)


def remark(ended: Ended) -> str:
    """What there is to know of a rate: why there is none though runs ended, or what it leaves out."""
    if ended.unreported:
        return "no rate: outcomes not reported"
    if ended.new_words:
        return f"no rate: {ended.unheard:,} ended in words that are not documented"
    return f"{ended.unheard:,} in words that are not documented left out" if ended.unheard else ""


def first_try(latest: Sequence[Run]) -> FirstTry:
    """What its latest runs come to, once tries of one execution are folded.

    Of runs whose outcome is not reported it is not known what they come to, and so of none of them.
    """
    if any(run.unreported for run in latest):
        return FirstTry("", 0, 0, len(latest))
    tries = [run.as_try for run in latest]
    executions = retries.executions(tries)
    good, ended = retries.first_try(executions)
    return FirstTry(formatting.percent(good, ended), good, ended, len(latest), retries.rescued(executions))
