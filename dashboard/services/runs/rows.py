"""Runs as rows: what a list, a feed and a page beside it show of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.domain.retries import Execution
from dashboard.domain.states import Outcome
from dashboard.domain.tokens import mask_tokens
from dashboard.models import Deployment, Run
from dashboard.services.lists import badges, undated
from dashboard.services.notes.book import NoteLine
from dashboard.services.runs import remarks, tries
from dashboard.services.runs.duration import Measure, duration_bar
from dashboard.services.status import feeds
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import urls
from dashboard.web.components import Badge, DurationBar


@dataclass(frozen=True)
class RunRow:
    """A run as a row shows it. `status` is the API's word, `badge` how it is drawn.

    note: what happened where no error says it
    at: None where that is not known; then `time_text` is why, and else empty
    written: what people know of how it failed
    tried: which try of its execution it is, where others are folded into it
    """

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
    at: datetime | None
    time_text: str
    duration_bar: DurationBar
    live: bool
    attempt: int | None
    agent_version: int | None
    session_id: str
    session_url: str
    gone: bool
    stale: bool
    written: NoteLine | None
    tried: str

    @property
    def duration(self) -> str:
        """How long it took, in words."""
        return self.duration_bar.text


def rows(
    runs: Iterable[Run],
    snapshot: Snapshot,
    *,
    with_remarks: bool = False,
    executions: Mapping[int, Execution] | None = None,
) -> list[RunRow]:
    """Runs as rows; the names of their deployments, and what is usual there, in one query.

    with_remarks: whether those that were read `with_lateness` say how they came about, in two queries more
    executions: their tries, by the key of a run, where these are folded into one row
    """
    runs = list(runs)
    came = remarks.remarks([run for run in runs if not run.has_error], executions) if with_remarks else {}
    tried = _tried(runs, executions or {})
    ids = {run.deployment_id for run in runs}
    read = Deployment.objects.filter(deployment_id__in=ids)
    columns = read.values_list("account", "deployment_id", "name", "usual_ms", "usual_of", "timeout_ms")
    known = {
        (account, deployment_id): (name, Measure.of(usual_ms, usual_of, timeout_ms))
        for account, deployment_id, name, usual_ms, usual_of, timeout_ms in columns
    }
    unread = ("", Measure())
    return [
        _row(
            run,
            *known.get((run.account, run.deployment_id), unread),
            "" if run.pk in tried else came.get(run.pk, ""),
            tried.get(run.pk, ""),
            snapshot,
        )
        for run in runs
    ]


def _tried(runs: Iterable[Run], executions: Mapping[int, Execution]) -> dict[int, str]:
    """Which try of its execution each of those runs is that has had others, by its key."""
    texts = {run.pk: tries.of_first(run, executions.get(run.pk)) for run in runs}
    return {pk: text for pk, text in texts.items() if text}


def elapsed(run: Run, at: datetime) -> timedelta | None:
    """How long a run took, or had been running at that instant; None where that is not known."""
    if run.duration_ms is not None:
        return timedelta(milliseconds=run.duration_ms)
    if not (run.live and run.dated and run.status == Outcome.RUNNING):
        return None
    length = at - (run.record.started_at or run.at)
    return length if length >= timedelta() else None  # it began after the last complete reading


def _row(run: Run, name: str, measure: Measure, came: str, tried: str, snapshot: Snapshot) -> RunRow:
    duration = elapsed(run, snapshot.instant_of(run.account))
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
        error_text=mask_tokens(run.error_message),
        note=remarks.what_happened(run, came, duration, measure),
        trigger=run.trigger_type,
        trigger_glyph=badges.trigger_glyph(run.trigger_type),
        at=run.at if run.dated else None,
        time_text=undated.time_text(run),
        duration_bar=duration_bar(duration, measure, live=run.live and run.duration_ms is None),
        live=run.live,
        attempt=run.record.attempt,
        agent_version=run.agent_version,
        session_id=run.session_id,
        session_url=session_url(run.account, run.session_id),
        gone=run.gone_at is not None,
        stale=run.account in snapshot.judged_at,
        written=_written(run, snapshot),
        tried=tried,
    )


def _written(run: Run, snapshot: Snapshot) -> NoteLine | None:
    key = run.account, run.deployment_id
    return snapshot.notes.on_run(key, run.fingerprint) if run.fingerprint else None


def session_url(account: str, session_id: str) -> str:
    """The console's page of a session; empty where there is none, or links are off."""
    known = {configured.name: configured for configured in feeds.accounts()}
    return known[account].session_url(session_id) if account in known else ""
