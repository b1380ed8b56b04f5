"""Which deployments a group of failures touched, and what these depend on alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Case, CharField, Count, When

from dashboard.domain import incidents
from dashboard.domain.incidents import Dependencies, Dependency
from dashboard.domain.record_reading import stored_vaults
from dashboard.models import Deployment, Key
from dashboard.models.failure_kind import last_failure_kind
from dashboard.models.run_queries import RunQuerySet

Agent = tuple[str, int | None]  # its id and version


@dataclass
class Touched:
    """A deployment that failed in one way: how often, and with which agents."""

    runs: int = 0
    agents: set[Agent] = field(default_factory=set)


@dataclass(frozen=True)
class Member:
    """What of a deployment may explain that several fail alike."""

    name: str
    agent: Agent
    environment_id: str
    vaults: tuple[str, ...]
    current: bool
    failing_as: str = ""  # the fingerprint of its last failure, where no run completed since

    def dependencies(self, agents: Collection[Agent]) -> Dependencies:
        """What it depends on, with the agents its runs name."""
        return incidents.dependencies_of(frozenset(agents), self.environment_id, self.vaults)


@dataclass(frozen=True)
class KnownDeployments:
    """Every deployment that has been read, by account and id."""

    members: Mapping[Key, Member]

    @cached_property
    def common(self) -> Dependencies:
        """What every deployment depends on that is not archived or gone."""
        return incidents.common_dependencies(
            member.dependencies([member.agent]) for member in self.members.values() if member.current
        )

    def name(self, key: Key) -> str:
        """What a deployment is called; its id where it has not been read."""
        known = self.members.get(key)
        return known.name if known else key[1] or "no deployment"

    def still_failing(self, fingerprint: str, keys: Iterable[Key]) -> int:
        """Of how many of these deployments the last finished run failed in that way."""
        members = (self.members.get(key, _UNREAD) for key in keys)
        return sum(member.current and member.failing_as == fingerprint for member in members)

    def all_known(self, keys: Iterable[Key]) -> bool:
        """Whether each of these deployments has been read."""
        return all(key in self.members for key in keys)

    def shared(self, touched: Mapping[Key, Collection[Agent]]) -> tuple[Dependency, ...]:
        """What deployments share, given with the agents of their runs; empty where that is not known."""
        dependencies = (
            self.members.get(key, _UNREAD).dependencies(agents) for key, agents in touched.items()
        )
        return incidents.shared_dependencies(dependencies, self.common)


TouchedBy = Mapping[Key, Touched]
_UNREAD = Member("", ("", None), "", (), current=False)


def touched(runs: RunQuerySet) -> Mapping[str, TouchedBy]:
    """By fingerprint, the deployments of those failed runs, in one query."""
    columns = ("fingerprint", "account", "deployment_id", "agent_id", "agent_version")
    deployments: dict[str, dict[Key, Touched]] = defaultdict(lambda: defaultdict(Touched))
    counted = runs.values_list(*columns).annotate(n=Count("pk"))
    for fingerprint, account, deployment_id, agent_id, version, number in counted:
        seen = deployments[str(fingerprint)][account, deployment_id]
        seen.runs += number
        seen.agents.add((agent_id, version))
    return deployments


def agents_text(agents: Collection[Agent]) -> str:
    """Which agents runs were carried out by: `agent v3, v4`, or how many there were; empty if not known."""
    ids = {agent_id for agent_id, _ in agents if agent_id}
    if len(ids) > 1:
        return f"{len(ids):,} agents"
    versions = ", ".join(f"v{version}" for version in sorted({number for _, number in agents if number}))
    return f"agent {versions}" if versions else ""


def known_deployments() -> KnownDeployments:
    """Every deployment, in one query; their records are read again only where they have changed."""
    columns = ("name", "agent_id", "agent_version", "environment_id", "archived_at", "gone_at")
    failing_as = Case(When(streak__gt=0, then=last_failure_kind()), output_field=CharField())
    rows = Deployment.objects.values_list("account", "deployment_id", "record_json", failing_as, *columns)
    members = {
        (account, key): Member(
            name or key,
            (agent_id, version),
            environment_id,
            stored_vaults(record),
            not (archived or gone),
            kind or "",
        )
        for account, key, record, kind, name, agent_id, version, environment_id, archived, gone in rows
    }
    return KnownDeployments(members)
