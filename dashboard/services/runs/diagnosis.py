"""What coincides with a failure, in one sentence: facts that are known, and never a cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.domain import agent_versions
from dashboard.domain.states import Outcome
from dashboard.domain.thresholds import FEWEST
from dashboard.domain.times import utc_text
from dashboard.models import Deployment, Key, Run
from dashboard.web import formatting, urls

LOOKED_AT = 200  # latest runs of the deployment: what is older says little of a failure now
_FINISHED = 20  # of these, those whose share of failures is given
_NEAR = timedelta(days=1)  # before a failure and after it, within which others share its error
_MOST_OTHERS = 100  # counting stops there


@dataclass(frozen=True)
class Diagnosis:
    """What coincides with a failure; each part is empty where it is not known, or too little is counted.

    lead, at: since when, in a clause: `Failing since agent version 4`, and the instant of that
    counted: `7 of 10 failed since, 0 of 10 before`
    others: `3 other deployments share the error`; others_url: their failures
    """

    lead: str = ""
    at: datetime | None = None
    counted: str = ""
    others: str = ""
    others_url: str = ""


def diagnosis_of_run(run: Run) -> Diagnosis | None:
    """Of one failed run, in two queries; None where nothing coincides."""
    if run.status != Outcome.FAILED or not run.dated:
        return None
    latest = Run.objects.for_deployments([(run.account, run.deployment_id)] if run.deployment_id else [])
    columns = ("at", "agent_id", "agent_version", "status", "status_reported")
    return _diagnosis(run, list(latest.dated().newest_first().only(*columns)[:LOOKED_AT]), "this one")


def diagnosis_of_deployment(deployment: Deployment, latest: Sequence[Run]) -> Diagnosis | None:
    """Of a deployment that fails now, in one query; None of any other, and where nothing coincides.

    latest: its latest runs, newest first
    """
    failed = (run for run in latest if run.status == Outcome.FAILED)
    newest = next(failed, None) if deployment.streak else None
    return _diagnosis(newest, latest[:LOOKED_AT], "the last failure") if newest else None


def _diagnosis(run: Run, latest: Sequence[Run], here: str) -> Diagnosis | None:
    lead, at, counted = _versions(run, latest)
    others = _others(run)
    diagnosis = Diagnosis(
        lead=lead,
        at=at,
        counted=counted or _share(run, latest, here),
        others=_others_text(others),
        others_url=_others_url(run) if others else "",
    )
    return diagnosis if diagnosis != Diagnosis() else None


def _versions(run: Run, latest: Sequence[Run]) -> tuple[str, datetime | None, str]:
    """What became of the runs with its version of the agent and of those before, where that differs."""
    changes = agent_versions.changes(row.versioned for row in reversed(latest))
    change = next((change for change in changes if change.after.since <= run.at), None)
    if change is None or not change.worse:
        return "", None, ""
    since = change is changes[0]
    after, before = change.after, change.before
    which = formatting.agent(after.agent_id, after.version) if change.of_agent else f"version {after.version}"
    return (
        f"Failing {'since' if since else 'with'} agent {which}",
        after.since,
        f"{after.failed:,} of {after.finished:,} failed {'since' if since else 'with it'}, "
        f"{before.failed:,} of {before.finished:,} before",
    )


def _share(run: Run, latest: Sequence[Run], here: str) -> str:
    """How many of the finished runs up to a run failed, it among them."""
    known = (row.versioned.failed for row in latest if row.at <= run.at)
    finished = [failed for failed in known if failed is not None][:_FINISHED]
    if len(finished) < FEWEST:
        return ""
    return f"{sum(finished)} of {len(finished)} finished runs up to {here} failed"


def _others(run: Run) -> set[Key]:
    """The other deployments that failed alike about that time; none of an error that says nothing."""
    if not run.has_error:
        return set()
    alike = Run.objects.failed().filter(fingerprint=run.fingerprint)
    near = alike.within(run.at - _NEAR, run.at + _NEAR).exclude(deployment_id="").order_by()
    keys = near.values_list("account", "deployment_id").distinct()[: _MOST_OTHERS + 2]
    return set(keys) - {(run.account, run.deployment_id)}


def _others_text(others: set[Key]) -> str:
    if len(others) == 1:
        return "1 other deployment shares the error"
    number = f"{_MOST_OTHERS:,} or more" if len(others) > _MOST_OTHERS else f"{len(others):,}"
    return f"{number} other deployments share the error" if others else ""


def _others_url(run: Run) -> str:
    span = [("since", utc_text(run.at - _NEAR)), ("until", utc_text(run.at + _NEAR))]
    return urls.failure(str(run.fingerprint), span)
