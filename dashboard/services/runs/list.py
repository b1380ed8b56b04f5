"""The runs page: every run that a query is about, as rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.domain.states import Outcome
from dashboard.filters import Query
from dashboard.models import Deployment, Run
from dashboard.models.run import RunQuerySet
from dashboard.services.lists import badges, listing
from dashboard.services.lists.listing import Listing
from dashboard.services.lists.paging import Key, Order
from dashboard.services.runs import duration
from dashboard.services.runs.duration import Measure
from dashboard.services.status import feeds
from dashboard.web import urls
from dashboard.web.components import Badge, ChoiceLink, Control, Count, DurationBar

SPANS = ("1h", "24h", "7d", "30d")
_TELLING_APART = (Key("run_id", descending=True), Key("id", int, descending=True))
_OLDEST_FIRST = (Key("run_id"), Key("id", int))
ORDERS = {
    order.name: order
    for order in (
        Order("-triggered_at", (Key("at", datetime, descending=True), *_TELLING_APART)),
        Order("triggered_at", (Key("at", datetime), *_OLDEST_FIRST)),
        Order("-duration", (Key("duration_ms", int, descending=True, nullable=True), *_TELLING_APART)),
        Order("duration", (Key("duration_ms", int, nullable=True), *_TELLING_APART)),
    )
}


@dataclass(frozen=True)
class RunRow:
    """A run as a row shows it. `status` is the API's word, `badge` how it is drawn."""

    id: str
    account: str
    url: str
    status: str
    badge: Badge
    deployment_id: str
    deployment_name: str
    deployment_url: str
    error_type: str
    error_line: str
    error_text: str
    note: str
    trigger: str
    trigger_glyph: str
    at: datetime
    track: DurationBar
    live: bool
    attempt: int | None
    agent_version: int | None
    session_id: str
    session_url: str
    gone: bool

    @property
    def duration(self) -> str:
        """How long it took, in words."""
        return self.track.text


def list_runs(query: Query, now: datetime) -> Listing[RunRow]:
    """The page of runs that a query asks for; the number of queries does not depend on the rows."""
    return _listing(query, Run.objects.all(), _files(query), now)


def list_runs_of(deployment: Deployment, query: Query, now: datetime) -> Listing[RunRow]:
    """The same of the runs of one deployment."""
    return _listing(query, Run.objects.for_deployment(deployment), (), now)


def count_by_status(query: Query, now: datetime) -> dict[str, Count]:
    """How many runs of each outcome match a query, whichever outcomes it asks for."""
    return _counts(query, Run.objects.matching(query.with_values(status=""), now))


def count(query: Query, now: datetime) -> Count:
    """How many runs match a query that asks for certain outcomes: as many as its list tells."""
    rows = Run.objects.matching(query.with_values(status=""), now)
    return listing.total(listing.count_by_status(rows, query.many("status")).values())


def _listing(
    query: Query, runs: RunQuerySet, files: tuple[ChoiceLink, ...], now: datetime
) -> Listing[RunRow]:
    any_status = runs.matching(query.with_values(status=""), now)
    counts = _counts(query, any_status)
    matching = any_status.with_status(query.many("status"))
    query, page = listing.page_of(matching, ORDERS, query)
    return Listing(
        filter=query,
        rows=rows(page.rows, now),
        count=listing.chosen_count(query, "status", counts),
        total=listing.total(counts.values()),
        pills=listing.pills(query, "status", counts, badges.outcome),
        sorts={
            "triggered_at": listing.sort_head(query, "Started", first="-triggered_at", then="triggered_at"),
            "duration": listing.sort_head(query, "Duration", first="-duration", then="duration"),
        },
        pager=listing.pager(query, page),
        controls=_controls(query),
        spans=tuple(ChoiceLink(span, query.url(since=span), query.one("since") == span) for span in SPANS),
        exports=files,
        beyond=bool(query.cursor and not page.rows),
    )


def _files(query: Query) -> tuple[ChoiceLink, ...]:
    feed_url = query.of("/runs.atom", "sort", "limit")
    return (*listing.exports(query), ChoiceLink("Feed", feed_url))


def _counts(query: Query, any_status: RunQuerySet) -> dict[str, Count]:
    return listing.count_by_status(any_status, _shown_statuses(query))


