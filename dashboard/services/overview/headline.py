"""The verdict: how bad it is in one line, and under it what else there is and what that is based on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dashboard import filters
from dashboard.domain.states import FeedState, Health
from dashboard.services.lists import badges
from dashboard.services.overview.cause import Cause, FailingNow
from dashboard.services.status.age import DataAge
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import urls
from dashboard.web.components import Count, Pill


@dataclass(frozen=True)
class Headline:
    """The heading, and the line under it.

    failing: how many deployments fail, in red, and the list of them; empty where none does
    since: when the first of them began to; rest: the heading where none fails
    pills: how many have each of the other healths; cause: what several that fail have in common
    basis: what the numbers are based on, in clauses; age: of the data, where it is known, and after it
        whether that is stale
    calm: whether nothing needs anybody; fixed: the address of the page as it is now
    """

    failing: str
    failing_url: str
    since: datetime | None
    rest: str
    pills: tuple[Pill, ...]
    cause: Cause | None
    basis: str
    age: DataAge | None
    stale: bool
    calm: bool
    fixed: str


def headline(
    healths: Mapping[str, int], now: FailingNow, runs: Count, completeness: str, snapshot: Snapshot
) -> Headline:
    """What the numbers come to.

    healths: how many deployments have each health; now: what those that fail have in common
    runs: of the last day; completeness: in a clause, whether all of them are known
    """
    number = healths.get(Health.FAILING, 0)
    partly = bool(healths.get(Health.UNREAD) or snapshot.first_readings)
    calm = bool(healths) and not any(healths.get(word) for word in Health.NEEDY)
    stale = any(feed.state == FeedState.STALE for feed in snapshot.feeds)
    return Headline(
        failing=f"{number:,} {_plural('deployment', number)} failing" if number else "",
        failing_url=filters.ask_deployments(health=Health.FAILING).here,
        since=now.since if number else None,
        rest="" if number else _silent(snapshot) or none_fails(healths, partly=partly, stale=stale),
        pills=other_healths(healths),
        cause=now.cause,
        basis=_basis(healths, runs, completeness, first_reading=bool(snapshot.first_readings)),
        age=None if snapshot.first_readings else snapshot.age,  # how far a first one is, a banner says
        stale=stale,
        calm=calm and not partly and not snapshot.silent_schedulers,
        fixed=urls.as_it_was(snapshot.now),
    )


def short_of_failing(healths: Mapping[str, int]) -> list[str]:
    """What needs somebody and does not fail, worst first: `1 missed`, `2 late`."""
    others = (word for word in Health.NEEDY if word != Health.FAILING and healths.get(word))
    return [f"{healths[word]:,} {badges.of_many(word).word}" for word in others]


def calm_text(healths: Mapping[str, int]) -> str:
    """That nothing needs anybody, no more than is known."""
    return "Nothing is known to need you" if healths.get(Health.OUTCOME_UNKNOWN) else "Nothing needs you"


def _silent(snapshot: Snapshot) -> str:
    """That the scheduler is silent; empty where it is not."""
    silent = snapshot.silent_schedulers
    return f"Scheduler silent: {silent[0].sentence(snapshot.now)}" if silent else ""


def none_fails(healths: Mapping[str, int], *, partly: bool, stale: bool) -> str:
    """The heading where nothing fails. partly: whether some could not be judged."""
    if not healths:
        return "No deployment has been read yet" if partly else "The API lists no current deployment"
    needy = sum(healths.get(word, 0) for word in Health.NEEDY)
    if needy:
        text = f"{needy:,} {_plural('deployment', needy)} {'needs' if needy == 1 else 'need'} attention"
        return text if partly else f"Nothing failing, {text}"
    if healths.get(Health.UNREAD) == sum(healths.values()):
        return "Nothing is judged yet"
    if partly:
        return "Nothing that is known so far needs you"
    return "Nothing needed you at the last reading" if stale else calm_text(healths)


def other_healths(healths: Mapping[str, int]) -> tuple[Pill, ...]:
    """Every other health that there is, worst first, each a link to its list."""
    others = (word for word in Health.ORDER if word not in (Health.FAILING, Health.ARCHIVED))
    return tuple(
        Pill(
            badges.of_many(word),
            "fine" if word == Health.OK else badges.of_many(word).word,
            Count(healths[word]),
            filters.ask_deployments(health=word).here,
            current=False,
        )
        for word in others
        if healths.get(word)
    )


def _basis(healths: Mapping[str, int], runs: Count, completeness: str, *, first_reading: bool) -> str:
    total = sum(healths.values())
    if not total:
        return ""
    read = "not all is read yet" if first_reading else completeness
    return (
        f"{total:,} {_plural('deployment', total)}, {runs.text} {_plural('run', runs.number)} in 24 h, {read}"
    )


def _plural(noun: str, number: int) -> str:
    return noun if number == 1 else noun + "s"
