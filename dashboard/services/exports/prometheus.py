"""Figures for a monitoring system: how fresh each feed is, and how each deployment stands.

All of them are read when they are asked for; what is not known has no sample. Names and units follow
https://prometheus.io/docs/practices/naming/. No prompt, no variable, no error text is among them.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Generic, TypeVar

from django.db.models import Q, Sum
from prometheus_client.core import CounterMetricFamily as Counter
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from dashboard.domain.states import Health, SlotOutcome
from dashboard.domain.text import without_controls
from dashboard.filters import Query
from dashboard.models import Deployment, SlotTotal, Tally
from dashboard.models.tally import quarter
from dashboard.services.deployments import list as deployment_list
from dashboard.services.status.feeds import FeedView
from dashboard.services.status.snapshot import Snapshot

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
DAY = timedelta(hours=24)
_ONE = ("account", "deployment_id")
Row = TypeVar("Row", FeedView, Deployment)
Labels = tuple[str, ...]
Family = Gauge | Counter


@dataclass(frozen=True)
class Figure(Generic[Row]):
    """One figure of every feed or deployment.

    value: of one of them, as of the instant its account is judged at; None where it is not known
    """

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
    Figure("runs", "Runs of an account that have been read and are kept.", lambda feed, _: feed.runs_kept),
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
    Figure(
        "runs_dated_ahead",
        "Runs dated after they were read, by a clock that is off; in no figure of time.",
        lambda row, _: row.runs_ahead,
    ),
    Figure(
        "runs_without_time",
        "Runs of which no time can be read; in no figure of time.",
        lambda row, _: row.runs_without_time,
    ),
    Figure("usual_duration_seconds", "The median of its completed runs.", lambda row, _: _long(row.usual_ms)),
)
_OF_SLOTS = (*_ONE, "outcome")
_SLOT_COUNTERS = (
    (
        "settled",
        "Promised instants by what became of them; one that is settled anew counts again.",
        SlotOutcome.SETTLED,
    ),
    (
        "revised",
        "Those of the settled that became something else after all, by what they were.",
        SlotOutcome.REVISABLE,
    ),
)


def exposition(query: Query, snapshot: Snapshot) -> bytes:
    """The feeds and the deployments that a query is about, in the text format of Prometheus.

    The number of queries does not depend on how many deployments there are.
    """
    views = snapshot.feeds_of(query.many("account"))
    deployments = list(deployment_list.matching(query))
    # A deployment may be of an account that is configured no more.
    accounts = dict.fromkeys((*(feed.account for feed in views), *(row.account for row in deployments)))
    return generate_latest(
        _Collected(
            [
                *_each("feed", ("account",), OF_FEEDS, [((feed.account,), feed) for feed in views], snapshot),
                _judged(accounts, snapshot),
                _healths(accounts, deployments),
                _runs(deployments, snapshot),
                _info(deployments),
                *_each("deployment", _ONE, FIGURES, [(row.key, row) for row in deployments], snapshot),
                *_slots(deployments),
            ]
        )
    )


class _Collected(Collector):
    """Families of samples that are there already."""

    def __init__(self, families: Iterable[Family]) -> None:
        self.families = families

    def collect(self) -> Iterable[Family]:
        return self.families


def _each(
    kind: str,
    labels: tuple[str, ...],
    figures: Iterable[Figure[Row]],
    rows: Collection[tuple[Labels, Row]],
    snapshot: Snapshot,
) -> Iterator[Family]:
    for figure in figures:
        values = ((key, figure.value(row, snapshot.instant_of(row.account))) for key, row in rows)
        yield _family(Gauge, f"qoder_{kind}_{figure.name}", figure.text, labels, values)


def _judged(accounts: Iterable[str], snapshot: Snapshot) -> Family:
    text = "As of when an account is judged: now, or where it is stale its last complete reading."
    values = (((account,), _at(snapshot.judged_as_of(account))) for account in accounts)
    return _family(Gauge, "qoder_feed_judged_timestamp_seconds", text, ("account",), values)


def _healths(accounts: Iterable[str], deployments: Iterable[Deployment]) -> Family:
    """Also those of which there are none, as an alert must not wait for the first one."""
    number = collections.Counter((deployment.account, deployment.health) for deployment in deployments)
    values = (((account, word), number[account, word]) for account in accounts for word in Health.ORDER)
    return _family(Gauge, "qoder_deployments", "Deployments by health.", ("account", "health"), values)


def _runs(deployments: Collection[Deployment], snapshot: Snapshot) -> Family:
    """From the tallies, which are read by time: of the runs, every one there is would be read.

    Of each account as of the instant it is judged at; of none whose runs of that day are not all known.
    """
    begins = {row.account: snapshot.instant_of(row.account) - DAY for row in deployments}
    for feed in snapshot.feeds:
        if feed.account in begins and not feed.coverage.covers(begins[feed.account]):
            del begins[feed.account]
    days = (Q(account=account, quarter__gt=quarter(at)) for account, at in begins.items())
    tallies = Tally.objects.filter(reduce(or_, days, Q(pk__in=[])))
    tallies = tallies.for_deployments(row.key for row in deployments)
    number = tallies.values_list("account", "status").annotate(n=Sum("number")).filter(n__gt=0)
    text = "Runs of these deployments in the last 96 quarter hours, the one under way included, by outcome."
    values = (((account, status), n) for account, status, n in number)
    return _family(Gauge, "qoder_runs_last_day", text, ("account", "status"), values)


def _slots(deployments: Collection[Deployment]) -> Iterator[Family]:
    """Counters of deployments with a schedule; noughts too, as else the first miss would be no increase."""
    keys = [row.key for row in deployments]
    rows = SlotTotal.objects.for_deployments(keys).values_list(*_OF_SLOTS, "settled", "revised")
    totals = {(account, id_, outcome): figures for account, id_, outcome, *figures in rows}
    counted = {(account, id_) for account, id_, _ in totals}
    scheduled = [row.key for row in deployments if row.expression or row.next_run_at or row.key in counted]
    for place, (name, text, outcomes) in enumerate(_SLOT_COUNTERS):
        labels = [(*key, outcome) for key in scheduled for outcome in outcomes]
        values = ((label, totals[label][place] if label in totals else 0) for label in labels)
        yield _family(Counter, f"qoder_deployment_slots_{name}", text, _OF_SLOTS, values)


def _info(deployments: Iterable[Deployment]) -> Family:
    labels = (*_ONE, "name", "agent_id", "environment_id", "health")
    values = ((tuple(getattr(row, label) for label in labels), 1.0) for row in deployments)
    text = "What it is called, and its health now; always 1."
    return _family(Gauge, "qoder_deployment_info", text, labels, values)


def _family(
    kind: type[Family],
    name: str,
    text: str,
    labels: tuple[str, ...],
    values: Iterable[tuple[Labels, float | None]],
) -> Family:
    family = kind(name, text, labels=labels)
    for key, value in values:
        if value is not None:
            family.add_metric([without_controls(label, "\n") for label in key], value)
    return family


def _at(at: datetime | None) -> float | None:
    return at.timestamp() if at else None


def _long(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
