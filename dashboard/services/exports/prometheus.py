"""Figures for a monitoring system: how fresh each feed is, and how each deployment stands.

All of them are read when they are asked for; what is not known has no sample. Names and units follow
https://prometheus.io/docs/practices/naming/. No prompt, no variable, no error text is among them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from hashlib import sha256
from operator import or_
from typing import Generic, TypeVar

from django.conf import settings
from django.core.cache import caches
from django.db.models import Q, Sum
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from dashboard.domain.metadata import label_name
from dashboard.domain.states import Health, SlotOutcome
from dashboard.domain.times import before
from dashboard.filters import Query
from dashboard.models import Deployment, SlotTotal, Tally
from dashboard.models.tally import quarter
from dashboard.services.deployments import list as deployment_list
from dashboard.services.deployments.belonging import own_values
from dashboard.services.exports.prometheus_text import counter, gauge, labels
from dashboard.services.runs.shown_statuses import named_statuses
from dashboard.services.status.feeds import FeedView
from dashboard.services.status.snapshot import Snapshot

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_OTHER = "other"  # outcomes that are not named
LASTS = 15  # seconds: firings come due, and filters by health move, while nothing is read
DAY = timedelta(hours=24)
Row = TypeVar("Row", FeedView, Deployment)


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
# Not read: of hundreds of deployments, making instants of the database's texts costs most.
_NO_FIGURES = (
    *("created_at", "updated_at", "failing_since", "open_since", "stuck_at", "due_at", "missed_at"),
    *("unseen_at", "slow_at", "silent_since", "silent_at", "skipped_since", "last_started_at"),
    *("health_since", "running_since", "last_error_message"),
)
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

    The number of queries does not depend on how many deployments there are. What is about deployments is made
    once for a version of the mirror, and anew every few seconds, as firings come due.
    """
    views, key = snapshot.feeds_of(query.many("account")), _key(query, snapshot)
    made: tuple[tuple[str, ...], str] | None = caches["metrics"].get(key)
    if made is None:
        made = _of_deployments(query, [feed.account for feed in views], snapshot)
        caches["metrics"].set(key, made, timeout=LASTS)
    accounts, text = made
    labelled = [(labels(account=feed.account), feed) for feed in views]
    return "".join((*_each("feed", OF_FEEDS, labelled, snapshot), _judged(accounts, snapshot), text)).encode()


