"""Figures for a monitoring system: how fresh each feed is, and how each deployment stands.

All of them are read when they are asked for; what is not known has no sample. Names and units follow
https://prometheus.io/docs/practices/naming/. No prompt, no variable, no error text is among them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.db.models import Sum
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from dashboard.domain.states import Health
from dashboard.domain.text import without_controls
from dashboard.filters import Query
from dashboard.models import Deployment, Tally
from dashboard.models.tally import quarter
from dashboard.services.deployments import list as deployment_list
from dashboard.services.status.feeds import FeedView
from dashboard.services.status.snapshot import Snapshot

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
DAY = timedelta(hours=24)
_ONE = ("account", "deployment_id")
Row = TypeVar("Row", FeedView, Deployment)
Labels = tuple[str, ...]


@dataclass(frozen=True)
class Figure(Generic[Row]):
    """One figure of every feed or deployment; `value` gives None where it is not known."""

    name: str
    text: str
    value: Callable[[Row, datetime], float | None]


OF_FEEDS: tuple[Figure[FeedView], ...] = (
    Figure(
        "fresh",
        "Whether what is known of an account is true now: 1, or 0 where it is stale.",
        lambda feed, _: feed.fresh,
    ),
    Figure(
        "read_timestamp_seconds", "When an account was last read in full.", lambda feed, _: _at(feed.read_at)
    ),
    Figure(
        "complete_since_timestamp_seconds",
        "Every run since then has been read.",
        lambda feed, _: _at(feed.coverage.since),
    ),
    Figure(
        "skipped_records", "Records of the API that could not be read.", lambda feed, _: feed.skipped_records
    ),
)
FIGURES: tuple[Figure[Deployment], ...] = (
    Figure("failures_in_a_row", "Finished failures since the last completed run.", lambda row, _: row.streak),
    Figure("last_run_timestamp_seconds", "When its newest run began.", lambda row, _: _at(row.last_run_at)),
    Figure(
        "last_success_timestamp_seconds",
        "When its newest completed run began.",
        lambda row, _: _at(row.last_success_at),
    ),
    Figure(
        "last_failure_timestamp_seconds",
        "When its newest failed run began.",
        lambda row, _: _at(row.last_failure_at),
    ),
    Figure(
        "next_run_timestamp_seconds",
        "The next firing that the scheduler promises; none where it will not fire.",
        lambda row, now: _at(row.next_at(now)),
    ),
    Figure(
        "last_duration_seconds", "How long its newest completed run took.", lambda row, _: _long(row.last_ms)
    ),
    Figure("usual_duration_seconds", "The median of its completed runs.", lambda row, _: _long(row.usual_ms)),
)


def exposition(query: Query, snapshot: Snapshot) -> bytes:
    """The feeds and the deployments that a query is about, in the text format of Prometheus.

    The number of queries does not depend on how many deployments there are.
    """
    now, views = snapshot.now, snapshot.feeds_of(query.many("account"))
    deployments = list(deployment_list.matching(query, snapshot))
    gauges = [
        *_each("feed", ("account",), OF_FEEDS, [((feed.account,), feed) for feed in views], now),
        _healths([feed.account for feed in views], deployments),
        _runs(deployments, now),
        _info(deployments),
        *_each(
            "deployment", _ONE, FIGURES, [(deployment.key, deployment) for deployment in deployments], now
        ),
    ]
    return generate_latest(_Collected(gauges))


class _Collected(Collector):
    """Gauges that are there already."""

    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self.gauges = gauges

    def collect(self) -> Iterable[Gauge]:
        return self.gauges


def _each(
    kind: str,
    labels: tuple[str, ...],
    figures: Iterable[Figure[Row]],
    rows: Collection[tuple[Labels, Row]],
    now: datetime,
) -> Iterator[Gauge]:
    for figure in figures:
        values = ((key, figure.value(row, now)) for key, row in rows)
        yield _gauge(f"qoder_{kind}_{figure.name}", figure.text, labels, values)


def _healths(accounts: Iterable[str], deployments: Iterable[Deployment]) -> Gauge:
    """Also those of which there are none, as an alert must not wait for the first one.

    A deployment may be of an account that is configured no more.
    """
    number = Counter((deployment.account, deployment.health) for deployment in deployments)
    read = dict.fromkeys((*accounts, *(account for account, _ in number)))
    keys = ((account, health) for account in read for health in Health.ORDER)
    text = "Deployments by health."
    return _gauge("qoder_deployments", text, ("account", "health"), ((key, number[key]) for key in keys))


def _runs(deployments: Iterable[Deployment], now: datetime) -> Gauge:
    """From the tallies, which are read by time: of the runs, every one there is would be read."""
    tallies = Tally.objects.for_deployments(deployment.key for deployment in deployments).filter(
        quarter__gt=quarter(now - DAY)
    )
    number = tallies.values_list("account", "status").annotate(n=Sum("number")).filter(n__gt=0)
    text = "Runs of these deployments in the last 96 quarter hours, the one under way included, by outcome."
    return _gauge("qoder_runs_last_day", text, ("account", "status"), (((a, s), n) for a, s, n in number))


def _info(deployments: Iterable[Deployment]) -> Gauge:
    labels = (*_ONE, "name", "agent_id", "environment_id", "health")
    values = ((tuple(getattr(row, label) for label in labels), 1.0) for row in deployments)
    return _gauge("qoder_deployment_info", "What it is called, and its health now; always 1.", labels, values)


def _gauge(
    name: str, text: str, labels: tuple[str, ...], values: Iterable[tuple[Labels, float | None]]
) -> Gauge:
    gauge = Gauge(name, text, labels=labels)
    for key, value in values:
        if value is not None:
            gauge.add_metric([without_controls(label, "\n") for label in key], value)
    return gauge


def _at(at: datetime | None) -> float | None:
    return at.timestamp() if at else None


def _long(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
