"""When the scheduler itself is silent: promises of several deployments came to nothing, and none came true.

Pure functions; the table of cases in their test is the rule. They know one account, as each has a scheduler.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from dashboard.domain.states import SlotOutcome
from dashboard.domain.stretches import Span
from dashboard.domain.thresholds import SCHEDULER_SILENT_AFTER

ACCOUNT, ENVIRONMENT, AGENT = "account", "environment", "agent"
_KINDS = (ACCOUNT, ENVIRONMENT, AGENT)  # of two groups with the same deployments the first is named


@dataclass(frozen=True)
class Scheduled:
    """A deployment: what it shares with others, and whether it fires: active, not archived, still listed."""

    environment_id: str = ""
    agent_id: str = ""
    fires: bool = True


class Promised(NamedTuple):
    """What became of a promise, a word of `SlotOutcome`; a run that came for it began at `came_at`."""

    deployment_id: str
    at: datetime
    outcome: str
    came_at: datetime | None = None


@dataclass(frozen=True)
class SchedulerSilence:
    """Every promise of a group since an instant came to nothing.

    kind: `account`, `environment` or `agent`; value: its id, empty for the account
    promised: how many promises that were; deployments: of how many deployments
    """

    kind: str
    value: str
    since: datetime
    promised: int
    deployments: int


def silences(
    deployments: Mapping[str, Scheduled], promises: Iterable[Promised], watched: Sequence[Span]
) -> list[SchedulerSilence]:
    """The groups of one account of which nothing fires, the largest first.

    watched: the spans in which the account was read without a break, apart from each other
    A group whose deployments all belong to a larger silent one is part of that, and not named.
    """
    by_deployment: dict[str, list[Promised]] = defaultdict(list)
    for promise in promises:
        by_deployment[promise.deployment_id].append(promise)
    groups: dict[tuple[str, str], list[Promised]] = defaultdict(list)
    for deployment_id, own in by_deployment.items():
        for group in _groups_of(deployments.get(deployment_id, _UNREAD)):
            groups[group] += own
    silent: list[tuple[SchedulerSilence, frozenset[str]]] = []
    for (kind, value), own in groups.items():
        if lost := _lost(own, deployments, watched):
            ids = frozenset(promise.deployment_id for promise in lost)
            since = min(promise.at for promise in lost)
            silent.append((SchedulerSilence(kind, value, since, len(lost), len(ids)), ids))
    silent.sort(key=lambda one: (-one[0].deployments, _KINDS.index(one[0].kind), one[0].value))
    return [
        silence
        for place, (silence, ids) in enumerate(silent)
        if not any(ids <= larger for _, larger in silent[:place])
    ]


_UNREAD = Scheduled(fires=False)


def _groups_of(deployment: Scheduled) -> list[tuple[str, str]]:
    shared = ((ENVIRONMENT, deployment.environment_id), (AGENT, deployment.agent_id))
    return [(ACCOUNT, ""), *(group for group in shared if group[1])]


def _lost(
    promises: Sequence[Promised], deployments: Mapping[str, Scheduled], watched: Sequence[Span]
) -> list[Promised]:
    """The promises of a group that came to nothing, where that shows a silence; else none.

    They are those after the last that came, or of which nobody knows whether it did, in the one span in
    which the account was read without a break until the last of them.
    """
    answered = (*SlotOutcome.MET, SlotOutcome.UNOBSERVED)
    ends = [max(one.at, one.came_at or one.at) for one in promises if one.outcome in answered]
    end = max(ends, default=None)
    lost = [
        one
        for one in promises
        if one.outcome == SlotOutcome.MISSED
        and (end is None or one.at > end)
        and deployments.get(one.deployment_id, _UNREAD).fires
    ]
    last = max((one.at for one in lost), default=None)
    span = next((span for span in watched if last and span.since <= last <= span.until), None)
    lost = [one for one in lost if span and one.at >= span.since]
    return lost if len({one.deployment_id for one in lost}) >= SCHEDULER_SILENT_AFTER else []
