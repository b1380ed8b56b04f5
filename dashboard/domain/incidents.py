"""Failures of different deployments so close together that they are one event. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

# Firings spread over some minutes: schedules at the full hour are jittered and queued, and what one broken
# dependency fails soon after its start, it fails late after a timeout of five minutes.
INCIDENT_GAP = timedelta(minutes=10)


@dataclass(frozen=True)
class Failure:
    """When a deployment, known by its account and id, failed, and with which agent: its id and version."""

    at: datetime
    deployment: tuple[str, str]
    agent: tuple[str, int | None] = ("", None)


def group_incidents(failures: Sequence[Failure]) -> list[list[Failure]]:
    """The events among failures of one kind, which are given in the order of time; oldest first.

    To an event belongs what failed within minutes of another deployment. What one deployment keeps doing
    alone, before and after, does not make the event longer.
    """
    events: list[list[Failure]] = []
    for failure in _in_company(failures):
        if not events or failure.at - events[-1][-1].at > INCIDENT_GAP:
            events.append([])
        events[-1].append(failure)
    return events


def _in_company(failures: Sequence[Failure]) -> list[Failure]:
    """Those with a failure of another deployment within minutes, before or after."""
    before = _others_before(failures)
    after = _others_before(failures[::-1])[::-1]
    return [
        failure
        for failure, *others in zip(failures, before, after, strict=True)
        if any(other is not None and abs(failure.at - other.at) <= INCIDENT_GAP for other in others)
    ]


def _others_before(failures: Sequence[Failure]) -> list[Failure | None]:
    """For each the nearest one before it of another deployment."""
    others: list[Failure | None] = []
    last: Failure | None = None
    other: Failure | None = None
    for failure in failures:
        if last is not None and last.deployment != failure.deployment:
            other = last
        others.append(other)
        last = failure
    return others


ANY_VERSION = -1


class Dependency(NamedTuple):
    """One thing a deployment cannot run without.

    kind: `agent`, `environment` or `vault`
    version: of an agent; ANY stands for the agent whatever its version
    """

    kind: str
    id: str
    version: int = ANY_VERSION

    @property
    def value(self) -> str:
        """What it is, without its kind: `agent_a v3`."""
        return self.id if self.version == ANY_VERSION else f"{self.id} v{self.version}"


Dependencies = frozenset[Dependency]


@lru_cache(maxsize=10_000)  # a deployment fails in several ways, on page after page
def dependencies_of(
    agents: frozenset[tuple[str, int | None]], environment_id: str, vaults: tuple[str, ...]
) -> Dependencies:
    """Everything a deployment depends on.

    agents: ids and versions its runs were carried out by; who used several depends on none of them
    """
    needed = {Dependency("vault", vault) for vault in vaults if vault}
    if environment_id:
        needed.add(Dependency("environment", environment_id))
    ids, versions = {agent for agent, _ in agents}, {version for _, version in agents}
    if len(ids) == 1 and "" not in ids:
        [agent] = ids
        needed.add(Dependency("agent", agent))
        if len(versions) == 1 and None not in versions:
            needed |= {Dependency("agent", agent, version) for version in versions if version is not None}
    return frozenset(needed)


def common_dependencies(deployments: Iterable[Dependencies]) -> Dependencies:
    """What all of them depend on; nothing where there are none."""
    common: Dependencies | None = None
    for dependencies in deployments:
        common = dependencies if common is None else common & dependencies
        if not common:
            break
    return common or frozenset()


def shared_dependencies(touched: Iterable[Dependencies], of_all: Dependencies) -> tuple[Dependency, ...]:
    """What all touched deployments depend on, and not every deployment does.

    One deployment shares nothing with itself; and what all depend on, healthy ones as well, cannot be why
    these fail.
    """
    touched = list(touched)
    if len(touched) < 2:
        return ()
    shared = common_dependencies(touched) - of_all
    # An agent in one version stands for the agent as well.
    versioned = {(one.kind, one.id) for one in shared if one.version != ANY_VERSION}
    kept = (one for one in shared if one.version != ANY_VERSION or (one.kind, one.id) not in versioned)
    return tuple(sorted(kept))
