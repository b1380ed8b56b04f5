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
    number, total = healths.get(Health.FAILING, 0), sum(healths.values())
    unread = healths.get(Health.UNREAD, 0)
    partly = bool(unread or snapshot.first_readings)
    failing = f"{number:,} {_plural('deployment', number)} failing" if number else ""
    others = short_of_failing(healths)
    before, age, after = _age(snapshot)
    if not healths:
        if partly:
            return Headline("", "No deployment has been read yet", None, "", "", calm=False)
        return Headline("", f"The API lists no current deployment; {before}", age, after, "", calm=False)
    calm = not number and not others
    rest = (
        _nothing(healths, partly=partly, judged=total > unread)
        if calm
        else _rest(cause, others, partly, number)
    )
    return Headline(
        failing,
        f"{rest}; {before}",
        age,
        after,
        _below(healths, runs, completeness),
        calm=calm and not partly,
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
    if snapshot.first_readings:  # how far that is, a banner above says
        return "not all is read yet", None, ""
    stale = any(feed.state == FeedState.STALE for feed in snapshot.feeds)
    return "data ", age, " old, stale" if stale else " old"


def calm_text(healths: Mapping[str, int]) -> str:
    """That nothing needs anybody, no more than is known."""
    return "Nothing is known to need you" if healths.get(Health.OUTCOME_UNKNOWN) else "Nothing needs you"


def _nothing(healths: Mapping[str, int], *, partly: bool, judged: bool) -> str:
    """That nothing needs anybody, as far as is known. judged: whether any could be judged."""
    if not judged:
        return "Nothing is judged yet"
    return "Nothing that is known so far needs you" if partly else calm_text(healths)


def _rest(cause: str, others: Sequence[str], partly: bool, failing: int) -> str:
    """What follows how many fail. partly: whether some could not be judged."""
    if failing:
        return "; ".join([f", {cause}" if cause else "", *others])
    return "; ".join([others[0] + ("" if partly else ", nothing failing"), *others[1:]])


def _below(healths: Mapping[str, int], runs: Count, completeness: str) -> str:
    total = sum(healths.values())
    return (
        f"{_fine(healths, total)}. {total:,} {_plural('deployment', total)}, "
        f"{runs.text} {_plural('run', runs.number)} in 24 h, {completeness}."
    )


def _fine(healths: Mapping[str, int], total: int) -> str:
    """How many are fine, and of how many that is not known."""
    fine, unread = healths.get(Health.OK, 0), healths.get(Health.UNREAD, 0)
    if unread == total:
        return "None is judged yet"
    unjudged = f", {unread:,} {'is' if unread == 1 else 'are'} not judged yet" if unread else ""
    unknown = healths.get(Health.OUTCOME_UNKNOWN, 0)
    others = f", of {unknown:,} the last outcome is not known" if unknown else ""
    return f"{fine:,} {'is' if fine == 1 else 'are'} fine{others}{unjudged}"


def _plural(noun: str, number: int) -> str:
    return noun if number == 1 else noun + "s"
