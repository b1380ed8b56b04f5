"""How often the runs of a deployment complete, and how often at the first try."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, Value
from django.db.models.lookups import GreaterThanOrEqual

from dashboard.domain import retries
from dashboard.domain.rates import Ended
from dashboard.domain.states import Outcome
from dashboard.domain.times import before
from dashboard.models import Deployment, Key, Run
from dashboard.models.instants import instant
from dashboard.models.unindexed import Unindexed
from dashboard.services.status.coverage import ALL_READ, Coverage
from dashboard.web import formatting

_UNREPORTED = "failed, no outcome reported"  # no word of the API: it has a space
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
    """Its rates over a day, a week and a month, in two queries."""
    return rates_of([deployment], {deployment.account: coverage}, now)[deployment.key]


def rates_of(
    deployments: Collection[Deployment], coverages: Mapping[str, Coverage], now: datetime
) -> dict[Key, tuple[Rate, ...]]:
    """The same of several deployments, in as many queries; coverages: by account."""
    keys = [deployment.key for deployment in deployments]
    sinces = [before(now, length) for _, length in _SPANS]
    numbers = _numbers(keys, sinces)
    return {
        key: tuple(
            _rate(span, _ended(numbers[key], place), coverages[key[0]].text_since(since))
            for place, ((span, _), since) in enumerate(zip(_SPANS, sinces, strict=True))
        )
        for key in keys
    }


Numbers = dict[Key, Counter[tuple[int, str]]]  # by the place of a span, and the outcome


def _numbers(keys: Sequence[Key], sinces: Sequence[datetime]) -> Numbers:
    """How many runs of each deployment ended how since each of some instants; the last one is the earliest.

    They are counted in an index that knows their outcomes, but not which failures
    are of records that report none: these few are counted by themselves.
    """
    runs = Run.objects.for_deployments(keys).order_by()
    recent = runs.filter(GreaterThanOrEqual(Unindexed(F("at")), instant(sinces[-1])))
    unreported = runs.filter(status=Outcome.FAILED, status_reported=False, at__gte=sinces[-1])
    columns = {f"n{place}": Count("pk", filter=Q(at__gte=since)) for place, since in enumerate(sinces)}
    numbers: Numbers = defaultdict(Counter)
    for some_runs, word in ((recent, F("status")), (unreported, Value(_UNREPORTED))):
        grouped = some_runs.annotate(word=word).values("account", "deployment_id", "word").annotate(**columns)
        rows = grouped.values_list("account", "deployment_id", "word", *columns)
        for account, deployment_id, outcome, *some in rows:
            numbers[account, deployment_id].update(
                {(place, outcome): number for place, number in enumerate(some)}
            )
    return numbers


def _ended(numbers: Mapping[tuple[int, str], int], place: int) -> Ended:
    """What the numbers of one span come to."""
    completed, failed, started, unreported = (
        numbers[place, word] for word in (Outcome.COMPLETED, Outcome.FAILED, Outcome.STARTED, _UNREPORTED)
    )
    known = (*Outcome.KNOWN, _UNREPORTED)
    unheard = sum(number for (span, word), number in numbers.items() if span == place and word not in known)
    return Ended(completed, failed, started + unreported, unheard)


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


def no_rate(rates: Sequence[Rate]) -> str:
    """Why there is a rate over none of these spans, the longest being the last; empty where there is one."""
    if any(rate.share for rate in rates):
        return ""
    reason, reach = rates[-1].remark or f"no run finished in {rates[-1].span}", rates[-1].reach
    return f"{reason[:1].upper()}{reason[1:]}{'' if reach == ALL_READ else f'; {reach}'}."


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