def rows(runs: Iterable[Run], now: datetime) -> list[RunRow]:
    """Runs as rows; the names of their deployments, and what is usual there, in one query."""
    runs = list(runs)
    ids = {run.deployment_id for run in runs}
    read = Deployment.objects.filter(deployment_id__in=ids)
    columns = read.values_list("account", "deployment_id", "name", "usual_ms", "timeout_ms")
    known = {
        (account, deployment_id): (name, Measure.of(usual_ms, timeout_ms))
        for account, deployment_id, name, usual_ms, timeout_ms in columns
    }
    unread = ("", Measure())
    return [_row(run, *known.get((run.account, run.deployment_id), unread), now) for run in runs]


def took(run: Run, now: datetime) -> timedelta | None:
    """How long a run took, or has been running by now; None where that is not known."""
    if run.duration_ms is not None:
        return timedelta(milliseconds=run.duration_ms)
    return now - (run.record.started_at or run.at) if run.live and run.status == Outcome.RUNNING else None


def _row(run: Run, name: str, measure: Measure, now: datetime) -> RunRow:
    return RunRow(
        id=run.run_id,
        account=run.account,
        url=urls.run(run.run_id, run.account),
        status=run.status,
        badge=badges.outcome(run.status),
        deployment_id=run.deployment_id,
        deployment_name=name or run.deployment_id,
        deployment_url=urls.deployment(run.deployment_id, run.account) if run.deployment_id else "",
        error_type=run.error_type or ("error" if run.has_error else ""),
        error_line=run.error_line,
        error_text=run.error_message,
        note=_note(run),
        trigger=run.trigger_type,
        trigger_glyph=badges.trigger_glyph(run.trigger_type),
        at=run.at,
        track=duration.duration_bar(took(run, now), measure, live=run.live and run.duration_ms is None),
        live=run.live,
        attempt=run.record.attempt,
        agent_version=run.agent_version,
        session_id=run.session_id,
        session_url=session_url(run.account, run.session_id),
        gone=run.gone_at is not None,
    )


def session_url(account: str, session_id: str) -> str:
    """The console's page of a session; empty where there is none, or links are off."""
    known = {configured.name: configured for configured in feeds.accounts()}
    return known[account].session_url(session_id) if account in known else ""


def _note(run: Run) -> str:
    """What happened, where no error says it."""
    if run.gone_at:
        return "left the API before it was seen to finish" if run.status not in Outcome.FINAL else ""
    return {
        Outcome.SKIPPED: "not started, the API skipped it",
        Outcome.STARTED: "a session was started; the API does not tell how it ended",
    }.get(run.status, "")


def _shown_statuses(query: Query) -> list[str]:
    """The outcomes that get a pill: `started` and unheard-of ones only once the API has used them."""
    seen = {*feeds.statuses_seen(), *query.many("status")}
    common = [word for word in Outcome.KNOWN if word != Outcome.STARTED or word in seen]
    return [*common, *sorted(seen - {*Outcome.KNOWN, ""})]


def _controls(query: Query) -> tuple[Control, ...]:
    return (
        listing.search(query, "Name, id, session or error text"),
        *deployment_control(query),
        listing.select(query, "trigger_type", "Any trigger", ((word, word) for word in feeds.triggers())),
        *agent_control(query, more=True),
        listing.select(
            query, "has_error", "Error or not", (("true", "with an error"), ("false", "without")), more=True
        ),
        listing.text(query, "error", "Error type", "timeout_error"),
        listing.text(query, "min_duration", "At least as long as", "10m"),
        listing.text(query, "since", "Since", "24h, today, 2026-06-15"),
        listing.text(query, "until", "Until", "yesterday, 2026-06-15T09:00"),
        *listing.accounts(query, feeds.account_names()),
    )


def agent_control(query: Query, *, more: bool = False) -> tuple[Control, ...]:
    """The select of agents, on a page that can be asked for one."""
    if not query.asks("agent_id"):
        return ()
    known = Deployment.objects.exclude(agent_id="").order_by("agent_id").values_list("agent_id", flat=True)
    agents = known.distinct()[: listing.MOST_OPTIONS]
    return (listing.select(query, "agent_id", "Any agent", ((a, a) for a in agents), more=more),)


def deployment_control(query: Query) -> tuple[Control, ...]:
    """The select of deployments, on a page that can be asked for one."""
    if not query.asks("deployment_id"):
        return ()
    named = Deployment.objects.order_by("name").values_list("deployment_id", "name")[: listing.MOST_OPTIONS]
    return (listing.select(query, "deployment_id", "All deployments", ((i, name or i) for i, name in named)),)
