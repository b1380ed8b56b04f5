"""One group of failures: all of its runs that are kept, or those that filters leave."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from dashboard.domain.fingerprints import mask_varying
from dashboard.domain.states import Outcome
from dashboard.domain.tokens import mask_tokens
from dashboard.filters import Query, ask_failures
from dashboard.models import Key, Run
from dashboard.services.failures.basis import Basis, basis, span_of
from dashboard.services.failures.common_factors import Touched, TouchedBy
from dashboard.services.failures.list import (
    FailureRow,
    GroupSummary,
    as_runs,
    groups,
    runs_parameters,
    summarize,
)
from dashboard.services.failures.rescues import LOOKED_AT, Rescued, Rescues, rescues
from dashboard.services.lists import badges, used_ids
from dashboard.services.lists.undated import UndatedRuns, undated_runs
from dashboard.services.notes import listing as notes
from dashboard.services.notes.listing import NoteCard
from dashboard.services.runs.rows import RunRow, rows
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import urls
from dashboard.web.components import Badge

LATEST = 10
MOST_AGENTS = 5
MOST_DEPLOYMENTS = 50  # named; the rest is counted
_UNFOLDED = 12  # of these
_AGENT = "agent_id"
_WHOSE = ("account", "deployment_id")  # the parameters that name one deployment


@dataclass(frozen=True)
class TouchedRow:
    """A deployment that failed in that way, and how often; runs_url is empty where no list has just those."""

    name: str
    url: str
    runs: int
    runs_url: str


@dataclass(frozen=True)
class AgentRow:
    """An agent, by the deployments that use it, else by its id; its versions, and the list of its runs."""

    id: str
    name: str
    versions: str
    runs_url: str


@dataclass(frozen=True)
class FailurePage:
    """A group: its row, its newest message in full, the deployments it touched, and its latest runs.

    row: None where the filters leave none of its runs; then the message is that of the newest one of all
    list_url, runs_url: the list of groups and that of its runs, asked the same
    pattern: the message with everything masked that differs between its runs
    touched: those that failed most; `folded` are the next ones, and `more` is how many others there are
    agents: which carried these runs out; agents_more: how many others there are
    undated: its runs whose time is not known
    rescued: of its latest runs those that a retry completed; None where it did none
    notes: what people know of it
    """

    filter: Query
    fingerprint: str
    title: str
    error_type: str
    badge: Badge
    row: FailureRow | None
    list_url: str
    runs_url: str
    message: str
    pattern: str
    touched: tuple[TouchedRow, ...]
    folded: tuple[TouchedRow, ...]
    more: int
    agents: tuple[AgentRow, ...]
    agents_more: int
    latest: list[RunRow]
    basis: Basis
    undated: tuple[UndatedRuns, ...]
    rescued: Rescued | None
    notes: NoteCard


def get_failure(fingerprint: str, query: Query, snapshot: Snapshot) -> FailurePage | None:
    """One group by its fingerprint, of the runs that a query means; None where no run of it is kept."""
    every = Run.objects.failed().filter(fingerprint=fingerprint)
    runs = every.matching(query, snapshot.now, snapshot.hits(query.one("q")))
    latest = list(runs.newest_first()[:LOOKED_AT])
    newest = latest[0] if latest else every.newest_first().first()
    if newest is None:
        return None
    page = [group for group in groups(runs) if group.first_at]  # else no time of any of its runs is known
    summary = summarize(page, runs, query, snapshot)
    row = next(map(summary.row, page), None)
    message = mask_tokens(newest.record.error_message)
    touched = _touched(fingerprint, summary)
    agents = _agents(fingerprint, summary.touched.get(fingerprint, {}), summary.parameters)
    rescued = rescues(latest)
    feeds, span = snapshot.feeds_of(query.many("account")), span_of(query, snapshot)
    return FailurePage(
        filter=query,
        fingerprint=fingerprint,
        title=newest.error_type or newest.error_line or "no error given",
        error_type=newest.error_type,
        badge=row.badge if row else badges.outcome(Outcome.FAILED),
        row=row,
        list_url=ask_failures(**query.values).here,
        runs_url=urls.runs_failed_as(fingerprint, runs_parameters(query)),
        message=message,
        pattern=mask_varying(message),
        touched=touched[:_UNFOLDED],
        folded=touched[_UNFOLDED:MOST_DEPLOYMENTS],
        more=max(len(touched) - MOST_DEPLOYMENTS, 0),
        agents=agents[:MOST_AGENTS],
        agents_more=max(len(agents) - MOST_AGENTS, 0),
        latest=_latest(latest[:LATEST], rescued, snapshot),
        basis=basis(row.runs if row else 0, span, feeds, snapshot.now),
        undated=undated_runs(as_runs(query).with_values(fingerprint=fingerprint), snapshot),
        rescued=rescued.rescued if rescued else None,
        notes=notes.of_kind(fingerprint, snapshot),
    )


def _latest(runs: Sequence[Run], rescued: Rescues | None, snapshot: Snapshot) -> list[RunRow]:
    """Those runs as rows, with what a retry made of each; the type is that of the group, and its heading."""
    texts = rescued.runs if rescued else {}
    return [
        replace(row, tried=texts.get(run.pk, ""), error_type="" if row.error_line else row.error_type)
        for run, row in zip(runs, rows(runs, snapshot), strict=True)
    ]


def _agents(
    fingerprint: str, touched: TouchedBy, parameters: Sequence[tuple[str, str]]
) -> tuple[AgentRow, ...]:
    """Each agent with the versions that carried these runs out, those that nothing uses any more last."""
    versions: dict[str, set[int]] = {}
    for agent_id, version in {agent for deployment in touched.values() for agent in deployment.agents}:
        if agent_id:
            versions.setdefault(agent_id, set()).update({version} if version else ())
    names = used_ids.users_of("agent_id", versions) if versions else {}
    others = [pair for pair in parameters if pair[0] != _AGENT]
    agents = (
        AgentRow(
            id=key,
            name=f"of {names[key]}" if key in names else key,
            versions=_versions(some),
            runs_url=urls.runs_failed_as(fingerprint, [(_AGENT, key), *others]),
        )
        for key, some in versions.items()
    )
    return tuple(sorted(agents, key=lambda agent: (agent.name == agent.id, agent.name, agent.id)))


def _versions(numbers: Collection[int]) -> str:
    return ", ".join(f"v{number}" for number in sorted(numbers))


def _touched(fingerprint: str, summary: GroupSummary) -> tuple[TouchedRow, ...]:
    """Those that failed most first."""
    parameters = [pair for pair in summary.parameters if pair[0] not in _WHOSE]
    shown = [
        TouchedRow(
            name=summary.deployments.name(key),
            url=urls.deployment(key[1], key[0]) if key[1] else "",
            runs=deployment.runs,
            runs_url=_runs_url(fingerprint, key, parameters),
        )
        for key, deployment in summary.touched.get(fingerprint, dict[Key, Touched]()).items()
    ]
    return tuple(sorted(shown, key=lambda row: (-row.runs, row.name)))


def _runs_url(fingerprint: str, key: Key, parameters: Sequence[tuple[str, str]]) -> str:
    account, deployment_id = key
    whose = [*urls.whose(account), ("deployment_id", deployment_id)]
    return urls.runs_failed_as(fingerprint, [*whose, *parameters]) if deployment_id else ""
