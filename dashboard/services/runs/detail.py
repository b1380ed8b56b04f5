"""The page of one run: what happened, why, beside what, and what each of it is based on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dashboard.domain.states import Outcome
from dashboard.domain.tokens import mask_tokens
from dashboard.models import Deployment, Run, Slot
from dashboard.services.deployments.belonging import OwnValue, belonging, runbook
from dashboard.services.lists import listing
from dashboard.services.lists.undated import WhyUndated, why_undated
from dashboard.services.runs import duration, related, rows, timeline
from dashboard.services.runs.diagnosis import Diagnosis, diagnosis_of_run
from dashboard.services.runs.duration import Measure
from dashboard.services.runs.related import RelatedRuns
from dashboard.services.runs.rows import RunRow
from dashboard.services.runs.timeline import Timeline
from dashboard.services.status import feeds
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting, urls
from dashboard.web.components import Fact


@dataclass(frozen=True)
class DurationCompared:
    """How long a run took against the usual and its limit, in words, and what the usual is based on."""

    compared: str
    basis: str


@dataclass(frozen=True)
class RunPage:
    """One run.

    verdict: what became of it, in a sentence
    diagnosis: what coincides with its failure; None where nothing is known
    deployment_read: whether its deployment has been read, and so has a page
    runbook: where the metadata of its deployment says what to do when it fails; None where it does not
    error: the whole message; alike_url: the group of failures it belongs to
    no_session: the sentence that there is none; empty where there is one
    undated: why its time is not known; None where it is
    version_note: where its agent is another one than its deployment has now
    """

    row: RunRow
    title: str
    verdict: str
    diagnosis: Diagnosis | None
    deployment_read: bool
    runs_url: str
    runbook: OwnValue | None
    error: str
    alike_url: str
    order: Timeline
    duration: DurationCompared
    beside: RelatedRuns
    no_session: str
    version_note: str
    undated: WhyUndated | None
    facts: tuple[Fact, ...]
    record: str


def get_run(run_id: str, snapshot: Snapshot, account: str = "") -> RunPage | None:
    """One run by its id, also when it has left the API; None when it was never seen, or not there."""
    run = listing.held_by(account, Run.objects.filter(account__in=feeds.accounts_kept(), run_id=run_id))
    if run is None:
        return None
    of = Deployment.objects.filter(account=run.account, deployment_id=run.deployment_id).first()
    met = Slot.objects.met_by(run.account, run.run_id).first()
    at = snapshot.instant_of(run.account)
    beside = related.related_runs(run, snapshot)
    return RunPage(
        row=beside.row,
        title=_title(beside.row),
        verdict=_verdict(run, beside.row),
        diagnosis=diagnosis_of_run(run),
        deployment_read=of is not None,
        runs_url=urls.runs_of(run.deployment_id, run.account) if run.deployment_id else "",
        runbook=runbook(belonging(of)) if of else None,
        error=mask_tokens(run.record.error_message),
        alike_url=_alike_url(run),
        order=timeline.timeline(run, met.at if met else None, at),
        duration=_compared(run, of, at),
        beside=beside,
        no_session=_no_session(run),
        version_note=_version_note(run, of),
        undated=why_undated(run),
        facts=_facts(run, of, beside.row),
        record=run.record_text,
    )


def _alike_url(run: Run) -> str:
    """Its group of failures; the list of their runs where its time is not known, as it is in no span."""
    if not run.fingerprint:
        return ""
    return urls.failure(run.fingerprint) if run.dated else urls.runs_failed_as(run.fingerprint, [])


def _title(row: RunRow) -> str:
    whose = row.deployment_name or "no deployment"
    if row.gone:
        return f"run of {whose}, {row.badge.word}"
    return f"{row.badge.word} run of {whose}"


def _verdict(run: Run, row: RunRow) -> str:
    """What became of it, in the API's words; no more than the API reports."""
    after = f" after {row.duration}" if row.duration else ""
    if run.status == Outcome.GONE:
        return f"Last read as {_last_word(run)}; it left the API before it was seen to finish."
    if run.status == Outcome.FAILED:
        what = "Failed to start" if _never_started(run) else "Failed"
        return f"{what}{after}: {row.error_type or 'the API gives no error'}.{_called(run)}"
    against = ", ".join(filter(None, (row.duration, row.duration_bar.against)))
    sentences = {
        Outcome.COMPLETED: f"Completed{after}.",
        Outcome.RUNNING: f"Running for {against}." if against else "Running.",
        Outcome.PENDING: "Waiting to start.",
        Outcome.SKIPPED: "Not started: the API skipped it.",
        Outcome.STARTED: "A session was started; the API does not report how it ended.",
    }
    return sentences.get(run.status) or _called(run).strip()