def _key(query: Query, snapshot: Snapshot) -> str:
    """What decides all that is written about deployments."""
    # What is complete is so since runs are kept, which moves with the clock.
    feeds = [
        (feed.account, feed.version, feed.state, feed.coverage.complete or feed.coverage.since)
        for feed in snapshot.feeds
    ]
    return sha256(repr((feeds, int(snapshot.now.timestamp()) // LASTS, query.here)).encode()).hexdigest()


def _of_deployments(query: Query, asked: Collection[str], snapshot: Snapshot) -> tuple[tuple[str, ...], str]:
    """The accounts that figures are of, and what is about deployments; asked: accounts that have a feed."""
    deployments = list(deployment_list.matching(query).defer(*_NO_FIGURES))
    # A deployment may be of an account that is configured no more.
    accounts = tuple(dict.fromkeys((*asked, *(row.account for row in deployments))))
    labelled = [(labels(account=row.account, deployment_id=row.deployment_id), row) for row in deployments]
    families = (
        _healths(accounts, deployments),
        _runs(deployments, snapshot),
        _info(deployments),
        *_each("deployment", FIGURES, labelled, snapshot),
        *_slots(labelled),
    )
    return accounts, "".join(families)


def _each(
    kind: str, figures: Iterable[Figure[Row]], rows: Collection[tuple[str, Row]], snapshot: Snapshot
) -> Iterator[str]:
    """The family of each figure; rows: each with its labels."""
    judged = [(labelled, row, snapshot.instant_of(row.account)) for labelled, row in rows]
    for figure in figures:
        values = ((labelled, figure.value(row, at)) for labelled, row, at in judged)
        yield gauge(f"qoder_{kind}_{figure.name}", figure.text, values)


def _judged(accounts: Iterable[str], snapshot: Snapshot) -> str:
    text = "As of when an account is judged: now, or where it is stale its last complete reading."
    values = ((labels(account=account), _at(snapshot.judged_as_of(account))) for account in accounts)
    return gauge("qoder_feed_judged_timestamp_seconds", text, values)


def _healths(accounts: Iterable[str], deployments: Iterable[Deployment]) -> str:
    """Also those of which there are none, as an alert must not wait for the first one."""
    number = Counter((deployment.account, deployment.health) for deployment in deployments)
    values = (
        (labels(account=account, health=word), number[account, word])
        for account in accounts
        for word in Health.ORDER
    )
    return gauge("qoder_deployments", "Deployments by health.", values)


def _runs(deployments: Collection[Deployment], snapshot: Snapshot) -> str:
    """From the tallies, which are read by time: of the runs, every one there is would be read.

    Of each account as of the instant it is judged at; of none whose runs of that day are not all known.
    Unheard-of outcomes are one sample once they are many: each would be a series for ever.
    """
    begins = {row.account: before(snapshot.instant_of(row.account), DAY) for row in deployments}
    for feed in snapshot.feeds:
        if feed.account in begins and not feed.coverage.covers(begins[feed.account]):
            del begins[feed.account]
    days = (Q(account=account, quarter__gt=quarter(at)) for account, at in begins.items())
    tallies = Tally.objects.filter(reduce(or_, days, Q(pk__in=[])))
    tallies = tallies.for_deployments(row.key for row in deployments)
    counted = tallies.values_list("account", "status").annotate(n=Sum("number")).filter(n__gt=0)
    named, number = named_statuses(snapshot), Counter[tuple[str, str]]()
    for account, status, n in counted:
        number[account, status if status in named else _OTHER] += n
    text = "Runs of these deployments in the last 96 quarter hours, the one under way included, by outcome."
    values = ((labels(account=account, status=status), n) for (account, status), n in number.items())
    return gauge("qoder_runs_last_day", text, values)


def _slots(rows: Collection[tuple[str, Deployment]]) -> Iterator[str]:
    """Counters of deployments with a schedule; noughts too, as else the first miss would be no increase."""
    columns = ("account", "deployment_id", "outcome", "settled", "revised")
    kept = SlotTotal.objects.for_deployments(row.key for _, row in rows).values_list(*columns)
    totals = {(account, id_, outcome): figures for account, id_, outcome, *figures in kept}
    counted = {(account, id_) for account, id_, _ in totals}
    scheduled = [
        (labelled, row.key)
        for labelled, row in rows
        if row.expression or row.next_run_at or row.key in counted
    ]
    none = (0, 0)
    for place, (name, text, outcomes) in enumerate(_SLOT_COUNTERS):
        # In the order of names, as `labels` writes them.
        values = (
            (f'{labelled},outcome="{outcome}"', totals.get((*key, outcome), none)[place])
            for labelled, key in scheduled
            for outcome in outcomes
        )
        yield counter(f"qoder_deployment_slots_{name}", text, values)


def _info(deployments: Collection[Deployment]) -> str:
    names = ("account", "deployment_id", "name", "agent_id", "environment_id", "health")
    own = own_values(row.key for row in deployments)
    values = (
        (labels(**{name: getattr(row, name) for name in names}, **_own_labels(own.get(row.key, {}))), 1.0)
        for row in deployments
    )
    text = "What it is called, and its health now; always 1."
    return gauge("qoder_deployment_info", text, values)


def _own_labels(values: Mapping[str, str]) -> dict[str, str]:
    """A label for each listed key of metadata; empty, which is none to Prometheus, without a value."""
    return {label_name(key): values.get(key, "") for key in settings.METADATA_KEYS}


def _at(at: datetime | None) -> float | None:
    return at.timestamp() if at else None


def _long(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
