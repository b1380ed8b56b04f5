"""Failures across deployments that are one event."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dashboard.domain.incidents import INCIDENT_GAP, Dependency, Failure, group_incidents
from dashboard.domain.states import Outcome
from dashboard.domain.times import utc_text
from dashboard.models import Key, Run
from dashboard.services.failures import common_factors
from dashboard.services.failures.basis import TimeSpan
from dashboard.services.failures.sparkline import sparkline
from dashboard.services.notes.book import NoteLine
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import urls
from dashboard.web.components import Sparkline

MOST = 10_000  # failed runs that are looked at, newest first
MOST_NAMES = 6  # deployments that an incident names; the rest is counted


@dataclass(frozen=True)
class Incident:
    """Deployments that failed alike within minutes of each other, once or again and again.

    bursts: how often they did; runs: every run that failed so from the first burst to the last
    names: of the deployments of these runs, in alphabetical order
    since_before: whether it may have begun before the time that was looked at
    complete: whether every run of that time has been read
    spark: how often runs failed so over all of the time that was looked at
    written: what people know of it
    """

    fingerprint: str
    url: str
    error_type: str
    error_line: str
    names: tuple[str, ...]
    bursts: int
    runs: int
    first_at: datetime
    last_at: datetime
    since_before: bool
    shared: tuple[Dependency, ...]
    complete: bool
    spark: Sparkline
    written: NoteLine | None

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


@dataclass(frozen=True)
class _Bursts:
    """The failures of one kind: all that were looked at, and in which of these several failed at once."""

    kind: str
    failures: list[Failure]
    bursts: list[list[Failure]]

    @property
    def first_at(self) -> datetime:
        return self.bursts[0][0].at

    @property
    def last_at(self) -> datetime:
        return self.bursts[-1][-1].at

    @property
    def belonging(self) -> list[Failure]:
        """What failed so from the first burst to the last: what the page of the group lists of that time."""
        return [failure for failure in self.failures if self.first_at <= failure.at <= self.last_at]


def list_incidents(snapshot: Snapshot, within: timedelta = timedelta(hours=24)) -> list[Incident]:
    """What failed across deployments lately, one for each kind, newest first; at most five queries."""
    now = snapshot.now.astimezone(UTC)
    kinds, begun = _read(now - within)
    grouped = (_Bursts(kind, failures, group_incidents(failures)) for kind, failures in kinds.items())
    events = [event for event in grouped if event.bursts]
    if not events:
        return []
    deployments, samples = common_factors.known_deployments(), _samples(events)
    span, complete = TimeSpan(begun, now), snapshot.coverage.covers(begun)
    incidents = [
        _incident(
            event,
            samples[event.kind, event.last_at],
            deployments,
            span,
            complete=complete,
            written=snapshot.notes.on_kind(event.kind),
        )
        for event in events
    ]
    return sorted(incidents, key=lambda incident: (incident.last_at, incident.fingerprint), reverse=True)


def _read(since: datetime) -> tuple[dict[str, list[Failure]], datetime]:
    """The latest failures by fingerprint, oldest first, and since when these are all."""
    columns = ("fingerprint", "at", "account", "deployment_id", "agent_id", "agent_version")
    # By its outcome as well: the index of outcomes has them by time, that of kinds would be read whole.
    failed = Run.objects.failed().filter(status=Outcome.FAILED).within(since, None).newest_first()
    rows = list(failed.values_list(*columns)[:MOST])
    kinds: dict[str, list[Failure]] = defaultdict(list)
    for fingerprint, at, account, key, agent_id, version in reversed(rows):
        kinds[str(fingerprint)].append(Failure(at, (account, key), (agent_id, version)))
    return kinds, rows[-1][1] if len(rows) == MOST else since


def _samples(events: list[_Bursts]) -> dict[tuple[str, datetime], Run]:
    """The newest run of each, for its error."""
    runs = Run.objects.filter(
        fingerprint__in={event.kind for event in events}, at__in={event.last_at for event in events}
    )
    return {(str(run.fingerprint), run.at): run for run in runs.defer("record_json")}


def _url(event: _Bursts) -> str:
    """The page of the group, of just these runs: a span ends before its last instant."""
    until = event.last_at + timedelta.resolution
    return urls.failure(event.kind, [("since", utc_text(event.first_at)), ("until", utc_text(until))])


def _incident(
    event: _Bursts,
    sample: Run,
    deployments: common_factors.KnownDeployments,
    span: TimeSpan,
    *,
    complete: bool,
    written: NoteLine | None,
) -> Incident:
    agents: dict[Key, set[tuple[str, int | None]]] = defaultdict(set)
    for failure in event.belonging:
        agents[failure.deployment].add(failure.agent)
    return Incident(
        fingerprint=event.kind,
        url=_url(event),
        error_type=sample.error_type,
        error_line=sample.error_line,
        names=tuple(sorted(deployments.name(key) for key in agents)),
        bursts=len(event.bursts),
        runs=len(event.belonging),
        first_at=event.first_at,
        last_at=event.last_at,
        since_before=event.first_at - span.since <= INCIDENT_GAP,
        shared=deployments.shared(agents),
        complete=complete,
        spark=sparkline([failure.at for failure in event.failures], span),
        written=written,
    )
