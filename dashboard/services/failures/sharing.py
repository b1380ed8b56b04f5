"""Which deployments a group of failures touched, and what these depend on alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Count, JSONField
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast

from dashboard import dependencies
from dashboard.dependencies import Dependencies, Dependency
from dashboard.models import Deployment
from dashboard.models.run import RunQuerySet


@dataclass
class Touched:
    """A deployment that failed in one way: how often, and with which agents."""

    runs: int = 0
    agents: set[tuple[str, int | None]] = field(default_factory=set)


@dataclass(frozen=True)
class Member:
    """A deployment of the fleet, as far as failures of several are explained by it."""

    name: str
    agent: tuple[str, int | None]
    environment_id: str
    vaults: tuple[str, ...]
    current: bool

    def dependencies(self, agents: Collection[tuple[str, int | None]]) -> Dependencies:
        """What it depends on, with the agents its runs name."""
        return dependencies.of(agents, self.environment_id, self.vaults)


Fleet = Mapping[str, Member]
TouchedBy = Mapping[str, Touched]
_UNREAD = Member("", ("", None), "", (), current=False)


def touched(runs: RunQuerySet) -> dict[str, dict[str, Touched]]:
    """By fingerprint and id, the deployments of those failed runs, in one query."""
    columns = ("fingerprint", "deployment_id", "agent_id", "agent_version")
    found: dict[str, dict[str, Touched]] = defaultdict(lambda: defaultdict(Touched))
    for fingerprint, deployment_id, agent_id, version, number in runs.values_list(*columns).annotate(
        n=Count("pk")
    ):
        seen = found[str(fingerprint)][deployment_id]
        seen.runs += number
        seen.agents.add((agent_id, version))
    return found


def fleet() -> Fleet:
    """Every deployment by its id, in one query that leaves the rest of the records alone."""
    vaults = KeyTransform("vault_ids", Cast("record", JSONField()))
    columns = (
        "deployment_id",
        "name",
        "agent_id",
        "agent_version",
        "environment_id",
        "archived_at",
        "gone_at",
    )
    return {
        deployment_id: Member(
            name or deployment_id,
            (agent_id, version),
            environment_id,
            _texts(found),
            not (archived_at or gone_at),
        )
        for deployment_id, name, agent_id, version, environment_id, archived_at, gone_at, found in (
            Deployment.objects.values_list(*columns, vaults)
        )
    }


def name(deployment_id: str, fleet: Fleet) -> str:
    """What a deployment is called; its id where it has not been read."""
    return fleet[deployment_id].name if deployment_id in fleet else deployment_id or "no deployment"


def shared(touched: Mapping[str, Iterable[tuple[str, int | None]]], fleet: Fleet) -> tuple[Dependency, ...]:
    """What deployments share, given by id with the agents of their runs; empty where nothing tells."""
    return dependencies.shared(
        [
            fleet.get(deployment_id, _UNREAD).dependencies(set(agents))
            for deployment_id, agents in touched.items()
        ],
        [member.dependencies([member.agent]) for member in fleet.values() if member.current],
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(it for it in value if isinstance(it, str)) if isinstance(value, list) else ()
