"""What the tab of a browser tells while nobody looks at the page: the worst state, and of how many."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from dashboard.models import Health
from dashboard.services.lists import badges


@dataclass(frozen=True)
class Signal:
    """The title's beginning and the icon, neither of which needs colour.

    state: `failing`, `stale`, `attention` or `calm`: each has an icon of a shape of its own
    failing: how many deployments fail; waiting: how many others somebody should look at
    words: what goes before the title of a page, such as `(3!) `; empty where all is calm
    """

    state: str
    failing: int
    waiting: int
    words: str


def signal(healths: Mapping[str, int], feeds: Collection[str]) -> Signal:
    """The worst of it.

    healths: how many deployments have each health; feeds: the state of each feed
    """
    worst = next((health for health in Health.NEEDY if healths.get(health)), "")
    failing = healths.get(Health.FAILING, 0)
    stale = "stale" in feeds
    said = [_said(worst, healths[worst])] if worst else []
    said += ["stale"] if stale else []
    return Signal(
        state="failing" if failing else "stale" if stale else "attention" if worst else "calm",
        failing=failing,
        waiting=sum(healths.get(health, 0) for health in Health.NEEDY) - failing,
        words=f"({', '.join(said)}) " if said else "",
    )


def _said(health: str, number: int) -> str:
    return f"{number}!" if health == Health.FAILING else f"{number} {badges.of_many(health).word}"
