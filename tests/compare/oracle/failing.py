"""Failures that are alike, and those that are one event."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from dashboard.domain.states import Health, Outcome
from dashboard.web import formatting
from tests.compare.oracle.reading import SeenDeployment, SeenRun, of, words
from tests.compare.oracle.view import Look
from tests.compare.oracle.wording import moment
from tests.compare.worlds import DAY, MINUTE

Kind = tuple[str, str]
Needs = set[tuple[str, str]]
CLOSE = 10 * MINUTE
STEPS = 28  # of a sparkline


def kind_of(run: SeenRun) -> Kind:
    """What a failure has in common with others: its type, and its message but for numbers and times.

    The messages of these worlds have no other varying parts.
    """
    message = re.sub(r"\d+(?:[-:T.]\d+)*Z?", "#", " ".join(run.error_message.split()))
    return run.error_type.strip(), message


def alike(runs: Iterable[SeenRun]) -> dict[Kind, list[SeenRun]]:
    """Those that failed, by kind, in the order given."""
    kinds: dict[Kind, list[SeenRun]] = {}
    for run in runs:
        if run.status == Outcome.FAILED:
            kinds.setdefault(kind_of(run), []).append(run)
    return kinds


@dataclass(frozen=True)
class Event:
    """Failures of one kind, oldest first, from the first that several deployments had to the last."""

    runs: Sequence[SeenRun]
    bursts: int
    since_before: bool

    @property
    def keys(self) -> set[tuple[str, str]]:
        """The deployments that it touched."""
        return {run.key for run in self.runs}


def events(look: Look, within: timedelta = DAY) -> list[Event]:
    """The events of the last day, newest first."""
    begun = look.now - within
    result: list[Event] = []
    for runs in alike(run for run in reversed(look.runs) if run.at >= begun).values():
        in_company = [run for run in runs if any(_together(run, other) for other in runs)]
        if not in_company:
            continue
        first, last = span_of(in_company)
        later = pairwise(in_company)
        bursts = 1 + sum(after.at - before.at > CLOSE for before, after in later)
        every = [run for run in runs if first <= run.at <= last]
        result.append(Event(every, bursts, first - begun <= CLOSE))
    return sorted(result, key=lambda event: event.runs[-1].at, reverse=True)


def _together(run: SeenRun, other: SeenRun) -> bool:
    return run.key != other.key and abs(run.at - other.at) <= CLOSE


def shared(runs: Sequence[SeenRun], look: Look) -> list[str]:
    """What the deployments of those runs depend on, and not every deployment does."""
    keys = sorted({run.key for run in runs})
    if len(keys) < 2:
        return []
    every = [
        _needs(standing.deployment, {_own_agent(standing.deployment)})
        for standing in look.standings
        if standing.health != Health.ARCHIVED
    ]
    touched: list[Needs] = []
    for key in keys:
        standing = look.by_key.get(key)
        agents = {run.agent for run in runs if run.key == key}
        touched.append(_needs(standing.deployment if standing else None, agents))
    both = _common(touched) - _common(every)
    versions = {name.split(" v")[0] for kind, name in both if kind == "agent" and " v" in name}
    kept = {(kind, name) for kind, name in both if kind != "agent" or name not in versions}
    return [f"{kind} {name}" for kind, name in sorted(kept)]


def _common(several: Sequence[Needs]) -> Needs:
    """What all of those have; nothing where there are none."""
    return {need for needs in several for need in needs if all(need in others for others in several)}


def _own_agent(deployment: SeenDeployment) -> tuple[str, int | None]:
    return words(of(deployment.raw, "agent", "id")), of(deployment.raw, "agent", "version")


def _needs(deployment: SeenDeployment | None, agents: set[tuple[str, int | None]]) -> Needs:
    needs: Needs = set()
    if deployment:
        needs |= {("vault", vault) for vault in deployment.raw["vault_ids"]}
        needs |= {("environment", deployment.raw["environment_id"])}
    ids, versions = {name for name, _ in agents}, {version for _, version in agents}
    if len(ids) == 1 and "" not in ids:
        [agent] = ids
        needs.add(("agent", agent))
        if len(versions) == 1 and None not in versions:
            needs |= {("agent", f"{agent} v{version}") for version in versions}
    return needs


def label(key: tuple[str, str], look: Look) -> str:
    """What the deployment of a run is called."""
    standing = look.by_key.get(key)
    return standing.deployment.label if standing else key[1] or "no deployment"


def span_of(runs: Sequence[SeenRun]) -> tuple[datetime, datetime]:
    """When the first and the last of some runs were triggered."""
    return min(run.at for run in runs), max(run.at for run in runs)


def spread(runs: Sequence[SeenRun], since: datetime, until: datetime) -> tuple[str, int]:
    """How failures are spread over a span, in 28 steps: in words, and how many of the steps have any."""
    length = (until - since) / STEPS
    begins = [since + number * length for number in range(STEPS)]
    steps = [max((at for at in begins if at <= run.at), default=since) for run in runs]
    bars = [steps.count(at) for at in begins]
    number, most = sum(bars), max(bars)
    at = begins[bars.index(most)]
    text = (
        f"{number} run{'' if number == 1 else 's'} in {formatting.age(until - since)}, "
        f"{'all' if most == number else most} of them in the {formatting.age(length)} from {moment(at)}"
    )
    return text, sum(number > 0 for number in bars)