def _last_word(run: Run) -> str:
    """What its last record comes to."""
    return Outcome.of(run.record.status, has_error=run.has_error, session_id=run.session_id)


def _called(run: Run) -> str:
    """What the API calls it, where that is a word that is not documented: after a sentence."""
    word = run.record.status
    if word is None or word in Outcome.REPORTED:
        return ""
    return f" The API calls it “{word}”, a word that is not in its documentation."


def _never_started(run: Run) -> bool:
    return not run.session_id and run.record.started_at is None


def _compared(run: Run, of: Deployment | None, at: datetime) -> DurationCompared:
    measure = Measure.of(of.usual_ms, of.usual_of, of.timeout_ms) if of else Measure()
    elapsed = rows.elapsed(run, at)
    if elapsed is None:
        compared = f"No duration is known; {measure.text}" if measure.text else "No duration is known"
    else:
        compared = duration.compare(elapsed, measure) or "Nothing is known to hold it against"
    return DurationCompared(f"{compared}.", " ".join(_basis_of(run, of, measure)))


def _basis_of(run: Run, of: Deployment | None, measure: Measure) -> Iterator[str]:
    """What the figures of a duration rest on, in sentences."""
    if run.duration_ms is not None and not run.record.duration_reported:
        times = "its times" if run.record.started_at else "when it was created and when it failed"
        yield f"The duration is worked out from {times}, the API gives none."
    if of is None:
        missing = "has not been read" if run.deployment_id else "is not named"
        yield f"Its deployment {missing}: neither the usual nor the limit is known."
        return
    if measure.usual:
        yield "The usual is the median of the latest completed runs of this deployment that have been read."
    else:
        yield "What is usual is not known: no completed run of this deployment has one."
    if not measure.limit:
        yield "Its limit is not known."


def _no_session(run: Run) -> str:
    if run.session_id:
        return ""
    return {
        Outcome.SKIPPED: "There is no session: a skipped run starts none.",
        Outcome.FAILED: "There is no session: the run failed before the API named one.",
        Outcome.PENDING: "There is no session yet.",
        Outcome.RUNNING: "The API names no session yet.",
    }.get(run.status, "The API names no session.")


def _version_note(run: Run, of: Deployment | None) -> str:
    """Where its agent, or the version of it, is another one than its deployment has now."""
    if of is None or not run.agent_id:
        return ""
    if run.agent_id != of.agent_id:
        return f"This run has agent {run.agent_id}; its deployment has {of.agent_id or 'none'} now."
    versions = (run.agent_version, of.agent_version)
    if None in versions or run.agent_version == of.agent_version:
        return ""
    return f"This run has version {versions[0]} of the agent; its deployment has version {versions[1]} now."


def _facts(run: Run, of: Deployment | None, row: RunRow) -> tuple[Fact, ...]:
    return (
        Fact("Deployment", row.deployment_name, row.deployment_url if of else "", id=run.deployment_id),
        Fact("Trigger", run.trigger_type),
        Fact("Attempt", str(run.record.attempt or "")),
        Fact("Agent", formatting.agent(run.agent_id, run.agent_version), id=run.agent_id),
        Fact("Session", run.session_id or _no_session(run), row.session_url, id=run.session_id),
        Fact("Account", run.account),
        Fact("Run", run.run_id, id=run.run_id),
    )
