"""What deployments that fail alike depend on alike, where that tells something. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

ANY = -1


class Dependency(NamedTuple):
    """One thing a deployment cannot run without.

    kind: `agent`, `environment` or `vault`
    version: of an agent; ANY stands for the agent whatever its version
    """

    kind: str
    id: str
    version: int = ANY

    @property
    def value(self) -> str:
        """What it is, without its kind: `agent_a v3`."""
        return self.id if self.version == ANY else f"{self.id} v{self.version}"


Dependencies = frozenset[Dependency]


def of(
    agents: Collection[tuple[str, int | None]], environment_id: str, vaults: Collection[str]
) -> Dependencies:
    """Everything a deployment depends on.

    agents: ids and versions its runs were carried out by; who used several depends on none of them
    """
    found = {Dependency("vault", vault) for vault in vaults if vault}
    if environment_id:
        found.add(Dependency("environment", environment_id))
    ids, versions = {agent for agent, _ in agents}, {version for _, version in agents}
    if len(ids) == 1 and "" not in ids:
        [agent] = ids
        found.add(Dependency("agent", agent))
        found |= {Dependency("agent", agent, it) for it in versions if it is not None and len(versions) == 1}
    return frozenset(found)


def common(deployments: Iterable[Dependencies]) -> Dependencies:
    """What all of them depend on; nothing where there are none."""
    found: Dependencies | None = None
    for dependencies in deployments:
        found = dependencies if found is None else found & dependencies
        if not found:
            break
    return found or frozenset()


def shared(touched: Iterable[Dependencies], everybodys: Dependencies) -> tuple[Dependency, ...]:
    """What all touched deployments depend on and not everybody does.

    One deployment shares nothing with itself; and what the whole fleet depends on, healthy ones as well,
    cannot be why these fail.
    """
    touched = list(touched)
    if len(touched) < 2:
        return ()
    telling = common(touched) - everybodys
    # An agent in one version says all that the agent alone would say.
    narrower = {(it.kind, it.id) for it in telling if it.version != ANY}
    return tuple(sorted(it for it in telling if it.version != ANY or (it.kind, it.id) not in narrower))
