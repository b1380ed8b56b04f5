"""Which deployments a group of failures touched, and what these depend on alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Count, JSONField
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast

from dashboard.domain import incidents
from dashboard.domain.incidents import Dependencies, Dependency
from dashboard.models import Deployment, Key
from dashboard.models.run import RunQuerySet

Agent = tuple[str, int | None]  # its id and version


@dataclass
class Touched:
    """A deployment that failed in one way: how often, and with which agents."""

    runs: int = 0
    agents: set[Agent] = field(default_factory=set)


@dataclass(frozen=True)
class Member:
    """A deployment of the fleet, as far as failures of several are explained by it."""

    name: str
    agent: Agent
    environment_id: str
    vaults: tuple[str, ...]
    current: bool

    def dependencies(self, agents: Collection[Agent]) -> Dependencies:
        """What it depends on, with the agents its runs name."""
        return incidents.dependencies_of(agents, self.environment_id, self.vaults)


@dataclass(frozen=True)
class KnownDeployments:
    """Every deployment."""

    members: Mapping[Key, Member]

    @cached_property
    def everybodys(self) -> Dependencies:
        """What every deployment depends on that is not archived or gone."""
        return incidents.common_dependencies(
            it.dependencies([it.agent]) for it in self.members.values() if it.current
        )

    def name(self, key: Key) -> str:
        """What a deployment is called; its id where it has not been read."""
        known = self.members.get(key)
        return known.name if known else key[1] or "no deployment"

    def shared(self, touched: Mapping[Key, Collection[Agent]]) -> tuple[Dependency, ...]:
        """What deployments share, given with the agents of their runs; empty where nothing tells."""
        needed = (self.members.get(key, _UNREAD).dependencies(agents) for key, agents in touched.items())
        return incidents.shared_dependencies(needed, self.everybodys)


TouchedBy = Mapping[Key, Touched]
_UNREAD = Member("", ("", None), "", (), current=False)


def touched(runs: RunQuerySet) -> Mapping[str, TouchedBy]:
    """By fingerprint, the deployments of those failed runs, in one query."""
    columns = ("fingerprint", "account", "deployment_id", "agent_id", "agent_version")
    found: dict[str, dict[Key, Touched]] = defaultdict(lambda: defaultdict(Touched))
    counted = runs.values_list(*columns).annotate(n=Count("pk"))
    for fingerprint, account, deployment_id, agent_id, version, number in counted:
        seen = found[str(fingerprint)][account, deployment_id]
        seen.runs += number
        seen.agents.add((agent_id, version))
    return found


def known_deployments() -> KnownDeployments:
    """Every deployment, in one query that leaves most of the records alone."""
    columns = ("name", "agent_id", "agent_version", "environment_id", "archived_at", "gone_at")
    vaults = KeyTransform("vault_ids", Cast("record_json", JSONField()))
    found = Deployment.objects.values_list("account", "deployment_id", vaults, *columns)
    members = {
        (account, key): Member(
            name or key, (agent_id, version), environment_id, _texts(vault_ids), not (archived or gone)
        )
        for account, key, vault_ids, name, agent_id, version, environment_id, archived, gone in found
    }
    return KnownDeployments(members)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(it for it in value if isinstance(it, str)) if isinstance(value, list) else ()
