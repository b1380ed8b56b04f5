"""The first sentence of the overview: how bad it is, and how old and how complete the data is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from dashboard.domain.states import FeedState, Health
from dashboard.models import Key
from dashboard.services.failures import Incident
from dashboard.services.lists import badges
from dashboard.services.status.age import DataAge
from dashboard.services.status.snapshot import Snapshot
from dashboard.web.components import Count


@dataclass(frozen=True)
class Headline:
    """The first sentence, in the parts that are drawn differently.

    failing: how many deployments fail, in red; empty where none does
    before, age, after: the rest of the sentence, around the age of the data, which may not be known
    below: the line under it, with what the numbers are based on
    calm: whether nothing needs anybody
    """

    failing: str
    before: str
    age: DataAge | None
    after: str
    below: str
    calm: bool


def headline(
    healths: Mapping[str, int], cause: str, runs: Count, completeness: str, snapshot: Snapshot
) -> Headline:
    """What the numbers come to.

    healths: how many deployments have each health; cause: what those that fail have in common, if anything
    runs: of the last day; completeness: in a clause, whether all of them are known
    """
    number = healths.get(Health.FAILING, 0)
    failing = f"{number:,} {_plural('deployment', number)} failing" if number else ""
    others = short_of_failing(healths)
    before, age, after = _age(snapshot)
    if not healths:
        read = snapshot.age.every_account
        empty = "The API lists no current deployment" if read else "No deployment has been read yet"
        return Headline("", f"{empty}; {before}", age, after, "", calm=False)
    rest = f"{_rest(cause, others, failing=bool(number))}; {before}"
    return Headline(
        failing, rest, age, after, _below(healths, runs, completeness), calm=not number and not others
    )


def short_of_failing(healths: Mapping[str, int]) -> list[str]:
    """What needs somebody and does not fail, worst first: `1 missed`, `2 late`."""
    others = (word for word in Health.NEEDY if word != Health.FAILING and healths.get(word))
    return [f"{healths[word]:,} {badges.of_many(word).word}" for word in others]


def cause(incidents: Sequence[Incident], failing: Collection[Key]) -> str:
    """What several deployments that fail now began to fail with at the same time; empty if nothing."""
    alike = [(len(incident.keys & set(failing)), incident) for incident in incidents]
    number, incident = max(alike, key=lambda pair: pair[0], default=(0, None))
    if incident is None or number < 2:
        return ""
    who = "likely one cause" if number == len(failing) else f"{number:,} of them likely for one cause"
    return f"{who}: {incident.error_type or incident.error_line or 'no error given'}"


def _age(snapshot: Snapshot) -> tuple[str, DataAge | None, str]:
    """The clause about the age of the data: what stands before it, the age, what stands after it."""
    age = snapshot.age
    if not age.every_account:
        return ("not all accounts have been read" if age.read_at else "nothing has been read yet"), None, ""
    stale = any(feed.state == FeedState.STALE for feed in snapshot.feeds)
    return "data ", age, " old, stale" if stale else " old"


def _rest(cause: str, others: Sequence[str], *, failing: bool) -> str:
    """What follows how many fail."""
    if failing:
        return "; ".join([f", {cause}" if cause else "", *others])
    if not others:
        return "Nothing needs you"
    return "; ".join([f"{others[0]}, nothing failing", *others[1:]])


def _below(healths: Mapping[str, int], runs: Count, completeness: str) -> str:
    fine = healths.get(Health.OK, 0)
    total = sum(healths.values())
    return (
        f"{fine:,} {'is' if fine == 1 else 'are'} fine. {total:,} {_plural('deployment', total)}, "
        f"{runs.text} {_plural('run', runs.number)} in 24 h, {completeness}."
    )


def _plural(noun: str, number: int) -> str:
    return noun if number == 1 else noun + "s"
