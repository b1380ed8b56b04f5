"""The instants that the calendar's file is about: slots that are kept, promises, and projected firings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.domain.states import SlotOutcome
from dashboard.models import Deployment, Key, Slot
from dashboard.services.calendar import events
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.events import CalendarDeployments

# Of deployments that fire frequently: what did not run as promised, or has not yet.
_APART = (*SlotOutcome.UNMET, *SlotOutcome.PENDING, SlotOutcome.SKIPPED)
MOST_FREQUENT = 5_000  # such slots, the newest: more than a file has room for
MOST_OF_ONE = 300  # entries of one of them, those nearest to now

States = dict[datetime, str]


@dataclass(frozen=True)
class RecordedInstants:
    """What is on record of one deployment and what is promised; `cut`: whether older ones are left out."""

    deployment: Deployment
    states: States
    frequent: bool
    cut: bool

    def projected(self, dates: DateRange, now: datetime) -> States:
        """The firings beyond; those of a deployment that fires frequently are not projected."""
        fires = [] if self.frequent else events.projected([self.deployment], dates, now)
        return {event.at: event.state for event in fires if event.at not in self.states}


def recorded(deployments: Sequence[Deployment], dates: DateRange, now: datetime) -> list[RecordedInstants]:
    """Every slot of those days that was not withdrawn, and what is promised; each instant once, in order."""
    parted = CalendarDeployments.of(deployments)
    states, cut = _slots(parted, dates)
    known = {(*key, at) for key, of_deployment in states.items() for at in of_deployment}
    for event in events.not_kept(deployments, known, dates, now):
        states[event.deployment.key][event.at] = event.state
    return [_nearest(row, states[row.key], row.key in parted.frequent, now, cut=cut) for row in deployments]


def _slots(deployments: CalendarDeployments, dates: DateRange) -> tuple[dict[Key, States], bool]:
    """The slots of each deployment, and whether some of those that fire frequently are left out."""
    kept = Slot.objects.filter(at__gte=dates.start, at__lt=dates.end)
    all_of = kept.for_deployments(deployments.infrequent).exclude(outcome=SlotOutcome.WITHDRAWN)
    columns = ("account", "deployment_id", "at", "outcome")
    # Naming so many deployments would lead databases away from the index of outcomes.
    apart = kept.filter(outcome__in=_APART).order_by("-at").values_list(*columns)
    newest = [row for row in apart if row[:2] in deployments.frequent][: MOST_FREQUENT + 1]
    states: dict[Key, States] = defaultdict(dict)
    for account, deployment_id, at, outcome in [*all_of.values_list(*columns), *newest[:MOST_FREQUENT]]:
        states[account, deployment_id][at] = outcome
    return states, len(newest) > MOST_FREQUENT


def _nearest(
    deployment: Deployment, states: States, frequent: bool, now: datetime, *, cut: bool
) -> RecordedInstants:
    instants = sorted(states)
    if frequent and len(instants) > MOST_OF_ONE:
        instants = sorted(sorted(instants, key=lambda at: abs(at - now))[:MOST_OF_ONE])
    kept = {at: states[at] for at in instants}
    return RecordedInstants(deployment, kept, frequent, frequent and (cut or len(kept) < len(states)))
