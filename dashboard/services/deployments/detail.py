"""The page of one deployment: how it does, since when, what changed, what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.domain import agent_versions, baselines
from dashboard.domain.records import InitialEvent, NotUnderstood
from dashboard.domain.states import Outcome
from dashboard.models import Deployment, Run
from dashboard.services.deployments import (
    counters,
    definition_history,
    duration_plot,
    schedule,
    success_rates,
)
from dashboard.services.deployments import rows as deployment_rows
from dashboard.services.deployments.definition_history import DefinitionHistory
from dashboard.services.deployments.duration_plot import Plot
from dashboard.services.deployments.rows import DeploymentRow
from dashboard.services.deployments.schedule import NextSlot
from dashboard.services.deployments.strips import Strip, linked_strip
from dashboard.services.deployments.success_rates import FirstTry, Rate
from dashboard.services.lists import listing
from dashboard.services.lists.undated import UndatedRuns, undated_runs_of
from dashboard.services.notes import listing as notes
from dashboard.services.notes.listing import NoteCard
from dashboard.services.runs.diagnosis import Diagnosis, diagnosis_of_deployment
from dashboard.services.status import coverage
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.timeline.one import HealthHistory, health_history
from dashboard.web import formatting, urls
from dashboard.web.components import Fact

PLACES = 60  # of the strip, and finished runs of the plot
LOOKED_AT = 500  # latest runs that versions and first tries are read from
_UNUSED = ("error_message", "session_id", "open", "time", "first_read_at", "gone_at")  # of those
_NEXT = 5
_MOST_FAST = 5


@dataclass(frozen=True)
class FastRun:
    """A run that completed suspiciously fast."""

    url: str
    at: datetime
    duration: str


@dataclass(frozen=True)
class DeploymentPage:
    """Everything on the page but the list of its runs.

    diagnosis: what coincides with its failing; None where nothing does
    no_rate: why there is none over any span; empty where there is one
    fast: runs that completed suspiciously fast; fast_basis: what they are held against
    counters: the API's own, where they differ from what has been read
    notes: what people know of it
    undated: its runs whose time is not known; not_understood: what of its record cannot be read
    """

    row: DeploymentRow
    notes: NoteCard
    diagnosis: Diagnosis | None
    runs_csv: str
    strip: Strip
    rates: tuple[Rate, ...]
    no_rate: str
    first_try: FirstTry
    plot: Plot | None
    fast: tuple[FastRun, ...]
    fast_basis: str
    changes: tuple[agent_versions.Change, ...]
    definition: DefinitionHistory
    health: HealthHistory
    looked_at: int
    counters: str
    paused: str
    punctual: str
    upcoming: tuple[NextSlot, ...]
    schedule_remarks: tuple[str, ...]
    facts: tuple[Fact, ...]
    undated: tuple[UndatedRuns, ...]
    not_understood: tuple[NotUnderstood, ...]
    events: tuple[InitialEvent, ...]
    reach: str
    record: str


def find(deployment_id: str, account: str = "") -> Deployment | None:
    """A deployment with its health; None when it was never seen, or not in the account that is named."""
    return listing.held_by(account, Deployment.objects.filter(deployment_id=deployment_id))


def deployment_page(deployment: Deployment, snapshot: Snapshot) -> DeploymentPage:
    """The page; the number of queries does not depend on how much has run."""
    now, views = snapshot.now, [feed for feed in snapshot.feeds if feed.account == deployment.account]
    latest = list(Run.objects.for_deployment(deployment).dated().newest_first().defer(*_UNUSED)[:LOOKED_AT])
    finished = [run for run in latest if run.status in Outcome.RATED][:PLACES]
    completed = [run for run in finished if run.status == Outcome.COMPLETED and run.duration_ms is not None]
    of = baselines.usual([run.duration_ms or 0 for run in completed])
    fast = [run for run in completed if baselines.is_fast(run.duration_ms or 0, of)]
    definition = definition_history.definition_history(deployment, latest)
    marks = definition_history.marks(definition)
    rates = success_rates.rates(deployment, coverage.of_all([view.coverage for view in views], now), now)
    return DeploymentPage(
        row=deployment_rows.rows([deployment], snapshot, with_strips=False)[0],
        notes=notes.of_deployment(deployment, snapshot),
        diagnosis=diagnosis_of_deployment(deployment, latest),
        runs_csv=urls.runs_of(deployment.deployment_id, deployment.account, "/runs.csv"),
        strip=linked_strip(deployment, PLACES, marks),
        rates=rates,
        no_rate=success_rates.no_rate(rates),
        first_try=success_rates.first_try(latest),
        plot=duration_plot.plot(finished, deployment.timeout_ms, now, marks),
        fast=tuple(_fast(run) for run in fast[:_MOST_FAST]),
        fast_basis=duration_plot.median_text(of) if of else "",
        changes=tuple(agent_versions.changes(run.versioned for run in reversed(latest)))[:_NEXT],
        definition=definition,
        health=health_history(deployment, snapshot),
        looked_at=len(latest),
        counters=counters.differences(deployment),
        paused=schedule.paused(deployment, now),
        punctual=schedule.punctual(deployment, now),
        upcoming=schedule.upcoming(deployment, snapshot.instant_of(deployment.account)),
        schedule_remarks=schedule.remarks(deployment, snapshot.instant_of(deployment.account)),
        facts=_facts(deployment),
        undated=undated_runs_of(deployment),
        not_understood=deployment.record.not_understood,
        events=deployment.record.initial_events,
        reach=views[0].coverage.text if views else "of an account that is not configured any more",
        record=deployment.record_text,
    )


def _fast(run: Run) -> FastRun:
    return FastRun(urls.run(run.run_id, run.account), run.at, formatting.duration_ms(run.duration_ms or 0))


def _facts(deployment: Deployment) -> tuple[Fact, ...]:
    record = deployment.record
    return (
        Fact("Status", deployment.status),
        Fact(
            "Agent",
            formatting.agent(deployment.agent_id, deployment.agent_version),
            id=deployment.agent_id,
        ),
        Fact("Environment", deployment.environment_id, id=deployment.environment_id),
        Fact("Vaults", ", ".join(record.vault_ids)),
        Fact("Session", record.session_strategy.replace("_", " ")),
        Fact("At a time", _digits(record.max_concurrent)),
        Fact("Retries", _digits(record.max_retries)),
        Fact(
            "Limit",
            formatting.duration_ms(deployment.timeout_ms) if deployment.timeout_ms is not None else "",
        ),
        Fact("Expression", deployment.expression),
        Fact("Zone", deployment.timezone),
        Fact("Created", deployment.created_at),
        Fact("Updated", deployment.updated_at),
        Fact("Archived", record.archived_at),
        Fact("Account", deployment.account),
        Fact("Deployment", deployment.deployment_id, id=deployment.deployment_id),
    )


def _digits(number: int | None) -> str:
    return "" if number is None else str(number)
