"""Failures across deployments that are one event."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.domain.incidents import INCIDENT_GAP, Dependency, Failure, group_incidents
from dashboard.domain.times import utc_text
from dashboard.models import Key, Run
from dashboard.services.failures import common_factors
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import urls

MOST = 10_000  # failed runs that are looked at, newest first
MOST_NAMES = 6  # deployments that an incident names; the rest is counted


@dataclass(frozen=True)
class Incident:
    """Deployments that failed alike within minutes of each other.

    keys, names: of the deployments, the names in alphabetical order
    runs: how many failed runs belong to it
    since_before: whether it may have begun before the time that was looked at
    complete: whether every run of that time has been read
    """

    fingerprint: str
    url: str
    error_type: str
    error_line: str
    keys: frozenset[Key]
    names: tuple[str, ...]
    runs: int
    first_at: datetime
    last_at: datetime
    since_before: bool
    shared: tuple[Dependency, ...]
    complete: bool

    @property
    def deployments(self) -> int:
        """How many deployments it touched."""
        return len(self.names)

    @property
    def names_text(self) -> str:
        """The first of its deployments by name."""
        return ", ".join(self.names[:MOST_NAMES])

    @property
    def unnamed(self) -> int:
        """How many deployments it touched beyond those."""
        return max(self.deployments - MOST_NAMES, 0)


def list_incidents(snapshot: Snapshot, within: timedelta = timedelta(hours=24)) -> list[Incident]:
    """What failed across deployments lately, each incident once, newest first; at most five queries."""
    kinds, begun = _read(snapshot.now, within)
    events = [(kind, event) for kind, failures in kinds.items() for event in group_incidents(failures)]
    if not events:
        return []
    deployments = common_factors.known_deployments()
    samples = _samples(events)
    incidents = [
        _incident(
            samples[kind, event[-1].at],
            event,
            deployments,
            since_before=event[0].at - begun <= INCIDENT_GAP,
            complete=snapshot.coverage.covers(begun),
        )
        for kind, event in events
    ]
    return sorted(incidents, key=lambda incident: (incident.last_at, incident.fingerprint), reverse=True)


def _read(now: datetime, within: timedelta) -> tuple[dict[str, list[Failure]], datetime]:
    """The latest failures by fingerprint, oldest first, and since when these are all."""
    columns = ("fingerprint", "at", "account", "deployment_id", "agent_id", "agent_version")
    failed = Run.objects.failed().within(now - within, None).newest_first()
    rows = list(failed.values_list(*columns)[:MOST])
    kinds: dict[str, list[Failure]] = defaultdict(list)
    for fingerprint, at, account, key, agent_id, version in reversed(rows):
        kinds[str(fingerprint)].append(Failure(at, (account, key), (agent_id, version)))
    return kinds, rows[-1][1] if len(rows) == MOST else now - within


def _samples(events: list[tuple[str, list[Failure]]]) -> dict[tuple[str, datetime], Run]:
    """The newest run of each event, for its error."""
    runs = Run.objects.filter(
        fingerprint__in={kind for kind, _ in events}, at__in={event[-1].at for _, event in events}
    )
    return {(str(run.fingerprint), run.at): run for run in runs.defer("record_json")}


def _url(fingerprint: str, failures: list[Failure]) -> str:
    """The page of the group, of just these runs: a span ends before its last instant."""
    since, until = failures[0].at, failures[-1].at + timedelta.resolution
    return urls.failure(fingerprint, [("since", utc_text(since)), ("until", utc_text(until))])


def _incident(
    sample: Run,
    failures: list[Failure],
    deployments: common_factors.KnownDeployments,
    *,
    since_before: bool,
    complete: bool,
) -> Incident:
    agents: dict[Key, set[tuple[str, int | None]]] = defaultdict(set)
    for failure in failures:
        agents[failure.deployment].add(failure.agent)
    return Incident(
        fingerprint=str(sample.fingerprint),
        url=_url(str(sample.fingerprint), failures),
        error_type=sample.error_type,
        error_line=sample.error_line,
        keys=frozenset(agents),
        names=tuple(sorted(deployments.name(key) for key in agents)),
        runs=len(failures),
        first_at=failures[0].at,
        last_at=failures[-1].at,
        since_before=since_before,
        shared=deployments.shared(agents),
        complete=complete,
    )
