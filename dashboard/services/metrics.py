"""Figures for a monitoring system: how fresh each feed is, and how each deployment stands.

All of them are read when they are asked for; what is not known has no sample. Names and units follow
https://prometheus.io/docs/practices/naming/. No prompt, no variable, no error text is among them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from dashboard.filters import Query
from dashboard.models import Deployment, Health, Tally
from dashboard.models.tally import quarter
from dashboard.services import feed, selection

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
DAY = timedelta(hours=24)
_ONE = ("account", "deployment_id")


@dataclass(frozen=True)
class Figure:
    """One figure of every deployment; `value` gives None where it is not known."""

    name: str
    said: str
    value: Callable[[Deployment, datetime], float | None]


FIGURES = (
    Figure("failures_in_a_row", "Finished failures since the last completed run.", lambda it, _: it.streak),
    Figure("last_run_timestamp_seconds", "When its newest run began.", lambda it, _: _at(it.last_run_at)),
    Figure(
        "last_success_timestamp_seconds",
        "When its newest completed run began.",
        lambda it, _: _at(it.last_success_at),
    ),
    Figure(
        "last_failure_timestamp_seconds",
        "When its newest failed run began.",
        lambda it, _: _at(it.last_failure_at),
    ),
    Figure(
        "next_run_timestamp_seconds",
        "The next firing that the scheduler promises; none where it will not fire.",
        lambda it, now: _at(it.next_at(now)),
    ),
    Figure(
        "last_duration_seconds", "How long its newest completed run took.", lambda it, _: _long(it.last_ms)
    ),
    Figure("usual_duration_seconds", "The median of its completed runs.", lambda it, _: _long(it.usual_ms)),
)


def exposition(query: Query, now: datetime) -> bytes:
    """The feeds and the deployments that a query is about, in the text format of Prometheus.

    The number of queries does not depend on how many deployments there are.
    """
    found = list(selection.matching(query, now))
    accounts = query.many("account") or feed.account_names()
    gauges = [*_feeds(accounts, now), _healths(accounts, found), _runs(found, now), *_each(found, now)]
    return generate_latest(_Collected(gauges))


class _Collected(Collector):
    """Gauges that are there already."""

    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self.gauges = gauges

    def collect(self) -> Iterable[Gauge]:
        return self.gauges


def _feeds(accounts: Iterable[str], now: datetime) -> Iterator[Gauge]:
    views = [view for view in feed.feeds(now) if view.account in accounts]
    fresh = {view.account: float(view.state in ("live", "reading")) for view in views}
    read = {view.account: _at(view.read_at) for view in views}
    whole = {view.account: _at(view.complete_since) for view in views}
    skipped = {view.account: float(view.skipped_records) for view in views}
    for name, said, values in (
        ("fresh", "Whether what is told of an account is true now: 1, or 0 where it is stale.", fresh),
        ("read_timestamp_seconds", "When an account was last read whole.", read),
        ("complete_since_timestamp_seconds", "Every run since then has been read.", whole),
        ("skipped_records", "Records of the API that could not be read.", skipped),
    ):
        yield _gauge(f"qoder_feed_{name}", said, ("account",), (((key,), it) for key, it in values.items()))


def _healths(accounts: Iterable[str], found: Iterable[Deployment]) -> Gauge:
    """Also those of which there are none: an alert must not wait for the first one."""
    number = Counter((it.account, it.health) for it in found)
    read = dict.fromkeys(
        (*accounts, *(account for account, _ in number))
    )  # also one that is configured no more
    keys = ((account, health) for account in read for health in Health.ORDER)
    said = "Deployments by health."
    return _gauge("qoder_deployments", said, ("account", "health"), ((key, number[key]) for key in keys))


def _runs(found: Iterable[Deployment], now: datetime) -> Gauge:
    """From the tallies, which are read by time: by deployment, every run there is would be read."""
    chosen = {it.key for it in found}
    tallies = Tally.objects.filter(
        account__in={account for account, _ in chosen}, quarter__gt=quarter(now - DAY)
    )
    summed = tallies.values_list("account", "deployment_id", "status").annotate(Sum("number"))
    number: Counter[tuple[str, str]] = Counter()
    for account, deployment_id, status, runs in summed:
        if (account, deployment_id) in chosen:
            number[account, status] += runs
    said = "Runs of these deployments in the last 96 quarter hours, the one under way included, by outcome."
    return _gauge("qoder_runs_last_day", said, ("account", "status"), (+number).items())


def _each(found: list[Deployment], now: datetime) -> Iterator[Gauge]:
    about = (*_ONE, "name", "agent_id", "environment_id", "health")
    told = ((tuple(str(getattr(it, label)) for label in about), 1.0) for it in found)
    yield _gauge("qoder_deployment_info", "What it is called, and its health now; always 1.", about, told)
    for figure in FIGURES:
        values = ((it.key, figure.value(it, now)) for it in found)
        yield _gauge(f"qoder_deployment_{figure.name}", figure.said, _ONE, values)


def _gauge(
    name: str, said: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float | None]]
) -> Gauge:
    gauge = Gauge(name, said, labels=labels)
    for key, value in values:
        if value is not None:
            gauge.add_metric(key, value)
    return gauge


def _at(at: datetime | None) -> float | None:
    return at.timestamp() if at else None


def _long(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
